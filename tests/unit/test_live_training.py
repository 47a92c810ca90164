"""Training that is changed while it runs: determinism, what is carried over, undo, run folders."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from neuralcrn.app.live import LiveTraining, Points, RegistryTask, Scene, load_training, save_training
from neuralcrn.app.train import TrainingOptions, begin_run, train
from neuralcrn.errors import NeuralCRNError, RunError

LINE = Scene(task=RegistryTask("linear-regression"), circuit="linear", epochs=3)
XOR = Scene(task=RegistryTask("xor"), options={"hidden": 4}, epochs=4)


def at(scene: Scene, samples: int) -> LiveTraining:
    training = LiveTraining.begin(scene)
    training.advance(samples)
    return training


def contents(training: LiveTraining) -> tuple[bytes, ...]:
    state = training.progress.state
    return state.pot.tobytes(), state.errors[: state.position].tobytes(), repr(training.losses).encode()


def amounts(training: LiveTraining) -> dict[str, float]:
    species = training.progress.trainer.executable.species
    return dict(zip(species, training.progress.state.pot.tolist(), strict=True))


@pytest.mark.parametrize(
    "scene",
    [
        LINE,
        XOR,
        XOR.patched({"options": {"optimiser": "chop"}, "errors": {"rates": 0.3, "pipetting": 0.1}}),
        LINE.patched({"method": "tau", "volume": 1000, "epochs": 1}),
        LINE.patched({"level": "gated", "epochs": 1}),
    ],
)
def test_blocks_of_samples_do_not_affect_the_result(scene: Scene) -> None:
    count = LiveTraining.begin(scene).progress.samples + 7
    whole, single = at(scene, count), LiveTraining.begin(scene)
    for size in (1, 2, 3, *[1] * (count - 6)):
        single.advance(size)
    assert contents(whole) == contents(single)


def test_a_training_without_changes_is_that_of_the_training_loop(tmp_path: Path) -> None:
    options = TrainingOptions(circuit_options={"hidden": 4}, epochs=4, seed=3)
    run = begin_run("xor", tmp_path / "run", options)
    train(run, image=None)
    live = at(XOR.patched({"seed": 3}), 10_000)
    assert live.finished
    assert live.progress.metrics == run.metrics
    assert live.progress.state.pot.tobytes() == run.state.pot.tobytes()


def test_the_same_changes_at_the_same_samples_give_the_same_bytes() -> None:
    def changed(blocks: int) -> LiveTraining:
        training = LiveTraining.begin(XOR)
        for _ in range(blocks):
            training.advance(60 // blocks)
        training.change(XOR.patched({"errors": {"rates": 0.4}}), "errors")
        training.advance(101)
        training.change(training.scene.patched({"options": {"hidden": 6}}), "wider")
        training.advance(30)
        return training

    first, second = changed(1), changed(5)
    assert contents(first) == contents(second)
    assert [(change.samples, change.label) for change in first.log] == [
        (0, "begin"), (60, "errors"), (161, "wider")
    ]  # fmt: skip


def test_rewind_repeats_bit_for_bit_and_another_seed_does_not() -> None:
    training = at(XOR, 150)
    before = contents(training)
    training.rewind()
    assert training.samples == 0
    training.advance(150)
    assert contents(training) == before
    training.rewind(seed=1)
    training.advance(150)
    assert training.scene.seed == 1
    assert contents(training) != before


def test_rewind_keeps_the_scene_and_drops_its_changes() -> None:
    training = at(XOR, 20)
    scene = XOR.patched({"options": {"learning_rate": 0.05}})
    training.change(scene, "rate")
    training.rewind()
    assert training.scene == scene
    assert len(training.log) == 1
    training.advance(20)
    assert contents(training) == contents(at(scene, 20))


def test_undo_and_redo_restore_scene_and_pot() -> None:
    training = at(XOR, 50)
    kept = contents(training)
    training.change(XOR.patched({"errors": {"leaks": 0.1}}), "leaks 10%")
    training.advance(20)
    later = contents(training)
    assert (training.undo_label, training.redo_label) == ("leaks 10%", None)
    training.undo()
    assert training.scene == XOR
    assert training.samples == 50
    assert contents(training) == kept
    assert training.redo_label == "leaks 10%"
    training.redo()
    assert contents(training) == later
    training.undo()
    training.change(XOR.patched({"epochs": 9}), "longer")
    assert training.redo_label is None


def test_nothing_to_undo_changes_nothing() -> None:
    training = at(LINE, 3)
    kept = training.moment
    training.undo()
    training.redo()
    assert training.moment is kept


def test_new_units_are_drawn_and_old_ones_are_kept() -> None:
    training = at(XOR, 80)
    before = amounts(training)
    training.change(XOR.patched({"options": {"hidden": 6}}), "wider")
    after = amounts(training)
    common = before.keys() & after.keys()
    assert {name: after[name] for name in common} == {name: before[name] for name in common}
    new = [name for name in after if re.match(r"(theta|w)(1_)?[56]_", name)]
    assert sum(after[name] > 0.0 for name in new) >= len(new) / 4
    training.change(training.scene.patched({"options": {"hidden": 4}}), "narrower")
    assert amounts(training) == before


def test_a_change_of_level_keeps_the_parameters() -> None:
    training = at(LINE, 41)
    before = training.progress.trainer.parameters(training.progress.state)
    training.change(LINE.patched({"level": "autonomous", "epochs": 9}), "one pot")
    after = training.progress.trainer.parameters(training.progress.state)
    np.testing.assert_array_equal(before, after)
    assert training.advance(2) == 2


def test_other_samples_begin_an_epoch_again() -> None:
    points = tuple((k % 5 / 5, k % 7 / 7, k % 2) for k in range(20))
    scene = Scene(task=Points(points), options={"hidden": 4})
    training = at(scene, 5)
    pot = training.progress.state.pot
    training.change(Scene(task=Points((*points, (0.9, 0.9, 1))), options={"hidden": 4}), "painted")
    assert training.progress.state.position == 0
    np.testing.assert_array_equal(training.progress.state.pot, pot)
    assert training.samples == 5


def test_a_change_that_begins_anew_is_that_of_a_new_lab_and_can_be_undone() -> None:
    training = at(XOR, 20)
    kept = contents(training)
    training.change(LINE, "line", anew=True)
    training.advance(7)
    assert contents(training) == contents(at(LINE, 7))
    assert training.undo_label == "line"
    training.undo()
    assert (training.scene, contents(training)) == (XOR, kept)


def test_an_invalid_change_changes_nothing() -> None:
    training = at(XOR, 5)
    kept = training.moment
    for patch in ({"circuit": "perceptrn"}, {"options": {"learning_rate": -1}}, {"removed": ["q"]}):
        with pytest.raises(NeuralCRNError):
            training.change(XOR.patched(patch), "wrong")
    assert training.moment is kept
    assert training.undo_label is None


@pytest.mark.parametrize("factor", [2.0, 0.0])
def test_factors_of_what_a_change_takes_away_are_left_out(factor: float) -> None:
    key = "update: g_theta4_1_p -> theta4_1_n"
    training = LiveTraining.begin(XOR.patched({"factors": {key: factor}, "removed": ["z4_p", "z1_p"]}))
    training.change(training.scene.patched({"options": {"hidden": 3}}), "narrower")
    assert training.scene.factors == {}
    assert training.scene.removed == ("z1_p",)
    with pytest.raises(NeuralCRNError, match="unknown reaction"):
        training.change(training.scene.patched({"factors": {key: factor}}), "not there")


def test_a_factor_is_kept_while_its_reaction_is_removed_with_a_species() -> None:
    key = "update: g_theta1_1_p -> theta1_1_n"
    training = LiveTraining.begin(XOR.patched({"factors": {key: 2.0}}))

    def rates() -> dict[str, float]:
        network = training.program.phase("update").network
        return {str(r.k(1.0)).split(" [")[0]: r.rate for r in network.reactions if "theta1_1" in str(r)}

    whole = rates()["g_theta1_1_p -> theta1_1_n"]
    training.change(training.scene.patched({"removed": ["theta1_1_n"]}), "product removed")
    assert rates()["g_theta1_1_p -> 0"] == whole
    training.change(training.scene.patched({"factors": {"update: g_theta1_1_p -> 0": 3.0}}), "what is left")
    assert rates()["g_theta1_1_p -> 0"] == 3.0 * whole
    training.change(training.scene.patched({"removed": ["g_theta1_1_p"]}), "reactant removed")
    assert training.scene.factors == {key: 2.0}
    training.change(training.scene.patched({"removed": None}), "all there")
    assert rates()["g_theta1_1_p -> theta1_1_n"] == whole


def test_a_divergence_stops_where_the_chemistry_left_its_range_whatever_the_blocks() -> None:
    scene = LINE.patched({"options": {"learning_rate": 1.0, "horizon": 5.0}})
    whole = at(scene, 41)
    single = LiveTraining.begin(scene)
    while single.advance(1):
        pass
    assert whole.stopped == single.stopped
    assert whole.stopped is not None
    assert "epoch 1, step" in whole.stopped
    assert 0 < whole.samples < 41
    assert contents(whole) == contents(single)
    assert whole.advance(5) == 0
    whole.undo()
    whole.change(scene.patched({"options": {"learning_rate": 0.01}}), "slower")
    assert whole.stopped is None


def test_more_epochs_go_on_after_the_last() -> None:
    training = at(LINE, 10_000)
    assert (training.samples, training.finished) == (123, True)
    training.change(LINE.patched({"epochs": 4}), "longer")
    assert training.advance(10_000) == 41


def test_a_saved_training_continues_bit_for_bit(tmp_path: Path) -> None:
    training = at(XOR, 129)
    training.change(XOR.patched({"options": {"learning_rate": 0.03}}), "rate")
    training.advance(1)
    training.change(XOR.patched({"errors": {"rates": 0.2}}), "errors")
    training.advance(50)
    training.change(training.scene.patched({"options": {"hidden": 5}}), "wider")
    training.undo()
    save_training(training, tmp_path / "lab")
    loaded = load_training(tmp_path / "lab")
    assert contents(loaded) == contents(training)
    assert (loaded.undo_label, loaded.redo_label) == ("errors", "wider")
    assert loaded.log == training.log
    for one in (training, loaded):
        one.advance(77)
    assert contents(loaded) == contents(training)
    for undone in (130, 129):
        for one in (training, loaded):
            one.undo()
        assert loaded.samples == undone
        assert contents(loaded) == contents(training)
    assert loaded.undo_label is None


def test_a_lab_of_an_earlier_version_has_parameters_as_numbers(tmp_path: Path) -> None:
    training = at(LINE, 250)
    save_training(training, tmp_path / "lab")
    file = tmp_path / "lab" / "lab.json"
    saved = json.loads(file.read_bytes())
    assert len(saved["metrics"]) == len(training.progress.metrics) > 0
    for row, metrics in zip(saved["metrics"], training.progress.metrics, strict=True):
        del row["packed"]
        row["parameters"] = list(metrics.parameters)
    file.write_text(json.dumps(saved))
    assert load_training(tmp_path / "lab").progress.metrics == training.progress.metrics


def run_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a run, without its times and those of the lab."""
    newest = sorted((folder / "checkpoints").iterdir())[-1]
    files = [p for p in folder.rglob("*") if p.is_file() and "checkpoints" not in p.parts]
    files += [*newest.iterdir()]
    names = {str(p.relative_to(folder)): p for p in files if p.name not in ("summary.json", "lab.json")}
    return {name: path.read_bytes() for name, path in names.items()}


