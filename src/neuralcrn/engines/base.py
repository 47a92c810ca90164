"""The interface of executors: whatever simulates the protocols of a program.

An `Executor` prepares a `Program`; the `Executable` that it returns learns, predicts and records. The numbers
that it returns are concentrations of simulated species: an executable knows nothing of gradients or losses.
`neuralcrn.verify.check_executor` checks an implementation.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Variable
from neuralcrn.compiler.program import Dose, Flush, Program, Run, Step
from neuralcrn.engines.kinetics import Kinetics
from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.recording import Recording
from neuralcrn.errors import DataError, NeuralCRNError, SimulationError

Vector = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Tolerances:
    """Accuracy of every solve: relative, absolute (concentration), and the largest number of steps.

    The absolute tolerance does not follow the amounts: circuits are made in units of one.
    """

    rtol: float = 1e-6
    atol: float = 1e-8
    max_steps: int = 200_000


def default_tolerances(level: str) -> Tolerances:
    """Return the accuracy of a level: a pot's own approximations are far above 1e-4."""
    return Tolerances() if level == "staged" else Tolerances(rtol=1e-4, atol=1e-7)


@final
@dataclass(frozen=True, slots=True)
class Stop:
    """Where and why an execution ended before its end.

    Attributes
    ----------
    outcome : Outcome
        How the last solve ended.
    what : str
        What happened, in words.
    done : int
        Samples that were completed before.
    phase : str
        Name of the phase that was running; empty for a dose.
    time : float
        Time since the phase began.
    species : str
        The species of the largest concentration.
    """

    outcome: Outcome
    what: str
    done: int
    phase: str
    time: float
    species: str


