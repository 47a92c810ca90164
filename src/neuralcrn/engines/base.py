"""The interface of executors, which simulate the protocols of programs.

An `Executor` prepares a `Program`; the resulting `Executable` learns, predicts and records. All returned
numbers are concentrations of simulated species: an executable does not use gradients or losses.
`neuralcrn.verify.check_executor` checks an implementation.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Variable
from neuralcrn.compiler.program import Program
from neuralcrn.compiler.protocol import Dose, Flush, Run, Step
from neuralcrn.engines.kinetics import Kinetics
from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.recording import Recording
from neuralcrn.errors import DataError, NeuralCRNError, SimulationError

if TYPE_CHECKING:
    from neuralcrn.engines.work import Work

Vector = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Tolerances:
    """Accuracy of the integration: relative and absolute (concentration) tolerance, and maximum number of
    steps.

    The absolute tolerance does not depend on the amounts, because quantities of circuits are of the order of
    one.
    """

    rtol: float = 1e-6
    atol: float = 1e-8
    max_steps: int = 200_000


def default_tolerances(level: str) -> Tolerances:
    """Return the tolerances for a level; those of a pot give errors of 1e-3, as its approximations do."""
    return Tolerances() if level == "staged" else Tolerances(rtol=1e-5, atol=1e-8)


@final
@dataclass(frozen=True, slots=True)
class Stop:
    """Position and reason of an early end of an execution.

    Attributes
    ----------
    outcome : Outcome
        Outcome of the last integration.
    what : str
        Description of the failure.
    done : int
        Number of completed samples.
    phase : str
        Name of the current phase; empty for a dose.
    time : float
        Time since the start of the phase.
    species : str
        The species with the largest concentration.
    """

    outcome: Outcome
    what: str
    done: int
    phase: str
    time: float
    species: str


class Executable(ABC):
    """A program that is prepared for execution.

    Parameters
    ----------
    program : Program
        The program.

    Attributes
    ----------
    species : tuple of str
        All species of the pot, in the order of state vectors.
    positions : dict of str to int
        Index of each species.
    initial : ndarray, shape (species,), concentration
        Contents of a new pot before parameters are dosed; the clock, if there is one.
    """

    samples_at_once = 1
    """Number of samples per call of `learn` between progress reports and checks for interruption."""

    def __init__(self, program: Program):
        self.program = program
        self.species = program.pot_species
        self.positions = {name: place for place, name in enumerate(self.species)}
        self.initial = np.zeros(len(self.species))
        for phase in program.phases:
            for name, value in zip(phase.network.species, phase.network.initial, strict=True):
                self.initial[self.positions[name]] = value
        for name, value in program.initial.items():
            self.initial[self.positions[name]] = value

    @abstractmethod
    def execute(
        self, steps: Sequence[Step], state: Vector, features: Vector, targets: Vector, measured: Vector
    ) -> None:
        """Execute steps of a protocol for one sample.

        Parameters
        ----------
        steps : sequence of Step
            Steps of the program's protocols.
        state : ndarray, shape (species,), concentration
            Contents of the pot, changed in place.
        features, targets : ndarray, shape (features,) and (outputs,), concentration
            The sample.
        measured : ndarray, shape (outputs,), concentration
            Receives the results of the readings.

        Raises
        ------
        SimulationError
            If a phase fails.
        DataError
            If a dose is negative and its variable has only one rail.
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
            Changed in place; after a failure, the state before the failed sample.
        features, targets : ndarray, shape (n, features) and (n, outputs), concentration
            The samples of the task.
        order : ndarray of int64, shape (k,)
            Rows of the samples, in order.
        errors, times : ndarray, shape (k, outputs) and (k,)
            Row i receives the errors (concentration) measured for the i-th sample, and its duration (time
            units of the rate constants).
        begun : int
            Number of samples learned before; it determines the ends of batches and the random numbers.
        part : float
            Fraction of each update that is carried out, in (0, 1]; see `Program.with_partial_update`.
        limit : float, concentration
            A pot with a larger concentration has diverged.

        Returns
        -------
        Stop or None
            The failure, if any.
        """

    @abstractmethod
    def predict(
        self, pot: Vector, features: Vector, outputs: Vector, *, epoch: int, series: int = 1
    ) -> Stop | None:
        """Execute the prediction protocol for every row of features, each with a copy of the pot.

        Parameters
        ----------
        pot : ndarray, shape (species,), concentration
            Not changed.
        features, outputs : ndarray, shape (n, features) and (n, outputs), concentration
            Doses, and the array for the outputs.
        epoch : int
            Determines the random numbers of stochastic methods.
        series : int
            Number of consecutive rows that are executed with the same copy of the pot, one after the other, a
            divisor of n.

        Returns
        -------
        Stop or None
            The failure, if any.
        """

    @abstractmethod
    def trace(self, run: Run, state: Vector, points: int) -> tuple[Vector, Vector]:
        """Simulate one phase of a protocol and return its trajectory.

        Returns
        -------
        times, values : ndarray, shape (points,) and (points, species)
            From the start of the phase to its end.

        Raises
        ------
        SimulationError
            If the phase fails.
        """

    @property
    def works_together(self) -> int:
        """Number of works that are executed together, see `run_together`."""
        return 1

    @property
    def structure(self) -> Hashable:
        """Executables with the same structure execute works together; None if all are executed alone."""
        return None

    def run_together(self, works: Sequence[Work]) -> list[Stop | None]:
        """Execute works of executables with the same structure.

        Parameters
        ----------
        works : sequence of Learning or of Predicting
            At most `works_together`.

        Returns
        -------
        list of Stop or None
            The failure of each, if any.
        """
        return [work.run() for work in works]

    def optimise_for(self, seconds_left: float) -> None:  # noqa: B027  (optional)
        """Prepare for a training of about this remaining duration; called after every epoch.

        An executable may use it to become faster. The results must not depend on it.
        """

    def close(self) -> None:  # noqa: B027  (optional)
        """Abandon preparations of `optimise_for` that are not complete."""

    @final
    def record(self, pot: Vector, features: Vector, targets: Vector, *, points: int = 60) -> Recording:
        """Execute the training protocol for one sample and record every species, up to the final wash.

        Parameters
        ----------
        pot : ndarray, shape (species,), concentration
            Contents of the pot before the step; not changed.
        features, targets : ndarray, shape (features,) and (outputs,), concentration
            The sample.
        points : int
            Number of recorded times per phase.

        Raises
        ------
        SimulationError
            If a phase fails.
        DataError
            If a dose is negative and its variable has only one rail.
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
        """Return the indices of both rails, shape (variables, 2); -1 for a missing rail."""
        rails = [[self.positions[name] for name, _ in self.program.rails.of(v)] for v in variables]
        return np.array([(*row, -1)[:2] for row in rails], dtype=np.int64).reshape(-1, 2)

    @final
    def signed(self, state: Vector, variables: Sequence[Variable]) -> Vector:
        """Return the values of variables, shape (variables,): difference of the rails, or the only rail."""
        places = self.places(variables)
        negative = np.where(places[:, 1] < 0, 0.0, state[places[:, 1]])
        return state[places[:, 0]] - negative

    @final
    def new_pot(self, parameters: Mapping[Variable, float]) -> Vector:
        """Return a new pot with parameters dosed to the rails of their signs.

        Raises
        ------
        DataError
            If a parameter is negative and has only one rail.
        """
        pot = self.initial.copy()
        for variable, value in parameters.items():
            pot[self.positions[self.program.rails.receiving(variable, value)]] = abs(value)
        return pot

    @final
    def error_of(self, stop: Stop) -> NeuralCRNError:
        """Return the error for an early end of an execution."""
        if stop.outcome is Outcome.NO_RAIL:
            return DataError(f"circuit {self.program.circuit.name}: {stop.outcome.advice}")
        return SimulationError(
            f"circuit {self.program.circuit.name}, phase {stop.phase}, time {stop.time:.4g}: "
            f"{stop.outcome.advice}"
        )


class Executor(ABC):
    """A method of simulating programs.

    Attributes
    ----------
    name, summary : str
        Name in the registry, and a summary in one line.
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
        """Prepare a program for execution.

        Parameters
        ----------
        program : Program
            A program of any level.
        tolerances : Tolerances, optional
            Accuracy of the integration; by default `default_tolerances` of the level.
        kinetics : Kinetics, optional
            By default deterministic.
        seed : int
            Seed of every random event of stochastic methods.
        threads : int
            Number of threads for predictions; the results do not depend on it.

        Raises
        ------
        UnknownNameError
            If the executor does not support the method of the kinetics.
        """
