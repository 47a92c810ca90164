"""Training of a circuit on a task, sample by sample, by simulated reactions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Variable
from neuralcrn.circuits import Circuit, Distribution, draw
from neuralcrn.compiler import RULES, Flush, Oracle, Program
from neuralcrn.engines import DEFAULT_EXECUTOR, EXECUTORS, Kinetics, Outcome, Stop, Tolerances
from neuralcrn.engines.work import Learning, Predicting, Working, executed
from neuralcrn.errors import DivergenceError, InvalidValueError, SimulationError, StoppedClockError
from neuralcrn.learning.doses import check_doses, check_task
from neuralcrn.learning.state import Metrics, Retry, TrainingState, pack
from neuralcrn.tasks import Samples, Task, memory_capacity_of

PARAMETER_LIMIT = 1e6
"""Concentration of a parameter above which a run counts as diverged."""
MAX_READINGS = 10_000
"""Maximum number of readings of a prediction."""


class Trainer:
    """Train a program on the samples of a task.

    Parameters
    ----------
    program : Program
        The compiled circuit.
    task : Task
        The task.
    seed : int
        Seed of the order of the samples in every epoch, and of random events.
    tolerances : Tolerances, optional
        Accuracy of the integration; by default `default_tolerances` of the level.
    kinetics : Kinetics, optional
        By default deterministic.
    threads : int
        Number of threads for predictions; the results do not depend on it.
    executor : str
        Name of the executor that simulates the program, see `neuralcrn.engines.EXECUTORS`.
    readings : int
        Number of aliquots for a prediction, whose mean it is; each has its own random events and errors of
        doses.

    Raises
    ------
    DataError
        If the dimensions of program and task differ.
    InvalidValueError
        If there is more than one reading, but nothing random, or the number is out of range.
    """

    def __init__(
        self,
        program: Program,
        task: Task,
        *,
        seed: int,
        tolerances: Tolerances | None = None,
        kinetics: Kinetics | None = None,
        threads: int = 2,
        executor: str = DEFAULT_EXECUTOR,
        readings: int = 1,
    ):
        check_task(task, program)
        self.program, self.task, self.seed = program, task, seed
        self._checked = task
        self.tolerances, self.kinetics = tolerances, kinetics or Kinetics()
        self._threads, self._executor, self._readings = threads, executor, readings
        self._ordered: tuple[tuple[int, int, bool] | None, NDArray[np.int64]] = None, np.empty(0, np.int64)
        self._check_readings()
        self.executable = EXECUTORS.find(executor).prepare(
            program, tolerances, kinetics=self.kinetics, seed=seed, threads=threads
        )

    def with_program(self, program: Program) -> Trainer:
        """Return a trainer with another program and the same options."""
        return Trainer(
            program, self.task, seed=self.seed, tolerances=self.tolerances, kinetics=self.kinetics,
            threads=self._threads, executor=self._executor, readings=self._readings,
        )  # fmt: skip

    def fresh_state(self, laws: Mapping[str, Distribution]) -> TrainingState:
        """Return the state before training, with parameters drawn from their initial distributions."""
        values = draw_parameters(self.program.circuit, laws, self.seed)
        return self.empty_epoch(self.executable.new_pot(values), 0)

    def parameters(self, state: TrainingState) -> NDArray[np.float64]:
        """Return the values of the trained parameters."""
        return self.executable.signed(state.pot, self.program.circuit.trained_parameters)

    def advance(self, state: TrainingState, *, at_once: int | None = None) -> Iterator[TrainingState]:
        """Train to the end of the epoch, yielding the state after every few samples.

        Parameters
        ----------
        state : TrainingState
            Where to begin.
        at_once : int, optional
            Number of samples from one state to the next; by default that of the executable. The states do not
            depend on it.

        Raises
        ------
        DivergenceError
            If an integration fails or a parameter leaves its range, after the state before that sample; the
            message gives sample and phase.
        """
        while state.position < len(self.task.train):
            state = executed(self.learning(state, at_once=at_once))
            yield state

    def learning(self, state: TrainingState, *, at_once: int | None = None) -> Working[TrainingState]:
        """Learn the next few samples of an epoch; see `advance`."""
        if self.task is not self._checked:  # it may have been replaced
            check_task(self.task, self.program)
            self._checked = self.task
        order = self.order(state.epoch)
        pot, errors, times = state.pot.copy(), state.errors.copy(), state.times.copy()
        last = min(len(order), state.position + (at_once or self.executable.samples_at_once))
        good = state.pot if state.position == 0 else state.begun

        def reached(learned: int) -> TrainingState:
            return replace(state, position=learned, pot=pot, errors=errors, times=times, begun=good)

        for first, end, part in self._runs(order, state.position, last):
            stop = yield Learning(
                self.executable,
                pot,
                self.task.train.features,
                self.task.train.targets,
                order[first:end],
                errors[first:end],
                times[first:end],
                begun=state.epoch * len(order) + first,
                part=part,
                limit=PARAMETER_LIMIT,
            )
            if stop is not None and first + stop.done > state.position:
                return reached(first + stop.done)  # from there it fails again
            if stop is not None:
                raise self._divergence(state.epoch, first, order, stop, pot)
        return reached(last)

    def _runs(self, order: NDArray[np.int64], first: int, last: int) -> Iterator[tuple[int, int, float]]:
        """Yield ranges of consecutive samples with the same fraction of the update, with the fraction."""
        parts = self.task.train.parts[order[first:last]]
        edges = [first, *(first + 1 + np.flatnonzero(np.diff(parts))).tolist(), last]
        for begin, end in itertools.pairwise(edges):
            yield begin, end, float(parts[begin - first])

    def epoch(self, state: TrainingState, *, test: bool = True) -> tuple[TrainingState, Metrics]:
        """Train for one epoch and evaluate it."""
        for reached in self.advance(state):
            state = reached
        return self.finish(state, test=test)

    def finish(self, state: TrainingState, *, test: bool = True) -> tuple[TrainingState, Metrics]:
        """Evaluate a completed epoch, optionally with the test grid, and return the state of the next one.

        Raises
        ------
        DivergenceError
            If the learning rule cannot continue from the state after the last sample.
        """
        return executed(self.finishing(state, test=test))

    def finishing(self, state: TrainingState, *, test: bool = True) -> Working[tuple[TrainingState, Metrics]]:
        """Evaluate a completed epoch; see `finish`."""
        order = self.order(state.epoch)
        if why := self._instability(state.pot, order[-1]):
            raise DivergenceError(f"{self._where(state.epoch, len(order) - 1, order)}: {why}")
        validation = yield from self.predicting(state, self.task.validation.features)
        classifies = self.task.kind == "classification"
        series = self.task.ordered and not classifies
        grid = self.task.test if test and classifies else None
        on_grid = None if grid is None else (yield from self.predicting(state, grid.features))
        loss = half_squared_error(validation - self.task.validation.targets)
        metrics = Metrics(
            epoch=state.epoch + 1,
            train_loss=half_squared_error(state.errors, self.task.train.parts[order]),
            validation_loss=loss,
            accuracy=self.task.accuracy(validation, self.task.validation.targets) if classifies else None,
            test_accuracy=(
                None if grid is None or on_grid is None else self.task.accuracy(on_grid, grid.targets)
            ),
            period=float(state.times.mean()),
            packed=pack(self.parameters(state)),
            nrmse=normalised_error(loss, self.task.validation.targets) if series else None,
            capacity=memory_capacity_of(validation, self.task.validation.targets) if series else None,
        )
        return self.empty_epoch(state.pot, state.epoch + 1, state.retries), metrics

    def predict(self, state: TrainingState, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the outputs of the trained chemistry, shape (n, outputs).

        Every row is the mean of the readings, each of which is a simulation of feedforward and readout with a
        copy of the pot. If states persist, one copy is used for all rows, one after the other: they continue
        the series after the sample that was learned last.

        Raises
        ------
        DataError
            If a dose would be negative for a variable with one rail.
        SimulationError
            If a simulation fails.
        """
        return executed(self.predicting(state, features))

    def predicting(self, state: TrainingState, features: NDArray[np.float64]) -> Working[NDArray[np.float64]]:
        """Return the outputs of the trained chemistry; see `predict`."""
        # Copied, so that arrays of any layout use the same compiled code.
        rows = Samples(features, np.zeros((len(features), self.program.circuit.outputs)))
        check_doses(self.program, rows, "features")
        aliquots = np.tile(rows.features, (self._readings, 1))
        read = np.tile(rows.targets, (self._readings, 1))
        series = len(rows) if self.task.ordered and self.program.remembers else 1
        stop = yield Predicting(self.executable, state.pot, aliquots, read, epoch=state.epoch, series=series)
        if stop is not None:
            row = stop.done % len(rows) + 1
            raise SimulationError(
                f"prediction of row {row} stopped at time {stop.time:g} of {stop.phase}: {stop.what} "
                f"(largest: {stop.species})"
            )
        return read.reshape(self._readings, *rows.targets.shape).mean(axis=0)

    def _check_readings(self) -> None:
        """Reject several readings that would be equal."""
        if not 1 <= self._readings <= MAX_READINGS:
            raise InvalidValueError(f"readings = {self._readings}: give a number from 1 to {MAX_READINGS:,}")
        if self._readings > 1 and not self.kinetics.is_stochastic and self.program.has_exact_doses:
            raise InvalidValueError(
                f"readings = {self._readings}: all readings are equal with deterministic kinetics and exact "
                "doses: choose a stochastic method (ssa, tau, langevin or hybrid), or 1 reading"
            )

    def order(self, epoch: int) -> NDArray[np.int64]:
        """Return the order of the samples in an epoch: that of time, or a function of seed and epoch."""
        asked = (epoch, len(self.task.train), self.task.ordered)
        if asked != self._ordered[0]:
            rng = np.random.default_rng([self.seed, 2, epoch])
            order = np.arange(asked[1]) if self.task.ordered else rng.permutation(asked[1])
            self._ordered = asked, order
        return self._ordered[1]

    def empty_epoch(
        self, pot: NDArray[np.float64], epoch: int, retries: tuple[Retry, ...] = ()
    ) -> TrainingState:
        """Return the state at the beginning of an epoch."""
        samples = len(self.task.train)
        errors, times = np.zeros((samples, self.task.outputs)), np.zeros(samples)
        return TrainingState(epoch, 0, pot, errors, times, retries=retries)

    def _divergence(
        self, epoch: int, place: int, order: NDArray[np.int64], stop: Stop, pot: NDArray[np.float64]
    ) -> DivergenceError:
        if stop.outcome is Outcome.OUT_OF_RANGE:
            what = f"{stop.species} left the range up to {PARAMETER_LIMIT:g}: training diverges"
        else:
            what = f"{stop.phase} stopped at time {stop.time:.4g}: {stop.what} (largest: {stop.species})"
        kind = StoppedClockError if stop.outcome is Outcome.NO_EVENT else DivergenceError
        why = self._instability(pot, order[place])
        return kind(f"{self._where(epoch, place, order)}: {what}" + (f"; {why}" if why else ""))

    def _where(self, epoch: int, place: int, order: NDArray[np.int64]) -> str:
        """Return epoch, step and sample as text, counted from 1."""
        cycle = f"cycle {epoch * len(order) + place + 1}, " if self.program.is_pot else ""
        return f"{cycle}epoch {epoch + 1}, step {place + 1} (training sample {int(order[place]) + 1})"

    @cached_property
    def _oracle(self) -> Oracle | None:
        """The circuit, prepared for the exact Jacobian of its states; None if they are not kept, or if the
        reactions are not those of the circuit because they are disturbed.
        """
        program = self.program
        last = program.training[-1]
        if not isinstance(last, Flush) or not set(program.circuit.system.states).issubset(last.kept):
            return None
        return Oracle.of(program.circuit) if program.recompiled().phases == program.phases else None

    def _instability(self, pot: NDArray[np.float64], row: int) -> str:
        """Return why the learning rule cannot continue from a state of the pot after a sample; empty if it
        can, or if nothing is known of it.
        """
        circuit = self.program.circuit
        if self._oracle is None or not np.isfinite(pot).all():
            return ""
        states = self.executable.signed(pot, circuit.system.states)
        parameters = self.executable.signed(pot, circuit.trained_parameters)
        features = self.task.train.features[row]
        return RULES.find(circuit.rule).instability(self._oracle, states, parameters, features)


