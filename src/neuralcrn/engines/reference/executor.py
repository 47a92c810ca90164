"""Execution of protocols in plain Python: readable, slow, and a reference for other executors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network
from neuralcrn.compiler.program import Program
from neuralcrn.compiler.protocol import Dose, Flush, Read, Run, Step, Withdraw
from neuralcrn.engines.base import Executable, Executor, Stop, Tolerances, Vector, default_tolerances
from neuralcrn.engines.kinetics import DETERMINISTIC, Kinetics
from neuralcrn.engines.outcome import Outcome
from neuralcrn.errors import DataError, UnknownNameError

_METHODS = (DETERMINISTIC, "ssa")
_TRAINING, _PREDICTION = 0, 1


@final
class ReferenceExecutor(Executor):
    """LSODA of SciPy, and Gillespie's direct method."""

    name = "reference"
    summary = "plain Python and SciPy: ode and ssa, a reference for other executors"

    def prepare(
        self,
        program: Program,
        tolerances: Tolerances | None = None,
        *,
        kinetics: Kinetics | None = None,
        seed: int = 0,
        threads: int = 1,
    ) -> ReferenceExecutable:
        """Store the program and its options; see `Executor.prepare`."""
        law = kinetics or Kinetics()
        if law.method not in _METHODS:
            raise UnknownNameError("method of the reference executor", law.method, _METHODS)
        return ReferenceExecutable(program, tolerances or default_tolerances(program.level), law, seed)


@final
@dataclass(frozen=True, slots=True)
class _Course:
    """A simulated phase: its times, its states, shape (times, species), and its outcome."""

    times: Vector
    values: Vector
    outcome: Outcome


@final
class _Stopped(Exception):  # noqa: N818  (an ordinary way to leave nested calls)
    """A step failed."""

    def __init__(self, outcome: Outcome, phase: str, time: float):
        self.outcome, self.phase, self.time = outcome, phase, time


