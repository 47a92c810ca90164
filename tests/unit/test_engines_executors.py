"""Executors: the two of the package keep the interface, and executors that break it are found out."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from neuralcrn.chemistry import Crossing
from neuralcrn.circuits import make_circuit
from neuralcrn.compiler import Dose, Flush, Program, Read, Run, Step
from neuralcrn.engines import EXECUTORS, Executor, Kinetics, Tolerances
from neuralcrn.engines.reference.executor import ReferenceExecutable
from neuralcrn.errors import CheckError, DataError, UnknownNameError
from neuralcrn.learning import train_circuit
from neuralcrn.tasks import make_task
from neuralcrn.verify import check_executor

Vector = NDArray[np.float64]


def pipetted(program: Program, error: float) -> Program:
    """Return the program with this error of every dose."""

    def changed(steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(replace(step, error=error) if isinstance(step, Dose) else step for step in steps)

    return program.with_protocols(changed)


@pytest.mark.parametrize("name", list(EXECUTORS))
def test_executors_keep_the_interface(name: str) -> None:
    check_executor(name)


class Broken(ReferenceExecutable):
    """The reference executable with steps, learning or predictions replaced."""

    fault = ""

    def execute(
        self, steps: Sequence[Step], state: Vector, features: Vector, targets: Vector, measured: Vector
    ) -> None:
        for step in steps:
            match self.fault, step:
                case "every dose goes to the positive rail", Dose(variable):
                    amount = step.amount(features.tolist(), targets.tolist())
                    state[self.places([variable])[0, 0]] += abs(amount)
                case "a reading is the positive rail", Read(variables):
                    measured[:] = state[self.places(variables)[:, 0]]
                case "nothing is washed out", Flush():
                    pass
                case "every run is as long as its phase", Run(phase, _, until):
                    super().execute((Run(phase, None, until),), state, features, targets, measured)
                case "a run waits for the end of its phase", Run(phase, duration, Crossing()):
                    super().execute((Run(phase, duration),), state, features, targets, measured)
                case "a negative dose is left out", Dose():
                    with contextlib.suppress(DataError):
                        super().execute((step,), state, features, targets, measured)
                case _:
                    super().execute((step,), state, features, targets, measured)

    def learn(self, pot: Vector, *samples: Any, **options: Any) -> Any:
        if self.fault == "every sample ends a batch":
            options["begun"] = 0
        if self.fault == "updates are whole":
            options["part"] = 1.0
        if self.fault == "there is no limit":
            options["limit"] = np.inf
        if self.fault == "a factor is wrong by one in a thousand":
            pot *= 1.001
        if self.fault == "the first state is lost":
            super().learn(pot, *samples, **{**options, "limit": np.inf})
            return super().learn(pot, *samples, **options)
        return super().learn(pot, *samples, **options)

    def predict(self, pot: Vector, features: Vector, outputs: Vector, **options: Any) -> Any:
        if self.fault == "every row is a series":
            options["series"] = 1
        stop = super().predict(pot, features, outputs, **options)
        if self.fault == "predictions stay in the pot":
            pot[0] += 1.0
        if self.fault == "predictions differ from time to time":
            outputs += np.random.default_rng().normal(size=outputs.shape)
        return stop


def broken(fault: str) -> Executor:
    """Return an executor with a fault."""

    class Faulty(Executor):
        name, summary = "faulty", "the reference with a fault"

        def prepare(
            self,
            program: Program,
            tolerances: Tolerances | None = None,
            *,
            kinetics: Kinetics | None = None,
            seed: int = 0,
            threads: int = 1,
        ) -> Broken:
            if fault == "every dose is exact":
                program = pipetted(program, 0.0)
            executable = Broken(program, tolerances or Tolerances(), kinetics or Kinetics(), seed)
            executable.fault = fault
            return executable

    return Faulty()


@pytest.mark.parametrize(
    ("fault", "requirement"),
    [
        ("every dose goes to the positive rail", "A dose must go to the rail of its sign"),
        ("a reading is the positive rail", "A dose must go to the rail of its sign"),
        ("nothing is washed out", "Withdraw must take species out"),
        ("every run is as long as its phase", "A run must follow the rate equations"),
        ("a run waits for the end of its phase", "A run must end when a species rises"),
        ("every sample ends a batch", "a batch must end where"),
        ("updates are whole", "A part of an update"),
        ("a factor is wrong by one in a thousand", "Learning from a sample must be its protocol"),
        ("predictions stay in the pot", "Predictions must leave the pot as it is"),
        ("predictions differ from time to time", "Predictions must leave the pot as it is"),
        ("every row is a series", "Predictions of a series"),
        ("there is no limit", "A pot beyond its limit"),
        ("the first state is lost", "Learning from a sample must be its protocol"),
        ("a negative dose is left out", "A negative dose of what has one rail"),
        ("every dose is exact", "Errors of doses must be drawn"),
    ],
)
def test_a_broken_executor_is_named_with_the_requirement(fault: str, requirement: str) -> None:
    with pytest.raises(CheckError, match=f"executor faulty: .*{requirement}"):
        check_executor(broken(fault))


def test_the_reference_executor_trains_to_the_same_metrics() -> None:
    """An independent integrator in plain Python learns what the compiled loops learn."""
    task = make_task("linear-regression", 0, train=4, validation=2)
    circuit = make_circuit("linear", inputs=2, learning_rate=0.2)
    accurate = Tolerances(1e-8, 1e-11, 1_000_000)
    learned: dict[str, Vector] = {}
    for name in ("native", "reference"):
        trained = train_circuit(circuit, task, epochs=1, executor=name, tolerances=accurate)
        last = trained.metrics[-1]
        learned[name] = np.array([last.train_loss, last.validation_loss, *last.parameters])
    np.testing.assert_allclose(learned["reference"], learned["native"], rtol=1e-5)


def test_counted_molecules_have_the_moments_of_the_native_executor() -> None:
    """Gillespie's direct method in Python and in compiled code: the mean of what is learned."""
    task = make_task("linear-regression", 0, train=2, validation=1)
    circuit = make_circuit("linear", inputs=2)
    program = circuit.compile()
    kinetics = Kinetics("ssa", 30.0)
    features, targets = task.train.features, task.train.targets
    means: list[Vector] = []
    spreads: list[Vector] = []
    for name in ("native", "reference"):
        ends: list[Vector] = []
        for seed in range(40):
            executable = EXECUTORS[name].prepare(program, kinetics=kinetics, seed=seed)
            pot = executable.new_pot(dict.fromkeys(circuit.trained_parameters, 0.5))
            errors, times = np.zeros((2, circuit.outputs)), np.zeros(2)
            rows = np.arange(2)
            assert executable.learn(
                pot, features, targets, rows, errors, times, begun=0, part=1.0, limit=1e6
            ) is None  # fmt: skip
            ends.append(np.concatenate([errors.ravel(), executable.signed(pot, circuit.trained_parameters)]))
        means.append(np.mean(ends, axis=0))
        spreads.append(np.var(ends, axis=0, ddof=1) / len(ends))
    error = np.sqrt(np.sum(spreads, axis=0))
    assert (np.abs(means[0] - means[1]) < 4.0 * error + 1e-12).all()


