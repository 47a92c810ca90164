"""Learning: samples go through the pot one after the other, and the chemistry corrects itself."""

from __future__ import annotations

import math
import threading
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Variable
from neuralcrn.circuits import Circuit, Distribution
from neuralcrn.engines.kinetics import Kinetics
from neuralcrn.engines.native.counting import EVENT_LIMIT, Counting
from neuralcrn.engines.native.lowering import LoweredProgram, specialised
from neuralcrn.engines.native.object_code import OtherProcess, Stopped
from neuralcrn.engines.native.specialise import Translate, compilation_seconds
from neuralcrn.engines.outcome import Outcome
from neuralcrn.errors import DivergenceError, SimulationError, StoppedClockError
from neuralcrn.learning.doses import refuse_negative_doses, refuse_unfit
from neuralcrn.learning.state import Metrics, Retry, TrainingState
from neuralcrn.tasks import Samples, Task

PARAMETER_LIMIT = 1e6
"""Concentration of a parameter beyond which a run counts as diverged."""
_CHUNK = 64
"""Samples that are learned before compiled code comes up for progress and interruption."""
_POT_CHUNK = 2_000
"""The same for a pot, times its species: a cycle costs a hundred times as much as a staged sample."""


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Accuracy of every solve of a run: relative, absolute (concentration), and its most steps.

    The absolute tolerance does not follow the amounts: circuits are made in units of one.
    """

    rtol: float = 1e-6
    atol: float = 1e-8
    max_steps: int = 200_000


def default_tolerances(autonomy: str) -> Tolerances:
    """Return the accuracy of a level: a pot's own approximations are far above 1e-4."""
    return Tolerances() if autonomy == "staged" else Tolerances(rtol=1e-4, atol=1e-7)