class Executable(ABC):
    """A program that is ready to be executed.

    Parameters
    ----------
    program : Program
        What is executed.

    Attributes
    ----------
    species : tuple of str
        All species of the pot, in the order of every state vector.
    positions : dict of str to int
        Place of each of them.
    initial : ndarray, shape (species,), concentration
        What a new pot holds before parameters are dosed: the clock, if there is one.
    """

    samples_at_once = 1
    """Samples that `learn` is given before progress is reported and an interruption is noticed."""

    def __init__(self, program: Program):
        self.program = program
        self.species = program.pot_species
        self.positions = {name: place for place, name in enumerate(self.species)}
        self.initial = np.zeros(len(self.species))
        for phase in program.phases:
            for name, value in zip(phase.network.species, phase.network.initial, strict=True):
                self.initial[self.positions[name]] = value

    @abstractmethod
    def execute(
        self, steps: Sequence[Step], state: Vector, features: Vector, targets: Vector, measured: Vector
    ) -> None:
        """Execute steps of a protocol for one sample.

        Parameters
        ----------
        steps : sequence of Step
            Any steps of the program's protocols.
        state : ndarray, shape (species,), concentration
            What is in the pot; it is changed in place.
        features, targets : ndarray, shape (features,) and (outputs,), concentration
            The sample.
        measured : ndarray, shape (outputs,), concentration
            Receives what the steps read.

        Raises
        ------
        SimulationError
            If a phase does not reach its end.
        DataError
            If a dose is negative and what is dosed has one rail.
        """

    @abstractmethod
    def learn(
        self,
        pot: Vector,
        features: Vector,
        targets: Vector,
        order: NDArray[np.int64],
        errors: Vector,
        times: Vector,
        *,
        begun: int,
        part: float,
        limit: float,
    ) -> Stop | None:
        """Execute the training protocol for some samples, one after the other.

        Parameters
        ----------
        pot : ndarray, shape (species,), concentration
            Changed in place; after a failure it is what it was before the sample that failed.
        features, targets : ndarray, shape (n, features) and (n, outputs), concentration
            The samples of the task.
        order : ndarray of int64, shape (k,)
            Rows of the samples that are learned from.
        errors, times : ndarray, shape (k, outputs) and (k,)
            Row i receives the errors (concentration) measured for the i-th of them, and how long it took
            (time units of the rate constants).
        begun : int
            Samples learned before; it decides where batches end and which random numbers are drawn.
        part : float
            Part of each correction that is to be taught, in (0, 1]; see `Program.with_partial_update`.
        limit : float, concentration
            A pot with a concentration beyond it has diverged.

        Returns
        -------
        Stop or None
            What failed, if anything.
        """

    @abstractmethod
    def predict(self, pot: Vector, features: Vector, outputs: Vector, *, epoch: int) -> Stop | None:
        """Execute the prediction protocol for every row of features, each on a copy of the pot.

        Parameters
        ----------
        pot : ndarray, shape (species,), concentration
            It is not changed.
        features, outputs : ndarray, shape (n, features) and (n, outputs), concentration
            What is dosed, and where the outputs go.
        epoch : int
            Decides which random numbers are drawn, where molecules are counted.

        Returns
        -------
        Stop or None
            What failed, if anything.
        """

    @abstractmethod
    def trace(self, run: Run, state: Vector, points: int) -> tuple[Vector, Vector]:
        """Simulate one phase of a protocol and return its course.

        Returns
        -------
        times, values : ndarray, shape (points,) and (points, species)
            From the start of the phase to its end.

        Raises
        ------
        SimulationError
            If the phase does not reach its end.
        """

    def optimise_for(self, seconds_left: float) -> None:  # noqa: B027  (optional)
        """Prepare for a training that will take about so much longer; called after every epoch.

        An executable may use it to become faster. The results must not depend on it.
        """

    def close(self) -> None:  # noqa: B027  (optional)
        """Give up what `optimise_for` began and is not ready."""

    @final
    def record(self, pot: Vector, features: Vector, targets: Vector, *, points: int = 60) -> Recording:
        """Execute the training protocol for one sample and record every species, up to the final wash.

        Parameters
        ----------
        pot : ndarray, shape (species,), concentration
            What is in the pot before the step; it is not changed.
        features, targets : ndarray, shape (features,) and (outputs,), concentration
            The sample.
        points : int
            Times recorded in each phase.

        Raises
        ------
        SimulationError
            If a phase does not reach its end.
        DataError
            If a dose is negative and what is dosed has one rail.
        """
        state, now = pot.copy(), 0.0
        times: list[Vector] = []
        values: list[Vector] = []
        boundaries: list[tuple[str, float, float]] = []
        measured = np.zeros(self.program.circuit.outputs)
        for step in self.program.training:
            if isinstance(step, Flush):
                break
            if isinstance(step, Dose):  # this names what is negative; compiled code could not
                self.program.rails.receiving(step.variable, step.amount(features.tolist(), targets.tolist()))
            if not isinstance(step, Run):
                self.execute((step,), state, features, targets, measured)
                continue
            course, amounts = self.trace(step, state, points)
            times.append(now + course)
            values.append(amounts)
            end = float(course[-1])
            boundaries.append((step.phase, now, now + end))
            state = amounts[-1].copy()
            now += end
        return Recording(
            self.program, self.species, np.concatenate(times), np.concatenate(values), tuple(boundaries)
        )

    @final
    def places(self, variables: Sequence[Variable]) -> NDArray[np.int64]:
        """Return the positions of both rails, shape (variables, 2); -1 where there is one rail."""
        rails = [[self.positions[name] for name, _ in self.program.rails.of(v)] for v in variables]
        return np.array([(*row, -1)[:2] for row in rails], dtype=np.int64).reshape(-1, 2)

    @final
    def signed(self, state: Vector, variables: Sequence[Variable]) -> Vector:
        """Return the values of variables, shape (variables,): rail minus rail, or the only rail."""
        places = self.places(variables)
        negative = np.where(places[:, 1] < 0, 0.0, state[places[:, 1]])
        return state[places[:, 0]] - negative

    @final
    def new_pot(self, parameters: Mapping[Variable, float]) -> Vector:
        """Return a new pot into which parameters were dosed, each on the rail of its sign.

        Raises
        ------
        DataError
            If one is negative and has one rail.
        """
        pot = self.initial.copy()
        for variable, value in parameters.items():
            pot[self.positions[self.program.rails.receiving(variable, value)]] = abs(value)
        return pot

    @final
    def refuse(self, stop: Stop) -> NeuralCRNError:
        """Return the error that says where and why an execution ended."""
        if stop.outcome is Outcome.NO_RAIL:
            return DataError(f"circuit {self.program.circuit.name}: {stop.outcome.advice}")
        return SimulationError(
            f"circuit {self.program.circuit.name}, phase {stop.phase}, time {stop.time:.4g}: "
            f"{stop.outcome.advice}"
        )


class Executor(ABC):
    """A way of simulating programs.

    Attributes
    ----------
    name, summary : str
        By which it is found, and what it is, in one line.
    """

    name: str
    summary: str

    @abstractmethod
    def prepare(
        self,
        program: Program,
        tolerances: Tolerances | None = None,
        *,
        kinetics: Kinetics | None = None,
        seed: int = 0,
        threads: int = 1,
    ) -> Executable:
        """Make a program ready.

        Parameters
        ----------
        program : Program
            Of any level.
        tolerances : Tolerances, optional
            Accuracy of every solve; `default_tolerances` of the level if not given.
        kinetics : Kinetics, optional
            Concentrations if not given.
        seed : int
            Seed of every random event, where molecules are counted.
        threads : int
            Threads for predictions; the results do not depend on it.

        Raises
        ------
        UnknownNameError
            If the executor does not know the method of the kinetics.
        """