@pytest.mark.parametrize("name", list(EXECUTORS))
def test_errors_of_doses_are_log_normal_and_independent(name: str) -> None:
    """What is dosed and read, with no reaction between: rows are independent, as are the doses of a row."""
    program = make_circuit("linear", inputs=2, outputs=2, trained_readout=True).compile()
    errors = program.circuit.errors
    doses = tuple(Dose(error, "feature", k, 0.5 + k, 0.2) for k, error in enumerate(errors))
    executable = EXECUTORS[name].prepare(replace(program, prediction=(*doses, Read(errors))), seed=1)
    features, outputs = np.full((2000, 2), 3.0), np.zeros((2000, 2))
    executable.predict(executable.initial, features, outputs, epoch=0)
    logs = np.log(outputs / [1.5, 4.5]) / 0.2
    assert np.abs(logs.mean(axis=0)).max() < 4.0 / np.sqrt(2000)
    assert logs.std() == pytest.approx(1.0, rel=4.0 / np.sqrt(2.0 * logs.size))
    assert np.mean(logs**4) == pytest.approx(3.0, abs=4.0 * np.sqrt(96.0 / logs.size))
    neighbours = np.corrcoef(np.column_stack([logs[1:], logs[:-1]]).T) - np.eye(4)
    assert np.abs(neighbours).max() < 5.0 / np.sqrt(2000)


def test_an_unknown_executor_is_refused() -> None:
    circuit, task = make_circuit("linear", inputs=2), make_task("linear-regression", 0)
    with pytest.raises(UnknownNameError, match="unknown executor 'nativ': did you mean 'native'"):
        train_circuit(circuit, task, executor="nativ")


def test_the_reference_executor_refuses_methods_that_it_does_not_know() -> None:
    circuit, task = make_circuit("linear", inputs=2), make_task("linear-regression", 0)
    with pytest.raises(UnknownNameError, match=r"method of the reference executor 'tau'.*Known: ode, ssa"):
        train_circuit(circuit, task, executor="reference", kinetics=Kinetics("tau", 100.0))


def test_a_recording_does_not_depend_on_the_one_before() -> None:
    program, task = make_circuit("quadratic", 2).compile(), make_task("bilinear", 0, train=2)
    used, fresh = (EXECUTORS.find("native").prepare(program) for _ in range(2))
    features, targets = task.train.features, task.train.targets
    used.record(used.initial + 0.3, features[1], targets[1])
    again, first = (made.record(made.initial, features[0], targets[0]) for made in (used, fresh))
    assert again.values.tobytes() == first.values.tobytes()
    assert again.times.tobytes() == first.times.tobytes()
