"""Negative values of quantities with one rail are rejected everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from neuralcrn.algebra import SignedSystem, Variable
from neuralcrn.circuits import make_circuit
from neuralcrn.compiler import Circuit, Oracle, Readout
from neuralcrn.engines import Executable
from neuralcrn.engines.native.executor import NativeExecutable
from neuralcrn.engines.outcome import NO_RAIL
from neuralcrn.errors import CompileError, DataError
from neuralcrn.learning import Trainer, train_circuit
from neuralcrn.learning.dose_schedule import dosing_of
from neuralcrn.learning.doses import checked_doses
from neuralcrn.tasks import Samples, Scaling, Task
from neuralcrn.verify import draw_samples, measure
from neuralcrn.verify.measurement import Sample, accurate
from neuralcrn.verify.pot_checks import measure_pot

LEVELS = ("staged", "gated", "autonomous")


def circuit_of(
    equation: str = "dz = k*u", *, non_negative: tuple[str, ...] = ("u",), learned: str = "k", **options: Any
) -> Circuit:
    """Return a circuit of one input u and one state z, which starts at 0."""
    parameters: dict[str, Any] = {name: () for name in ("k", "h") if name in equation}
    system = SignedSystem.parse(
        equation, states={"z": ()}, inputs={"u": ()}, parameters=parameters, non_negative=non_negative
    )
    defaults = {"features": 1, "starts_at_input": False, "readout": Readout(trained=not learned)}
    return Circuit(name="mine", system=system, **{**defaults, **options})


def from_input_to_state() -> Circuit:
    """Return a circuit whose input has two rails but is copied into a state of one."""
    return circuit_of("dz = -z", non_negative=("z",), learned="", starts_at_input=True)


def task_of(features: list[list[float]], targets: list[list[float]]) -> Task:
    samples = Samples(features, targets)
    return Task(
        name="mine",
        kind="regression",
        train=samples,
        validation=samples,
        test=None,
        threshold=None,
        classes=(),
        feature_names=("height",),
        target_names=("y1",),
        scaling=None,
        bounds=np.array([[-1.0, 1.0]]),
    )


GOOD, BAD = task_of([[1.0], [0.5]], [[0.5], [0.25]]), task_of([[1.0], [-1.0]], [[0.5], [0.25]])


def trainer_of(circuit: Circuit, level: str = "staged", task: Task = GOOD) -> Trainer:
    return Trainer(circuit.compile(level), task, seed=0)


def pot_of(executable: Executable) -> np.ndarray:
    return executable.new_pot(dict.fromkeys(executable.program.circuit.trained_parameters, 0.5))


WAYS: dict[str, Callable[[Trainer], Any]] = {
    "train": lambda t: Trainer(t.program, BAD, seed=0),
    "train_circuit": lambda t: train_circuit(t.program.circuit, BAD, epochs=1),
    "predict": lambda t: t.predict(t.fresh_state({}), BAD.train.features),
    "checked": lambda t: checked_doses([[1.0], [-1.0]], GOOD, t.program, "features"),
    "record": lambda t: t.executable.record(pot_of(t.executable), np.array([-1.0]), np.array([0.5])),
    "measure": lambda t: measure(t.executable, Sample(np.array([0.5]), np.array([-1.0]), np.array([0.5]))),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("circuit", [circuit_of(), from_input_to_state()], ids=["input", "state"])
def test_a_negative_dose_is_refused_whatever_its_variable_is_called(way: str, circuit: Circuit) -> None:
    with pytest.raises(DataError, match=r"-1 .*[uz] has one rail.*declare it signed"):
        WAYS[way](trainer_of(circuit))


def test_a_task_that_is_replaced_is_looked_at_again() -> None:
    trainer = trainer_of(circuit_of())
    trainer.task = BAD
    with pytest.raises(DataError, match=r"training samples of task mine: row 2, height = -1 is negative"):
        trainer.epoch(trainer.fresh_state({}))


@pytest.mark.parametrize("level", LEVELS)
def test_negative_doses_of_pots_are_refused(level: str) -> None:
    trainer = trainer_of(circuit_of(), level)
    with pytest.raises(DataError, match="height = -1 is negative, but u has one rail"):
        Trainer(trainer.program, BAD, seed=0)
    if level != "staged":
        with pytest.raises(DataError, match="row 2, feature 1 = -1"):
            dosing_of(trainer.program, trainer.executable.initial, BAD.train)
        with pytest.raises(DataError, match="sample: row 1, feature 1 = -1"):
            measure_pot(trainer.executable, Sample(np.array([0.5]), np.array([-1.0]), np.array([0.5])))


def test_a_negative_target_of_a_pot_is_refused_where_it_is_dosed() -> None:
    negative = task_of([[1.0], [0.5]], [[0.5], [-0.25]])
    trainer = trainer_of(circuit_of(), "gated")
    with pytest.raises(DataError, match=r"target 1 = -0.25 is negative, but y\[0\] has one rail: .*positive"):
        Trainer(trainer.program, negative, seed=0)
    with pytest.raises(DataError, match=r"row 2, target 1 = -0\.25"):
        dosing_of(trainer.program, trainer.executable.initial, negative.train)
    trainer_of(circuit_of(), "staged", negative)  # there the target is dosed into the error, on two rails


@pytest.mark.parametrize("level", LEVELS)
def test_a_negative_constant_is_refused_when_it_is_compiled(level: str) -> None:
    system = SignedSystem.parse(
        "dz = k*u", states={"z": 2}, inputs={"u": 2}, parameters={"k": 2}, non_negative=["u"]
    )
    padded = Circuit(name="padded", system=system, features=1, augmentation=-1.0)
    with pytest.raises(CompileError, match=r"circuit padded: a dose of -1 of u\[1\]: u\[1\] has one rail"):
        padded.compile(level)
    fixed = circuit_of("dz = k*u + h", non_negative=("u", "h"), fixed={"h": -0.5})
    with pytest.raises(CompileError, match=r"a dose of -0\.5 of h: h has one rail"):
        fixed.compile(level)


def test_a_parameter_on_one_rail_is_not_dosed_below_zero() -> None:
    executable = accurate(circuit_of("dz = k*u + h", fixed={"h": 0.5}).compile())
    with pytest.raises(DataError, match="-2 of h: h has one rail"):
        executable.new_pot({Variable("k"): 1.0, Variable("h"): -2.0})


def test_compiled_code_never_writes_to_a_rail_that_is_not_there() -> None:
    """Past every check, the loop itself stops, and what was in the pot stays."""
    from neuralcrn.engines.native.execute import Data, learn, predict_rows

    trainer = trainer_of(circuit_of())
    executable = trainer.executable
    assert isinstance(executable, NativeExecutable)
    lowered, counting = executable.lowered, executable.counting
    pot = trainer.fresh_state({}).pot
    before = pot.copy()
    samples = Data(BAD.train.features, BAD.train.targets)
    scratch, measured, times = np.zeros(lowered.scratch_size), np.zeros((1, 1)), np.zeros(1)
    learned = learn(
        lowered.protocols(), lowered.arrays(), pot, np.array([1]), samples, measured, times, 1e6,
        executable.controls, scratch, counting.for_training(),
    )  # fmt: skip
    assert learned[:2] == (NO_RAIL, 0)
    np.testing.assert_array_equal(pot, before)
    asked = predict_rows(
        lowered.prediction, lowered.arrays(), pot, 0, 2, 1, BAD.train.features, np.zeros((2, 1)),
        executable.controls, scratch, counting.for_predictions(0),
    )  # fmt: skip
    assert asked[:2] == (NO_RAIL, 1)
    np.testing.assert_array_equal(pot, before)


def test_test_points_go_where_there_is_a_rail() -> None:
    samples = draw_samples(from_input_to_state(), 30, np.random.default_rng(0))
    assert min(sample.features.min() for sample in samples) >= 0.0


@pytest.mark.parametrize("level", ["gated", "autonomous"])
def test_what_has_one_rail_is_measured_as_it_is(level: str) -> None:
    """A state of one rail must not be read as itself minus the last species of the pot."""
    circuit = circuit_of("dz = u - z", non_negative=("u", "z"), learned="").with_(
        hold=1e5, shadow=1e4, annihilation=1e5
    )
    sample = Sample(np.array([0.5]), np.array([0.75]), np.array([0.25]))
    exact = Oracle.of(circuit).solve(sample.parameters, sample.features, sample.targets)
    executable = accurate(circuit.compile(level))
    state = np.arange(1.0, 1.0 + len(executable.positions))
    assert executable.signed(state, [Variable("z")]) == [state[executable.positions["z"]]]
    measured = measure_pot(executable, sample)
    np.testing.assert_allclose(exact.states, 0.75 * (1.0 - np.exp(-1.0)), rtol=1e-9)
    np.testing.assert_allclose(measured.states, exact.states, rtol=3e-3)


def test_doses_of_a_family_with_one_rail_are_refused_too() -> None:
    negative = [[1.0, -1.0], [0.5, 1.0]]
    with pytest.raises(DataError, match=r"row 1, feature 2 = -1 is negative, but x\[1\] has one rail"):
        dosing_of(make_circuit("linear").compile("gated"), np.zeros(1), Samples(negative, [[0.5]] * 2))


def test_a_scaled_table_below_its_range_is_refused() -> None:
    scaling = Scaling.fit([[0.0], [2.0]])
    scaled = (np.array([[-2.0]]) - scaling.feature_low) / 2.0
    with pytest.raises(DataError, match="height = -1 is negative"):
        checked_doses(scaled, GOOD, circuit_of().compile(), "new.csv")
