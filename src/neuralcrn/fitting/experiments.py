"""Simulation of experiments, with the derivatives of all concentrations by the estimated parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Expression
from neuralcrn.chemistry import ParametricNetwork
from neuralcrn.engines import Outcome, SensitivitySolver
from neuralcrn.errors import SimulationError
from neuralcrn.fitting.formulas import Differentiable, Formula
from neuralcrn.fitting.problem import Experiment, FitProblem

Array = NDArray[np.float64]

_FIRST_HORIZON, _HORIZONS, _SETTLED = 1.0, 15, 1e-6
"""Times that are tried for a steady state: the first, and their number, each ten times the one before;
and the largest change from one to the next at the steady state, relative to the largest value so far.
"""


class State(NamedTuple):
    """Concentrations, and their derivatives by the estimated parameters.

    Attributes
    ----------
    values : ndarray, shape (..., n_species)
    slopes : ndarray, shape (..., n_species, n_parameters)
    """

    values: Array
    slopes: Array


@final
@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A period of an experiment, prepared for simulation.

    Attributes
    ----------
    start, end : float
        Times of the experiment; the end of the last stage is that of the last measurement.
    solver : SensitivitySolver
        For the rate constants of the stage, as formulas of the estimated parameters.
    columns : ndarray of int
        Indices of the estimated parameters that can affect the concentrations.
    state : mapping from int to Formula
        Concentrations that are changed at the start, by index of the species.
    parameters : mapping from str to Expression
        Values of all parameters in this stage, formulas of the estimated ones.
    times : ndarray
        Times of measurements, ascending.
    """

    start: float
    end: float
    solver: SensitivitySolver
    columns: NDArray[np.intp]
    state: Mapping[int, Formula]
    parameters: Mapping[str, Expression]
    times: Array