def test_a_run_without_changes_is_that_of_the_command(tmp_path: Path) -> None:
    run = begin_run("xor", tmp_path / "run", TrainingOptions(circuit_options={"hidden": 4}, epochs=4))
    train(run, image=None)
    training = at(XOR, 100)
    save_training(training, tmp_path / "lab")
    training.advance(10_000)
    save_training(training, tmp_path / "lab")
    expected = run_files(tmp_path / "run")
    assert {"config.json", "program.txt", "metrics.csv", "network.json"} < expected.keys()
    assert run_files(tmp_path / "lab") == expected


def test_a_changed_run_cannot_be_resumed_as_if_it_were_not(tmp_path: Path) -> None:
    training = at(LINE, 10)
    save_training(training, tmp_path / "lab")
    training.change(LINE.patched({"errors": {"rates": 0.2}}), "errors")
    save_training(training, tmp_path / "lab")
    from neuralcrn.runs import resume

    with pytest.raises(RunError, match="changed in the lab"):
        resume(tmp_path / "lab")
    training.undo()
    save_training(training, tmp_path / "lab")
    assert resume(tmp_path / "lab").state.position == 10


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data["moments"][0]["arrays"]["pot"].__setitem__(0, [3]),
        lambda data: data["moments"][0].update(metrics=[5]),
        lambda data: data.update(present=7),
        lambda data: data.update(version=2),
        lambda data: data["scenes"][0].update(circuit="q"),
        lambda data: data.pop("losses"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, spoil) -> None:
    save_training(at(LINE, 3), tmp_path)
    data = json.loads((tmp_path / "lab.json").read_text())
    spoil(data)
    (tmp_path / "lab.json").write_text(json.dumps(data))
    with pytest.raises(RunError, match=r"lab\.json: "):
        load_training(tmp_path)


def test_changes_with_one_key_are_undone_together() -> None:
    training = at(XOR, 30)
    before = contents(training)
    for rate in (0.1, 0.2, 0.3):
        training.change(XOR.patched({"options": {"learning_rate": rate}}), f"rate {rate}", key="rate")
        training.advance(int(10 * rate))
    assert [change.samples for change in training.log] == [0, 30, 31, 33]
    training.undo()
    assert contents(training) == before
    assert training.undo_label is None


def test_while_nothing_is_learned_the_last_of_a_drag_replaces_the_others() -> None:
    """Units that a drag takes away and gives back are the same."""
    training = at(XOR, 30)
    before = amounts(training)
    for width in (2, 3, 4):
        training.change(XOR.patched({"options": {"hidden": width}}), f"width {width}", key="width")
    assert amounts(training) == before
    assert [change.label for change in training.log] == ["begin", "width 4"]
    training.change(XOR.patched({"epochs": 7}), "epochs", key="epochs")
    assert training.undo_label == "epochs"
    training.undo()
    assert training.undo_label == "width 4"
