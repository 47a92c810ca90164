"""What is shown is what the simulated chemistry does, and looking at it changes nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from neuralcrn.app.live import (
    Function,
    LiveTraining,
    Points,
    RegistryTask,
    Scene,
    amounts_view,
    baselines_view,
    certificate_view,
    circuit_view,
    encoded,
    map_view,
    progress_view,
    step_view,
)

XOR = Scene(task=RegistryTask("xor"), options={"hidden": 3})
SCENES = (
    XOR,
    XOR.patched({"options": {"optimiser": "chop"}, "errors": {"leaks": 0.01}}),
    Scene(task=RegistryTask("linear-regression"), circuit="minimal", level="autonomous"),
    Scene(task=RegistryTask("iris"), options={"hidden": 2}),
    Scene(task=Function("sin(3*x)"), options={"hidden": 3}),
    Scene(task=RegistryTask("xor"), equation="theta*x - z", options={"hidden": 2}),
)


def at(scene: Scene, samples: int) -> LiveTraining:
    training = LiveTraining.begin(scene)
    training.advance(samples)
    return training


def decoded(view: dict[str, Any]) -> NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(view["float32"]), dtype="<f4").reshape(view["shape"])


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 3, 4)])
def test_arrays_are_encoded_without_loss_of_shape(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_array_equal(decoded(encoded(values)), values.astype(np.float32))


@pytest.mark.parametrize("scene", SCENES)
def test_views_are_json_and_change_nothing(scene: Scene) -> None:
    plain, seen = at(scene, 5), at(scene, 3)
    for _ in range(2):
        views = [progress_view(seen), map_view(seen, 6), step_view(seen, 1), circuit_view(seen)]
        views += [amounts_view(seen), baselines_view(seen)]
        json.loads(json.dumps(views, allow_nan=False))
    seen.advance(2)
    assert seen.progress.state.pot.tobytes() == plain.progress.state.pot.tobytes()


def test_the_map_has_the_predictions_of_the_pot_at_its_points() -> None:
    training = at(XOR, 50)
    view = map_view(training, 5)
    assert (view["kind"], view["low"], view["high"], view["threshold"]) == ("map", [0, 0], [1, 1], 0.5)
    grid = decoded(view["grid"])
    rows = np.array([[0.25, 0.75], [1.0, 0.0]])
    outputs = training.progress.trainer.predict(training.progress.state, rows)[:, 0]
    np.testing.assert_allclose([grid[3, 1], grid[0, 4]], outputs, rtol=1e-6)
    assert decoded(view["points"]).shape == (101, 2)
    assert view["classes"] == training.task.labels(training.task.train.targets).tolist()
    assert len(view["validation"]["classes"]) == 31


def test_painted_points_are_shown_where_they_were_painted() -> None:
    points = tuple((0.2 + k % 4 / 10, 0.3 + k % 5 / 10, k % 3) for k in range(30))
    training = at(Scene(task=Points(points), options={"hidden": 3}), 5)
    view = map_view(training, 4)
    assert view["grid"]["shape"] == [4, 4, 3]
    shown = np.concatenate([decoded(view["points"]), decoded(view["validation"]["points"])])
    assert {tuple(p) for p in shown.round(3).tolist()} <= {
        tuple(p) for p in np.float32([q[:2] for q in points]).round(3).tolist()
    }
    corner = training.task.scaling.scale_features([view["high"]])  # type: ignore[union-attr]
    output = training.progress.trainer.predict(training.progress.state, corner)
    np.testing.assert_allclose(decoded(view["grid"])[3, 3], output[0], rtol=1e-6)


def test_errors_are_the_last_that_were_measured() -> None:
    training = at(XOR, 4)
    errors = map_view(training, 3)["errors"]
    rows = training.progress.trainer.order(0)[:4]
    assert [k for k, error in enumerate(errors) if error is not None] == sorted(rows.tolist())
    measured = np.abs(training.progress.state.errors[:4]).max(axis=1)
    assert [errors[row] for row in rows] == pytest.approx(measured.tolist())


def test_one_input_gives_a_curve_more_give_pairs_and_classes_a_matrix() -> None:
    curve = map_view(at(SCENES[4], 200))
    assert curve["kind"] == "fit"
    assert decoded(curve["x"])[0] < 0.1
    assert decoded(curve["target"]).shape == (48, 1)
    pairs = map_view(at(SCENES[2], 3))
    assert (pairs["kind"], pairs["target"]["shape"]) == ("parity", [101, 1])
    matrix = map_view(at(SCENES[3], 3))
    assert (matrix["kind"], np.array(matrix["counts"]).sum(), len(matrix["labels"])) == ("confusion", 30, 3)


def test_a_pot_predicts_fewer_points() -> None:
    pot = Scene(task=RegistryTask("and"), circuit="linear", level="gated")
    assert map_view(LiveTraining.begin(pot), 24)["grid"]["shape"] == [6, 6]


@pytest.mark.parametrize("scene", [XOR, SCENES[2]])
def test_the_recorded_step_ends_where_learning_the_sample_does(scene: Scene) -> None:
    training = at(scene, 2)
    row = int(training.progress.trainer.order(0)[2])
    view = step_view(training, row, points=5)
    values = decoded(view["values"])
    assert values.shape == (5 * len(view["boundaries"]), len(view["species"]))
    assert decoded(view["times"])[-1] == pytest.approx(view["boundaries"][-1][2])
    assert view["sample"] == training.task.train.features[row].tolist()
    training.advance(1)
    names = {n for p in training.program.circuit.trained_parameters for n, _ in training.program.rails.of(p)}
    for place, name in enumerate(view["species"]):
        if name in names:
            learned = training.progress.state.pot[training.progress.trainer.executable.positions[name]]
            assert values[-1, place] == pytest.approx(learned, rel=2e-3, abs=2e-4)


def test_a_step_can_be_limited_to_some_species() -> None:
    training = at(XOR, 2)
    whole, part = step_view(training, 0), step_view(training, 0, species=["e1_p", "z1_n"])
    place = whole["species"].index("e1_p")
    np.testing.assert_array_equal(
        decoded(part["values"])[:, part["species"].index("e1_p")], decoded(whole["values"])[:, place]
    )
    assert set(part["species"]) == {"e1_p", "z1_n"}


@pytest.mark.parametrize("scene", SCENES)
def test_the_circuit_is_described_completely(scene: Scene) -> None:
    training = LiveTraining.begin(scene)
    program, view = training.program, circuit_view(training)
    names = [species["name"] for species in view["species"]]
    assert tuple(names) == training.progress.trainer.executable.species
    assert len(decoded(amounts_view(training)["values"])) == len(names)
    assert [len(p["reactions"]) for p in view["phases"]] == [len(p.network.reactions) for p in program.phases]
    assert view["counts"]["reactions"] == sum(len(phase["reactions"]) for phase in view["phases"])
    listed = [name for _, _, names in quantities(view, step_view(training, 0)) for name in names]
    assert sorted(listed) == sorted(names)
    nodes = {node["name"] for node in view["nodes"]}
    assert [weight["name"] for weight in view["weights"]] == list(
        map(str, program.circuit.trained_parameters)
    )
    for weight in view["weights"]:
        assert set(weight["species"]) <= set(names)
        assert weight["to"] in nodes
        assert weight["from"] is None or weight["from"] in nodes


def quantities(_: dict[str, Any], step: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    return [(entry["name"], entry["role"], entry["species"]) for entry in step["quantities"]]


def test_weights_join_the_nodes_that_they_multiply_and_act_on() -> None:
    view = circuit_view(LiveTraining.begin(XOR))
    ends = {weight["name"]: (weight["from"], weight["to"]) for weight in view["weights"]}
    assert ends["theta[2,1]"] == ("x[1]", "z[2]")
    assert ends["beta[0]"] == (None, "z[0]")
    assert ends["w[0,2]"] == ("z[2]", "e[0]")
    assert ends["b[0]"] == (None, "e[0]")
    deep = circuit_view(LiveTraining.begin(XOR.patched({"options": {"hidden": [3, 2]}})))
    layers = {node["name"]: node["layer"] for node in deep["nodes"]}
    assert sorted({*layers.values()}) == [0, 1, 2, 3]
    assert all(layers[w["from"]] + 1 == layers[w["to"]] for w in deep["weights"] if w["from"])


def test_only_a_pot_with_a_clock_has_species_of_one() -> None:
    def roles(scene: Scene) -> set[str]:
        return {species["role"] for species in circuit_view(LiveTraining.begin(scene))["species"]}

    assert "clock" in roles(SCENES[2])
    assert "clock" not in roles(XOR)


def test_progress_sends_only_new_losses() -> None:
    training = at(XOR, 303)
    assert [row[0] for row in progress_view(training)["loss"]] == [101, 202, 303]
    view = progress_view(training, since=2)
    assert (view["known"], [row[0] for row in view["loss"]]) == (3, [303])
    assert (view["epoch"], view["position"], view["size"], view["finished"]) == (3, 0, 101, False)


def test_the_certificate_is_that_of_the_present_reactions() -> None:
    scene = Scene(task=RegistryTask("linear-regression"), circuit="linear")
    ideal = certificate_view(LiveTraining.begin(scene).program)
    assert ideal["passed"] is True
    for patch in ({"errors": {"rates": 0.5}}, {"removed": ["theta1_p"]}, {"options": {"horizon": 1.0}}):
        program = LiveTraining.begin(scene.patched(patch)).program
        assert certificate_view(program)["passed"] is ("options" in patch)
    rows = certificate_view(LiveTraining.begin(scene.patched({"errors": {"rates": 0.5}})).program)["rows"]
    assert [row["name"] for row in rows if not row["passed"]][:2] == [
        "forward at present",
        "gradient at present",
    ]
    stopped = scene.patched({"circuit": "minimal", "level": "autonomous", "clock_stopped": True})
    assert certificate_view(LiveTraining.begin(stopped).program)["passed"] is False