@final
@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """An experiment prepared for simulation.

    Attributes
    ----------
    name : str
        Name of the experiment.
    species, estimated : tuple of str
        Names of species and of estimated parameters.
    stages : tuple of Stage
    initial : mapping from int to Formula
        Initial concentrations of the network by index of the species.
    """

    name: str
    species: tuple[str, ...]
    estimated: tuple[str, ...]
    stages: tuple[Stage, ...]
    initial: Mapping[int, Formula]

    @classmethod
    def of(cls, problem: FitProblem, experiment: Experiment, solvers: Solvers) -> Simulation:
        """Prepare an experiment; `solvers` are shared by all experiments of a problem."""
        network, estimated = problem.network, tuple(parameter.name for parameter in problem.estimated)
        parameters: dict[str, Expression] = {
            name: Expression.name(name) if name in estimated else Expression.number(value)
            for name, value in problem.nominal.items()
        }
        base = dict(parameters)
        measured = {m.time for m in problem.measurements if m.experiment == experiment.name}
        ends = [*(period.start for period in experiment.periods[1:]), math.inf]
        stages: list[Stage] = []
        initial: dict[int, Formula] = {}
        reached: set[str] = set()
        for period, end in zip(experiment.periods, ends, strict=True):
            changed = {name: formula.substitute(base) for name, formula in period.parameters.items()}
            parameters = parameters | changed
            rates = tuple(formula.substitute(parameters) for formula in network.rates)
            if not stages:
                initial = {i: Formula.of(f.substitute(parameters)) for i, f in enumerate(network.initial)}
                reached |= _names(formula.expression for formula in initial.values())
            state = {
                network.network.index[name]: Formula.of(formula.substitute(parameters))
                for name, formula in period.state.items()
            }
            reached |= _names(rates) | _names(formula.expression for formula in state.values())
            names = tuple(name for name in estimated if name in reached)
            last = end == math.inf
            times = sorted(t for t in measured if period.start <= t and (t < end or last))
            stages.append(
                Stage(
                    period.start, max(times, default=period.start) if last else end,
                    solvers.get(rates, names),
                    np.array([estimated.index(name) for name in names], dtype=np.intp),
                    state, parameters, np.array(times, dtype=np.float64),
                )
            )  # fmt: skip
        return cls(experiment.name, network.network.species, estimated, tuple(stages), initial)

    def run(self, values: Mapping[str, float]) -> list[State]:
        """Simulate at values of the estimated parameters.

        Returns
        -------
        list of State
            Of each stage at its times.

        Raises
        ------
        SimulationError
            If a simulation stops early, or no steady state is reached.
        """
        empty = State(np.zeros(len(self.species)), np.zeros((len(self.species), len(self.estimated))))
        state = self._changed(empty, self.initial, values)
        found: list[State] = []
        for stage in self.stages:
            state = self._changed(state, stage.state, values)
            recorded, state = self._advanced(stage, state, values)
            found.append(recorded)
        return found

    def _changed(self, state: State, formulas: Mapping[int, Formula], values: Mapping[str, float]) -> State:
        """Return the state after an assignment of concentrations."""
        if not formulas:
            return state
        count = len(self.estimated)
        environment: dict[str, Differentiable] = {}
        for name in {name for formula in formulas.values() for name in formula.partial}:
            if name in self.estimated:
                slope = np.zeros((1, count))
                slope[0, self.estimated.index(name)] = 1.0
                environment[name] = Differentiable(np.array([values[name]]), slope)
            else:
                place = self.species.index(name)
                environment[name] = Differentiable(state.values[None, place], state.slopes[None, place])
        after = State(state.values.copy(), state.slopes.copy())
        for place, formula in formulas.items():
            value, slope = formula.at(environment, 1, count)
            after.values[place], after.slopes[place] = value[0], slope[0]
        return after

    def _advanced(self, stage: Stage, state: State, values: Mapping[str, float]) -> tuple[State, State]:
        """Return the states at the times of a stage, and at its end."""
        finite = stage.times[np.isfinite(stage.times)]
        last = stage.end if math.isfinite(stage.end) else max(finite, default=stage.start)
        recorded = State(
            np.empty((len(finite), *state.values.shape)), np.empty((len(finite), *state.slopes.shape))
        )
        settles = not math.isfinite(stage.start)
        if not settles:
            times = np.unique(np.append(finite, last)) - stage.start
            course = self._integrated(stage, state, times, values)
            rows = np.searchsorted(times, finite - stage.start)
            recorded = State(course.values[rows], course.slopes[rows])
            state = State(course.values[-1], course.slopes[-1])
        if settles or len(finite) < len(stage.times):
            state = self._settled(stage, state, values)
        if len(finite) < len(stage.times):
            recorded = State(
                np.concatenate([recorded.values, state.values[None]]),
                np.concatenate([recorded.slopes, state.slopes[None]]),
            )
        return recorded, state

    def _settled(self, stage: Stage, state: State, values: Mapping[str, float]) -> State:
        """Return the steady state that follows a state."""
        horizon, sizes = _FIRST_HORIZON, [np.abs(part).max(axis=0, initial=0.0) for part in state]
        for _ in range(_HORIZONS):
            course = self._integrated(stage, state, np.array([horizon]), values)
            after = State(course.values[-1], course.slopes[-1])
            sizes = [
                np.maximum(size, np.abs(part).max(axis=0)) for size, part in zip(sizes, after, strict=True)
            ]
            changes = (np.abs(new - old) for new, old in zip(after, state, strict=True))
            if all((change <= _SETTLED * size).all() for change, size in zip(changes, sizes, strict=True)):
                return after
            state, horizon = after, 10.0 * horizon
        raise SimulationError(f"experiment {self.name}: no steady state is reached until time {horizon:g}")

    def _integrated(self, stage: Stage, state: State, times: Array, values: Mapping[str, float]) -> State:
        """Return the states at times after the start of a stage, ascending."""
        if times[-1] == 0.0:
            return State(state.values[None], state.slopes[None])
        columns = stage.columns
        course = stage.solver.run(
            {name: values[name] for name in stage.solver.names}, float(times[-1]), times,
            start=state.values, start_sensitivities=state.slopes[:, columns],
        )  # fmt: skip
        if course.outcome != Outcome.SUCCESS:
            raise SimulationError(
                f"experiment {self.name}: stopped at time {course.end:.6g}: {course.outcome.advice}"
            )
        assert course.sensitivities is not None
        slopes = np.zeros((len(times), len(self.species), len(self.estimated)))
        slopes[:, :, columns] = course.sensitivities.values
        return State(course.values, slopes)


class Solvers:
    """Solvers by rate constants, so that experiments with the same rate constants share one."""

    def __init__(self, network: ParametricNetwork, nominal: Mapping[str, float], rtol: float):
        self._network, self._nominal, self._rtol = network, nominal, rtol
        self._made: dict[tuple[tuple[Expression, ...], tuple[str, ...]], SensitivitySolver] = {}

    def get(self, rates: tuple[Expression, ...], names: tuple[str, ...]) -> SensitivitySolver:
        """Return the solver for rate constants that are formulas of the named parameters."""
        if (rates, names) not in self._made:
            self._made[rates, names] = SensitivitySolver.of(self._with(rates, names), names, rtol=self._rtol)
        return self._made[rates, names]

    def _with(self, rates: Sequence[Expression], names: tuple[str, ...]) -> ParametricNetwork:
        given = self._network.network
        reactions = tuple(
            reaction.k(float(rate.evaluate(self._nominal)))
            for reaction, rate in zip(given.reactions, rates, strict=True)
        )
        zeros = (0.0,) * len(given.species)
        return ParametricNetwork(
            replace(given, reactions=reactions, initial=zeros),
            names,
            tuple(self._nominal[name] for name in names),
            tuple(rates),
            tuple(map(Expression.number, zeros)),
        )


def _names(formulas: Iterable[Expression]) -> set[str]:
    return {name for formula in formulas for name in formula.names}