class Trainer:
    """Plays the protocols of a lowered program on the samples of a task.

    Parameters
    ----------
    lowered : LoweredProgram
        The circuit as index arrays.
    task : Task
        What is to be learned.
    seed : int
        Orders the samples of every epoch.
    tolerances : Tolerances
        Accuracy of every solve.
    kinetics : Kinetics
        Concentrations if not given, or numbers of molecules.
    threads : int
        Threads for predictions; the results do not depend on it.
    """

    def __init__(
        self,
        lowered: LoweredProgram,
        task: Task,
        *,
        seed: int,
        tolerances: Tolerances | None = None,
        kinetics: Kinetics | None = None,
        threads: int = 2,
    ):
        limits = tolerances if tolerances is not None else Tolerances()
        self.lowered, self.task, self.seed = lowered, task, seed
        self.tolerances = limits
        self._controls = lowered.controls(limits.rtol, limits.atol, limits.max_steps)
        self._counting = Counting(lowered, kinetics, seed)
        self._threads = max(1, threads)
        self._scratch = np.zeros(lowered.scratch_size)
        self._specialising: threading.Thread | None = None
        self._give_up: weakref.finalize[..., Trainer] | None = None
        pot = _POT_CHUNK // len(lowered.positions)
        self._chunk = max(1, min(_CHUNK, pot)) if lowered.program.gates else _CHUNK
        if self.kinetics.is_stochastic:
            self._chunk = 1  # one sample may take seconds
        refuse_unfit(task, lowered.program)

    @property
    def kinetics(self) -> Kinetics:
        """Concentrations, or numbers of molecules."""
        return self._counting.kinetics

    def with_program(self, lowered: LoweredProgram) -> Trainer:
        """Return a trainer of another program, all else alike."""
        return Trainer(
            lowered, self.task, seed=self.seed, tolerances=self.tolerances, kinetics=self.kinetics,
            threads=self._threads,
        )  # fmt: skip

    def specialise_if_worth(self, seconds_left: float) -> None:
        """Begin to make machine code, once, if the run will last longer than that takes."""
        if self.kinetics.is_stochastic:
            return
        if self._specialising is None and seconds_left > compilation_seconds(self.lowered.reductions):
            self._specialising = self.specialise_meanwhile()

    def specialise_meanwhile(self) -> threading.Thread:
        """Make machine code in a process of its own, and change to it when it is ready.

        Data-driven loops and machine code give the same bits, so the moment of the change does not
        show in any result. The process ends with the trainer, and with this process.
        """
        elsewhere = OtherProcess()
        self._give_up = weakref.finalize(self, elsewhere.stop)
        work = (weakref.ref(self), self.lowered, elsewhere.object_code)
        thread = threading.Thread(target=_specialise, args=work, daemon=True)  # it only waits
        thread.start()
        return thread

    def stop_specialising(self) -> None:
        """Give up machine code that is not ready."""
        if self._give_up is not None:
            self._give_up()

    def fresh_state(self, laws: Mapping[str, Distribution]) -> TrainingState:
        """Return the state before training, with parameters drawn from their laws."""
        circuit = self.lowered.program.circuit
        values = draw_parameters(circuit, laws, self.seed)
        return self.empty_epoch(dose_parameters(self.lowered, values), 0)

    def parameters(self, state: TrainingState) -> NDArray[np.float64]:
        """Return the values of the trained parameters, rail minus rail."""
        return self.lowered.signed(state.pot, self.lowered.program.circuit.trained_parameters)

    def advance(self, state: TrainingState) -> Iterator[TrainingState]:
        """Learn to the end of the epoch, yielding the state after every few samples.

        Raises
        ------
        DivergenceError
            If a solve fails or a parameter leaves its range, with sample and phase.
        """
        from neuralcrn.engines.native.execute import RUNAWAY

        refuse_unfit(self.task, self.lowered.program)  # it may have been replaced
        order = self._order(state.epoch)
        program = self.lowered.program
        pot, errors, times = state.pot.copy(), state.errors.copy(), state.times.copy()
        position = state.position
        good = state.pot if position == 0 else state.begun
        while position < len(order):
            last = min(len(order), position + self._chunk)
            begun = state.epoch * len(order) + position
            outcome, done, phase, time, largest = self._learn(
                pot, order[position:last], errors[position:last], times[position:last], begun
            )
            if outcome != Outcome.SUCCESS:
                species = list(self.lowered.positions)[largest]
                if outcome == RUNAWAY:
                    what = f"{species} left the range up to {PARAMETER_LIMIT:g}: training diverges"
                else:
                    name = program.phases[phase].name
                    what = f"{name} stopped at time {time:.4g}: {self._account(outcome)} (largest: {species})"
                stopped = outcome == Outcome.NO_EVENT
                raise self._divergence(state.epoch, position + done, order, what, stopped)
            position = last
            yield replace(
                state,
                position=position,
                pot=pot.copy(),
                errors=errors.copy(),
                times=times.copy(),
                begun=good,
            )

    def _learn(
        self,
        pot: NDArray[np.float64],
        order: NDArray[np.int64],
        errors: NDArray[np.float64],
        times: NDArray[np.float64],
        begun: int,
    ) -> tuple[int, int, int, float, int]:
        """Learn from samples in turn, in place; those after each other that teach as much go together."""
        from neuralcrn.engines.native.execute import Data, learn

        train = self.task.train
        samples, parts = Data(train.features, train.targets), train.parts[order]
        first = 0
        for last in [*(np.flatnonzero(np.diff(parts)) + 1).tolist(), len(order)]:
            outcome, done, phase, time, largest, _ = self._counting.call(
                learn,
                self.lowered.protocols(begun + first, float(parts[first])),
                self.lowered.arrays(),
                pot,
                order[first:last],
                samples,
                errors[first:last],
                times[first:last],
                PARAMETER_LIMIT,
                self._controls,
                self._scratch,
                self._counting.for_training(),
            )
            if outcome != Outcome.SUCCESS:
                return outcome, first + done, phase, time, largest
            first = last
        return Outcome.SUCCESS, len(order), -1, 0.0, -1

    def epoch(self, state: TrainingState, *, test: bool = True) -> tuple[TrainingState, Metrics]:
        """Learn and measure one epoch without coming up in between."""
        for reached in self.advance(state):
            state = reached
        return self.finish(state, test=test)

    def finish(self, state: TrainingState, *, test: bool = True) -> tuple[TrainingState, Metrics]:
        """Measure a complete epoch, with the test grid or without, and return the state of the next."""
        validation = self.predict(state, self.task.validation.features)
        classifies = self.task.kind == "classification"
        grid = self.task.test if test else None
        metrics = Metrics(
            epoch=state.epoch + 1,
            train_loss=half_squared_error(state.errors, self.task.train.parts[self._order(state.epoch)]),
            validation_loss=half_squared_error(validation - self.task.validation.targets),
            accuracy=self.task.accuracy(validation, self.task.validation.targets) if classifies else None,
            test_accuracy=(
                self.task.accuracy(self.predict(state, grid.features), grid.targets)
                if classifies and grid is not None
                else None
            ),
            period=float(state.times.mean()),
            parameters=tuple(self.parameters(state).tolist()),
        )
        return self.empty_epoch(state.pot, state.epoch + 1, state.retries), metrics

    def predict(self, state: TrainingState, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the outputs of the trained chemistry, shape (n, outputs).

        Every row is a simulation of feedforward and readout on a copy of the pot.

        Raises
        ------
        DataError
            If a dose would be negative where there is one rail.
        SimulationError
            If one of them fails.
        """
        from neuralcrn.engines.native.execute import answer

        outputs = np.zeros((len(features), self.lowered.program.circuit.outputs))
        # Copied, so that arrays of every layout are played by the code that is compiled already.
        rows = Samples(features, outputs)
        refuse_negative_doses(self.lowered.program, rows, "features")
        count = max(self._threads, math.ceil(len(features) / (8 * self._chunk)))
        edges = np.linspace(0, len(features), count + 1).astype(np.int64)
        arrays = self.lowered.arrays()

        def run(k: int) -> tuple[int, int, int, float, int, int]:
            scratch = np.zeros(self.lowered.scratch_size)
            return answer(
                self.lowered.prediction,
                arrays,
                state.pot,
                edges[k],
                edges[k + 1],
                rows.features,
                outputs,
                self._controls,
                scratch,
                self._counting.for_predictions(state.epoch),
            )

        with self._counting.interruptible(self._threads) as pool:
            for outcome, row, phase, time, largest, _ in pool.map(run, range(count)):
                if outcome != Outcome.SUCCESS:
                    name, species = self.lowered.program.phases[phase].name, list(self.lowered.positions)
                    raise SimulationError(
                        f"prediction of row {row + 1} stopped at time {time:g} of {name}: "
                        f"{self._account(outcome)} (largest: {species[largest]})"
                    )
        return outputs

    def _account(self, outcome: int) -> str:
        """Return what happened in a phase; what to change is found out by trying, where that is a rate."""
        if self.kinetics.is_stochastic and outcome == Outcome.MAX_STEPS:
            return f"more than {EVENT_LIMIT:,} events in one phase: choose method tau, or fewer molecules"
        known = Outcome(outcome)
        return known.advice if known in (Outcome.NO_EVENT, Outcome.NO_RAIL) else known.what

    def _order(self, epoch: int) -> NDArray[np.int64]:
        """Return the order of the samples in an epoch: a function of seed and epoch alone."""
        return np.random.default_rng([self.seed, 2, epoch]).permutation(len(self.task.train))

    def empty_epoch(
        self, pot: NDArray[np.float64], epoch: int, retries: tuple[Retry, ...] = ()
    ) -> TrainingState:
        """Return the state at the beginning of an epoch."""
        samples = len(self.task.train)
        errors, times = np.zeros((samples, self.task.outputs)), np.zeros(samples)
        return TrainingState(epoch, 0, pot, errors, times, retries=retries)

    def _divergence(
        self, epoch: int, place: int, order: NDArray[np.int64], what: str, stopped: bool
    ) -> DivergenceError:
        cycle = f"cycle {epoch * len(order) + place + 1}, " if self.lowered.program.gates else ""
        where = f"{cycle}epoch {epoch + 1}, step {place + 1} (training sample {int(order[place]) + 1})"
        return (StoppedClockError if stopped else DivergenceError)(f"{where}: {what}")


def _specialise(trainer: weakref.ref[Trainer], lowered: LoweredProgram, translate: Translate) -> None:
    """Let a trainer that is still there have machine code."""
    try:
        made = specialised(lowered, translate)
    except Stopped:
        return
    there = trainer()
    if there is not None:
        there.lowered = made


def half_squared_error(errors: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> float:
    """Return the mean over samples, by their weights, of half the squared error, summed over outputs."""
    squares = np.sum(errors**2, axis=1)
    if weights is None or np.all(weights == 1.0):
        return float(0.5 * np.mean(squares))
    return float(0.5 * np.average(squares, weights=weights))


def determination(loss: float, targets: NDArray[np.float64]) -> float | None:
    """Return R² of outputs with a loss: 1 - loss / that of the mean; None where all targets are equal.

    It is the same in concentrations and in the units of the data.

    Examples
    --------
    >>> determination(0.125, np.array([[0.0], [1.0]])), determination(0.0, np.array([[2.0]]))
    (0.0, None)
    """
    mean = half_squared_error(targets - targets.mean(axis=0))
    return None if mean == 0.0 else 1.0 - loss / mean


def draw_parameters(circuit: Circuit, laws: Mapping[str, Distribution], seed: int) -> dict[Variable, float]:
    """Draw the trained parameters from their laws, and add the fixed ones."""
    rng = np.random.default_rng([seed, 1])
    values: dict[Variable, float] = {}
    names = dict.fromkeys(parameter.name for parameter in circuit.trained_parameters)
    for name in names:
        members = [p for p in circuit.trained_parameters if p.name == name]
        law = laws.get(name, Distribution("normal", 0.0, 1.0))
        values.update(zip(members, law.sample(rng, len(members)).tolist(), strict=True))
    return {**values, **{p: circuit.fixed[p.name] for p in circuit.fixed_parameters}}


def dose_parameters(lowered: LoweredProgram, values: Mapping[Variable, float]) -> NDArray[np.float64]:
    """Return a new pot into which parameters were dosed, each on the rail of its sign.

    Raises
    ------
    DataError
        If one is negative and has one rail.
    """
    pot = lowered.initial.copy()
    for variable, value in values.items():
        pot[lowered.positions[lowered.program.rails.receiving(variable, value)]] = abs(value)
    return pot