@final
class ReferenceExecutable(Executable):
    """A program that is executed step by step; see `Executable`."""

    def __init__(self, program: Program, tolerances: Tolerances, kinetics: Kinetics, seed: int):
        super().__init__(program)
        self._kinetics, self._seed = kinetics, seed
        own = program.tolerances
        self._rtol = tolerances.rtol
        self._atol = np.array([min(tolerances.atol, own.get(name, tolerances.atol)) for name in self.species])
        self._phases = {phase.name: _MassAction(phase.network, self.positions) for phase in program.phases}
        self._random = np.random.default_rng(seed)

    def execute(
        self, steps: Sequence[Step], state: Vector, features: Vector, targets: Vector, measured: Vector
    ) -> None:
        """Execute steps of a protocol for one sample; see `Executable.execute`."""
        try:
            self._execute(steps, state, features, targets, measured)
        except _Stopped as stopped:
            raise self.error_of(self._stop(stopped, 0, state)) from None

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
        """Execute the training protocol for some samples; see `Executable.learn`."""
        program = self.program if part == 1.0 else self.program.with_partial_update(part)
        for done, row in enumerate(order):
            number, state = begun + done, pot.copy()
            self._random = np.random.default_rng([self._seed, _TRAINING, number])
            try:
                steps = program.protocol(number)
                times[done] = self._execute(steps, state, features[row], targets[row], errors[done])
                if not np.abs(state).max() < limit:
                    raise _Stopped(Outcome.OUT_OF_RANGE, "", 0.0)
            except _Stopped as stopped:
                return self._stop(stopped, done, state)
            pot[:] = state
        return None

    def predict(
        self, pot: Vector, features: Vector, outputs: Vector, *, epoch: int, series: int = 1
    ) -> Stop | None:
        """Execute the prediction protocol for every row; see `Executable.predict`."""
        state = pot.copy()
        for row in range(len(features)):
            if row % series == 0:
                state = pot.copy()
            self._random = np.random.default_rng([self._seed, _PREDICTION, epoch, row])
            try:
                self._execute(self.program.prediction, state, features[row], np.empty(0), outputs[row])
            except _Stopped as stopped:
                return self._stop(stopped, row, state)
        return None

    def trace(self, run: Run, state: Vector, points: int) -> tuple[Vector, Vector]:
        """Simulate one phase of a protocol; see `Executable.trace`."""
        course = self._run(run, state, points)
        if course.outcome is not Outcome.SUCCESS:
            stopped = _Stopped(course.outcome, run.phase, float(course.times[-1]))
            raise self.error_of(self._stop(stopped, 0, state))
        return course.times, course.values

    def _execute(
        self, steps: Sequence[Step], state: Vector, features: Vector, targets: Vector, measured: Vector
    ) -> float:
        """Execute steps on `state` in place, and return their duration."""
        rails, elapsed = self.program.rails, 0.0
        for step in steps:
            match step:
                case Dose(variable):
                    amount = step.amount(features.tolist(), targets.tolist())
                    amount *= np.exp(step.error * self._random.standard_normal())
                    try:
                        state[self.positions[rails.receiving(variable, amount)]] += abs(amount)
                    except DataError:
                        raise _Stopped(Outcome.NO_RAIL, "", 0.0) from None
                case Run(phase):
                    course = self._run(step, state, points=2)
                    state[:] = course.values[-1]
                    elapsed += float(course.times[-1])
                    if course.outcome is not Outcome.SUCCESS:
                        raise _Stopped(course.outcome, phase, float(course.times[-1]))
                case Read(variables, reference):
                    measured[:] = self.signed(state, variables) + reference
                case Withdraw(variables):
                    for name in rails.species(variables):
                        state[self.positions[name]] = 0.0
                case Flush(kept):
                    washed = self.positions.keys() - set(rails.species(kept))
                    state[[self.positions[name] for name in washed]] = 0.0
        return elapsed

    def _run(self, run: Run, state: Vector, points: int) -> _Course:
        longest = self.program.phase(run.phase).duration if run.duration is None else run.duration
        simulate = self._jump if self._kinetics.is_stochastic else self._integrate
        return simulate(run, state, longest, points)

    def _integrate(self, run: Run, state: Vector, duration: float, points: int) -> _Course:
        """Integrate the rate equations."""
        from scipy.integrate import solve_ivp

        system, until = self._phases[run.phase], run.until

        def crossing(_: float, y: Vector) -> float:
            return 0.0 if until is None else y[self.positions[until.species]] - until.threshold

        crossing.terminal, crossing.direction = True, 1.0  # type: ignore[attr-defined]
        solved = solve_ivp(
            lambda _, y: system.rates(y), (0.0, duration), state, method="LSODA", dense_output=True,
            rtol=self._rtol, atol=self._atol, jac=lambda _, y: system.jacobian(y),
            events=None if until is None else crossing,
        )  # fmt: skip
        if solved.status < 0:
            return _Course(solved.t, solved.y.T, Outcome.STEP_TOO_SMALL)
        times = np.linspace(0.0, solved.t[-1], points)
        outcome = Outcome.NO_EVENT if until is not None and solved.status == 0 else Outcome.SUCCESS
        return _Course(times, np.array([solved.sol(t) for t in times]), outcome)

    def _jump(self, run: Run, state: Vector, duration: float, points: int) -> _Course:
        """Simulate reactions one by one with Gillespie's direct method."""
        system, until, volume = self._phases[run.phase], run.until, self._kinetics.volume
        counts, now = np.rint(state * volume), 0.0
        threshold = np.inf if until is None else until.threshold * volume
        watched = -1 if until is None else self.positions[until.species]
        times, states = [0.0], [counts.copy()]
        outcome = Outcome.SUCCESS if until is None else Outcome.NO_EVENT
        while True:
            propensities = system.propensities(counts, volume)
            total = propensities.sum()
            now += self._random.exponential(1.0 / total) if total > 0.0 else np.inf
            if now > duration:
                now = duration
                break
            before = counts[watched]
            counts += system.changes[:, self._random.choice(len(propensities), p=propensities / total)]
            times.append(now)
            states.append(counts.copy())
            if before < threshold <= counts[watched]:
                outcome = Outcome.SUCCESS
                break
        grid = np.linspace(0.0, now, points)
        last = np.searchsorted(times, grid, side="right") - 1
        return _Course(grid, np.array(states)[last] / volume, outcome)

    def _stop(self, stopped: _Stopped, done: int, state: Vector) -> Stop:
        largest = self.species[int(np.argmax(state))]
        return Stop(stopped.outcome, stopped.outcome.what, done, stopped.phase, stopped.time, largest)


@final
class _MassAction:
    """Rates of a network: rate constant times the product of reactants for each reaction.

    Attributes
    ----------
    changes : ndarray, shape (species, reactions)
        Change of the number of molecules of each species in one event of each reaction.
    """

    def __init__(self, network: Network, positions: dict[str, int]):
        self.constants = np.array([reaction.rate for reaction in network.reactions])
        self.reactants = np.zeros((len(positions), len(network.reactions)))
        self.changes = np.zeros_like(self.reactants)
        for column, reaction in enumerate(network.reactions):
            for name, count in reaction.reactants.terms:
                self.reactants[positions[name], column] += count
                self.changes[positions[name], column] -= count
            for name, count in reaction.products.terms:
                self.changes[positions[name], column] += count

    def rates(self, state: Vector) -> Vector:
        """Return the derivative of every concentration."""
        return self.changes @ (self.constants * np.prod(state[:, None] ** self.reactants, axis=0))

    def jacobian(self, state: Vector) -> Vector:
        """Return the derivative of every rate with respect to every concentration."""
        result = np.zeros((len(state), len(state)))
        for row, column in zip(*np.nonzero(self.reactants), strict=True):
            lowered = self.reactants[:, column].copy()
            lowered[row] -= 1.0
            slope = self.constants[column] * self.reactants[row, column] * np.prod(state**lowered)
            result[:, row] += self.changes[:, column] * slope
        return result

    def propensities(self, counts: Vector, volume: float) -> Vector:
        """Return the probability per time of every reaction."""
        result = self.constants * volume ** (1.0 - self.reactants.sum(axis=0))
        for row, column in zip(*np.nonzero(self.reactants), strict=True):
            for k in range(int(self.reactants[row, column])):
                result[column] *= max(0.0, counts[row] - k)
        return result
