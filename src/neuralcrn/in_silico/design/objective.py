"""The loss of all goals, and its gradient from forward sensitivities of simulated reactions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import ParametricNetwork
from neuralcrn.engines import Outcome, SensitivitySolver, Trajectory
from neuralcrn.in_silico.design.problem import Condition, DesignProblem

Array = NDArray[np.float64]

FAILED = 1e6
"""Loss of parameters with which a simulation stops early."""
_RTOL, _MAX_STEPS = 1e-6, 20_000


@final
@dataclass(frozen=True, slots=True, eq=False)
class Objective:
    """The loss of a design problem as a function of some of its parameters; the others are 0.

    The loss is the sum over goals, relative to the square of the unit of concentration, averaged over inputs.

    Attributes
    ----------
    problem : DesignProblem
        The problem.
    kept : tuple of str
        The parameters.
    """

    problem: DesignProblem
    kept: tuple[str, ...]
    _solver: SensitivitySolver

    @classmethod
    def of(cls, problem: DesignProblem, kept: tuple[str, ...] | None = None) -> Objective:
        """Prepare simulations with some candidates, by default all."""
        names = problem.candidates.parameters if kept is None else kept
        network = restricted(problem.candidates, names)
        solver = SensitivitySolver.of(network, names, rtol=_RTOL, max_steps=_MAX_STEPS, error_control=False)
        return cls(problem, names, solver)

    def __call__(self, values: Array) -> tuple[float, Array]:
        """Return the loss at values of the parameters, and its gradient."""
        loss, gradient = 0.0, np.zeros(len(self.kept))
        runs = max(1, sum(not condition.alone for condition in self.problem.conditions))
        for condition in self.problem.conditions:
            share, part = self._of(condition, values)
            weight = 1.0 / (1 if condition.alone else runs)
            loss, gradient = loss + weight * share, gradient + weight * part
        return loss, gradient

    def _of(self, condition: Condition, values: Array) -> tuple[float, Array]:
        """Return the loss of one run, and its gradient."""
        closed = np.isin(self.kept, self.problem.membranes) & condition.alone
        times = condition.times
        run = self._solver.run(
            np.where(closed, 0.0, values), condition.t_end, times, start=np.array(condition.start)
        )
        if run.outcome != Outcome.SUCCESS or run.sensitivities is None:
            return FAILED, np.zeros(len(values))
        loss, gradient = 0.0, np.zeros(len(values))
        for goal in condition.goals:
            chosen = np.searchsorted(times, goal.times)[:, None], columns_of(run, goal.species)
            part, slope = goal.loss(run.values[chosen], condition.inputs)
            loss += part
            gradient += np.einsum("ts,tsp->p", slope, run.sensitivities.values[chosen])
        scale = self.problem.total**-2.0
        return scale * loss, np.where(closed, 0.0, scale * gradient)


def columns_of(run: Trajectory, species: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the columns of species in a trajectory."""
    return np.array([run.species.index(name) for name in species], dtype=np.int64)


def restricted(candidates: ParametricNetwork, kept: tuple[str, ...]) -> ParametricNetwork:
    """Return the candidates whose rate constants are among some parameters."""
    chosen = [place for place, rate in enumerate(candidates.rates) if rate.names <= {*kept}]
    nominal = dict(zip(candidates.parameters, candidates.nominal, strict=True))
    return ParametricNetwork(
        replace(candidates.network, reactions=tuple(candidates.network.reactions[place] for place in chosen)),
        kept,
        tuple(nominal[name] for name in kept),
        tuple(candidates.rates[place] for place in chosen),
        candidates.initial,
    )
