"""Every change of a scene is seen in its reactions, and in nothing else."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from neuralcrn.app.live import (
    Function,
    LiveTraining,
    Points,
    RegistryTask,
    Scene,
    Table,
    chemistry_of,
    key_of,
)
from neuralcrn.circuits import Options, make_circuit
from neuralcrn.compiler import Program
from neuralcrn.errors import DataError, InvalidValueError, NeuralCRNError, ParseError, UnknownNameError
from neuralcrn.studies.robustness.rate_errors import rate_factors

LINE = Scene(task=RegistryTask("linear-regression"), circuit="linear")
XOR = Scene(task=RegistryTask("xor"), options={"hidden": 3})
POT = LINE.patched({"level": "autonomous", "circuit": "minimal"})


def rates(program: Program) -> dict[tuple[str, str], float]:
    """Return the rate constants by phase and reaction; labels tell reactions with the same sides apart."""
    return {
        (phase.name, str(reaction.k(1.0))): reaction.rate
        for phase in program.phases
        for reaction in phase.network.reactions
    }


def changed(scene: Scene, patch: dict[str, object]) -> dict[tuple[str, str], float]:
    """Return the factors of the rate constants that a patch changes; 0 for those of removed reactions."""
    before, after = rates(chemistry_of(scene).program), rates(chemistry_of(scene.patched(patch)).program)
    assert after.keys() <= before.keys()
    return {key: after.get(key, 0.0) / rate for key, rate in before.items() if after.get(key) != rate}


@pytest.mark.parametrize("scene", [LINE, XOR, POT])
@pytest.mark.parametrize("factor", [2.0, 0.0])
def test_a_factor_changes_exactly_its_rate_constant(scene: Scene, factor: float) -> None:
    program = chemistry_of(scene).program
    for phase in program.phases[:: max(1, len(program.phases) // 3)]:
        reaction = phase.network.reactions[-1]
        key = key_of(phase.name, reaction)
        found = changed(scene, {"factors": {key: factor}})
        assert found == {(phase.name, str(reaction.k(1.0))): factor}


def test_errors_of_rates_are_those_of_the_disturbance_and_proportional_to_their_strength() -> None:
    mild, severe = (changed(XOR, {"errors": {"rates": s}}) for s in (0.1, 0.5))
    assert len(mild) == len(rates(chemistry_of(XOR).program))
    for key, factor in mild.items():
        assert math.log(severe[key]) == pytest.approx(5.0 * math.log(factor), rel=1e-9)
    reactions = [r for phase in chemistry_of(XOR).program.phases for r in phase.network.reactions]
    wanted = rate_factors(reactions, 0.5, np.random.default_rng([0, *b"rates"]))
    assert sorted(severe.values()) == pytest.approx(sorted(wanted[r] for r in reactions))


def test_the_parts_of_the_errors_of_rates_multiply_to_the_whole() -> None:
    whole, shared, own = (changed(XOR, {"errors": {name: 0.4}}) for name in ("rates", "common", "mismatch"))
    for key, factor in whole.items():
        assert shared.get(key, 1.0) * own.get(key, 1.0) == pytest.approx(factor)


def test_another_seed_gives_other_errors_of_the_same_samples() -> None:
    first, second = (XOR.patched({"errors": {"rates": 0.3}, "error_seed": seed}) for seed in (0, 1))
    one, other = chemistry_of(first), chemistry_of(second)
    assert rates(one.program) != rates(other.program)
    np.testing.assert_array_equal(one.task.train.features, other.task.train.features)


def test_no_error_is_no_change() -> None:
    assert chemistry_of(XOR.patched({"errors": {"rates": 0.0}})).program == chemistry_of(XOR).program


def test_leaks_and_doses_and_pipetting_are_seen() -> None:
    leaky = chemistry_of(XOR.patched({"errors": {"leaks": 0.01}})).program
    assert any(r.label == "leak" for phase in leaky.phases for r in phase.network.reactions)
    dosed = chemistry_of(XOR.patched({"errors": {"doses": 0.1}})).program
    assert {d.factor for d in dosed.doses} != {d.factor for d in chemistry_of(XOR).program.doses}
    assert not chemistry_of(XOR.patched({"errors": {"pipetting": 0.1}})).program.has_exact_doses


@pytest.mark.parametrize("scene", [XOR, POT])
def test_a_removed_species_reacts_with_nothing_and_is_never_there(scene: Scene) -> None:
    program = chemistry_of(scene).program
    name = next(n for v in program.circuit.trained_parameters for n, _ in program.rails.of(v))
    training = LiveTraining.begin(scene.patched({"removed": [name]}))
    for phase in training.program.phases:
        assert all(name not in reaction.species for reaction in phase.network.reactions)
    assert training.program.pot_species == program.pot_species
    place = training.progress.trainer.executable.positions[name]
    training.advance(3)
    assert training.progress.state.pot[place] == 0.0
    later = LiveTraining.begin(scene)
    later.advance(2)
    later.change(scene.patched({"removed": [name]}), "removed")
    assert later.progress.state.pot[place] == 0.0


def test_without_an_input_the_output_does_not_depend_on_it() -> None:
    def outputs(scene: Scene) -> list[float]:
        training = LiveTraining.begin(scene)
        rows = np.array([[0.2, 0.1], [0.2, 0.9]])
        return training.progress.trainer.predict(training.progress.state, rows)[:, 0].tolist()

    low, high = outputs(XOR.patched({"removed": ["x2"]}))
    assert low == high
    low, high = outputs(XOR)
    assert abs(low - high) > 0.01


def test_a_stopped_clock_stops_the_training_with_the_sentence_of_the_command() -> None:
    training = LiveTraining.begin(POT)
    assert training.advance(1) == 1
    clock = set(training.program.tolerances)
    training.change(POT.patched({"clock_stopped": True}), "clock stopped")
    assert all(not set(r.species) <= clock for p in training.program.phases for r in p.network.reactions)
    assert training.advance(1) == 0
    assert training.stopped is not None
    assert "cycle 2" in training.stopped
    training.change(POT, "clock running")
    assert training.advance(1) == 1


def test_only_a_pot_with_a_clock_has_one_to_stop() -> None:
    with pytest.raises(InvalidValueError, match=r"linear \(staged\) has no clock to stop: choose level"):
        chemistry_of(LINE.patched({"clock_stopped": True}))


@pytest.mark.parametrize(
    ("patch", "read"),
    [
        ({"options": {"learning_rate": 0.07}}, lambda p: p.circuit.learning_rate == 0.07),
        ({"options": {"hidden": 5}}, lambda p: len(p.circuit.system.states) == 5),
        ({"options": {"hidden": [5, 4]}}, lambda p: len(p.circuit.system.states) == 9),
        ({"circuit": "mixing", "options": {"horizon": 0.5}}, lambda p: p.circuit.horizon == 0.5),
        ({"options": {"annihilation": 300}}, lambda p: p.circuit.annihilation == 300.0),
        ({"options": {"optimiser": "chop"}}, lambda p: len(p.cycle) == 2),
        ({"options": {"momentum": 0.5}}, lambda p: p.circuit.momentum == 0.5),
        ({"level": "gated"}, lambda p: p.level == "gated"),
        ({"level": "autonomous", "clock": "restored-9"}, lambda p: p.clock == "restored-9"),
        ({"circuit": "cubic", "options": None}, lambda p: p.max_order == 3),
        ({"rule": "weight-perturbation"}, lambda p: p.circuit.rule == "weight-perturbation"),
    ],
)
def test_options_are_those_of_the_program(patch: dict[str, object], read) -> None:
    assert read(chemistry_of(XOR.patched(patch)).program)
    assert not read(chemistry_of(XOR).program)


def test_molecules_are_counted_and_forgotten_again() -> None:
    training = LiveTraining.begin(LINE)
    training.change(LINE.patched({"method": "ssa", "volume": 50}), "50 molecules")
    training.advance(4)
    counted = training.progress.state.pot * 50.0
    moved = [training.progress.trainer.executable.positions["theta1_p"]]
    np.testing.assert_allclose(counted[moved], np.rint(counted[moved]), atol=1e-9)
    training.change(LINE, "concentrations")
    training.advance(1)
    assert not training.progress.trainer.kinetics.is_stochastic


@pytest.mark.parametrize(
    ("patch", "what"),
    [
        ({"circuit": "perceptrn"}, "unknown circuit 'perceptrn': did you mean 'perceptron'"),
        ({"options": {"hiden": 3}}, "unknown option 'hiden': did you mean 'hidden'"),
        ({"options": {"learning_rate": "fast"}}, "option learning_rate = 'fast'"),
        ({"options": {"learning_rate": -1.0}}, "learning_rate = -1 is out of range"),
        ({"options": {"outputs": 2}}, "option outputs = '2': the samples determine it"),
        ({"options": {"rule": "exact"}}, "option rule = 'exact': give it beside the options"),
        ({"options": {"hidden": 0.5}}, "option hidden = '0.5'"),
        ({"options": {"optimiser": "adam"}}, "unknown optimiser 'adam'"),
        ({"level": "stagd"}, "unknown level 'stagd': did you mean 'staged'"),
        ({"clock": "ring-3"}, "clock ring-3 belongs to the level autonomous"),
        ({"method": "ssa"}, "method ssa counts molecules"),
        ({"removed": ["q"]}, "unknown species 'q'"),
        ({"factors": {"update: a -> b": 2.0}}, "unknown reaction 'update: a -> b'"),
        ({"task": {"kind": "registry", "name": "xr"}}, "unknown task 'xr': did you mean 'xor'"),
        ({"task": {"kind": "registry", "name": "xor", "options": {"tran": 5}}}, "tran"),
    ],
)
def test_what_a_circuit_does_not_know_is_said_kindly(patch: dict[str, object], what: str) -> None:
    with pytest.raises(NeuralCRNError) as caught:
        chemistry_of(XOR.patched(patch))
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("scene", [XOR, LINE, Scene(task=Points(((0.1, 0.2, 0), (0.3, 0.4, 1)) * 4))])
def test_every_option_is_used_or_refused_kindly(scene: Scene) -> None:
    refused: dict[str, str] = {}
    options = dataclasses.fields(Options)
    for option in options:
        value = {} if option.default is dataclasses.MISSING else option.default
        try:
            chemistry_of(scene.patched({"options": {"hidden": 3, option.name: value}}))
        except NeuralCRNError as error:
            refused[option.name] = str(error)
    assert all(name in message for name, message in refused.items())
    assert len(refused) < len(options) / 2


def test_painted_points_are_samples_of_their_classes() -> None:
    points = tuple((k % 4 / 4, k % 5 / 5, k % 3) for k in range(30))
    task = chemistry_of(Scene(task=Points(points))).task
    assert (task.kind, task.classes, task.inputs, task.outputs) == ("classification", ("0", "1", "2"), 2, 3)
    assert task.scaling is not None
    learned = task.scaling.unscale_features(np.concatenate([task.train.features, task.validation.features]))
    labels = np.concatenate([task.labels(task.train.targets), task.labels(task.validation.targets)])
    got = {(round(x, 6), round(y, 6), int(label)) for (x, y), label in zip(learned, labels, strict=True)}
    assert got == {(round(x, 6), round(y, 6), label) for x, y, label in points}


@pytest.mark.parametrize(
    ("task", "what"),
    [
        (Points(((0.1, 0.2, 0),)), r"points\.csv: 1 rows below the header"),
        (Points(((0.1, 0.2, 0), (0.3, 0.2, 0), (0.1, 0.6, 0), (0.4, 0.4, 0))), r"points\.csv: .*class"),
        (Table("a,b\n1,2\n3,x\n4,5\n6,7\n", "b"), r"table\.csv: row 3, column 2 \('b'\)"),
        (Table("a,b\n1,2\n", "c"), r"table\.csv: row 1 \(the header\) lacks column 'c'"),
        (Table("", "c"), r"table\.csv: row 1: the file is empty"),
        (Function("2"), r"function\.csv: .*nothing to learn"),
    ],
)
def test_samples_that_cannot_be_used_are_named_by_row_and_column(task, what: str) -> None:
    with pytest.raises(DataError, match=f"^({what}|.*{what})") as caught:
        chemistry_of(Scene(task=task))
    assert "/tmp" not in str(caught.value)


def test_a_function_gives_the_values_of_its_formula() -> None:
    task = chemistry_of(Scene(task=Function("x^2 - sin(y)", ("x", "y"), -1.0, 2.0, 40))).task
    assert task.scaling is not None
    x, y = task.scaling.unscale_features(task.train.features).T
    np.testing.assert_allclose(task.scaling.unscale_targets(task.train.targets)[:, 0], x**2 - np.sin(y))
    assert (len(task.train) + len(task.validation), task.kind) == (40, "regression")
    assert x.min() >= -1.0
    assert x.max() <= 2.0


def test_samples_of_a_function_depend_on_the_seed() -> None:
    drawn = [chemistry_of(Scene(task=Function("x"), seed=seed)).data for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_function_of_two_values_is_a_regression() -> None:
    assert chemistry_of(Scene(task=Function("sign(x - 0.5)"))).task.kind == "regression"


@pytest.mark.parametrize(
    ("task", "kind", "what"),
    [
        (Function("x +"), ParseError, "formula:1:4"),
        (Function("x + y"), UnknownNameError, "unknown input of the formula 'y'"),
        (Function("ln(x - 0.5)"), InvalidValueError, "has no finite value at x = "),
    ],
)
def test_formulas_without_a_value_are_refused(task: Function, kind: type[Exception], what: str) -> None:
    with pytest.raises(kind) as caught:
        chemistry_of(Scene(task=task))
    assert what in str(caught.value)


def test_an_own_equation_gives_the_reactions_of_the_circuit_with_that_equation() -> None:
    known = Scene(task=RegistryTask("xor"), circuit="mixing")
    for text in ("theta*x + phi*z + beta - z*|z|", "dz/dt = theta x + phi z + beta - z abs(z)"):
        own = Scene(task=RegistryTask("xor"), equation=text)
        assert rates(chemistry_of(own).program) == rates(chemistry_of(known).program)


def test_an_own_equation_has_matrices_where_they_fit_and_learns() -> None:
    scene = Scene(
        task=RegistryTask("linear-regression"), equation="theta*x + beta - b1*z", options={"hidden": 3}
    )
    program = chemistry_of(scene).program
    shapes = {name: program.circuit.system.shape_of(name) for name in ("theta", "beta", "b1")}
    assert shapes == {"theta": (3, 2), "beta": (3,), "b1": (3, 3)}
    training = LiveTraining.begin(scene)
    training.advance(410)
    assert training.losses[-1].train < 0.5 * training.losses[0].train


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("theta*x + ", "equations:1"),
        ("theta*x / 2", "mass action has no division"),
        ("x - z", "cannot be added or subtracted"),
        ("a + b + c + d + f + g", "6 trained parameters, a, b, c, d, f, g: at most 5"),
        ("w*x", "w"),
        ("theta*x + z'", "equations:1"),
        ("exp(z) - theta*x", "exp is a function"),
    ],
)
def test_equations_that_have_no_meaning_are_refused(text: str, what: str) -> None:
    with pytest.raises(NeuralCRNError) as caught:
        chemistry_of(Scene(task=RegistryTask("xor"), equation=text))
    assert what in str(caught.value)


def test_the_recorded_settings_of_a_published_training_are_used() -> None:
    chemistry = chemistry_of(Scene(task=RegistryTask("xor"), circuit="cubic"))
    assert chemistry.spec.source == "arXiv 2409.00034"
    assert chemistry.program.phases == make_circuit("cubic", 2).compile().phases