def half_squared_error(errors: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> float:
    """Return the weighted mean over samples of half the squared error, summed over outputs."""
    squares = np.sum(errors**2, axis=1)
    if weights is None or np.all(weights == 1.0):
        return float(0.5 * np.mean(squares))
    return float(0.5 * np.average(squares, weights=weights))


def determination(loss: float, targets: NDArray[np.float64]) -> float | None:
    """Return R² for a loss: 1 - loss / loss of the mean; None if all targets are equal.

    It does not depend on the scaling of the data.

    Examples
    --------
    >>> determination(0.125, np.array([[0.0], [1.0]])), determination(0.0, np.array([[2.0]]))
    (0.0, None)
    """
    mean = half_squared_error(targets - targets.mean(axis=0))
    return None if mean == 0.0 else 1.0 - loss / mean


def normalised_error(loss: float, targets: NDArray[np.float64]) -> float | None:
    """Return the root mean squared error for a loss, divided by the deviation of the targets; None if all
    targets are equal.

    Examples
    --------
    >>> normalised_error(0.125, np.array([[0.0], [1.0]]))
    1.0
    """
    explained = determination(loss, targets)
    return None if explained is None else math.sqrt(1.0 - explained)


def draw_parameters(circuit: Circuit, laws: Mapping[str, Distribution], seed: int) -> dict[Variable, float]:
    """Draw the trained parameters from their distributions, and add the fixed ones."""
    values = draw(laws, circuit.trained_parameters, np.random.default_rng([seed, 1]))
    return {**values, **{p: circuit.fixed[p.name] for p in circuit.fixed_parameters}}
