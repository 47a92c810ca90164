"""Training of rate constants: gradient descent, L1 penalty, hard threshold, refinement."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network
from neuralcrn.errors import InvalidValueError
from neuralcrn.in_silico.adam import Adam
from neuralcrn.in_silico.design.objective import Objective, restricted
from neuralcrn.in_silico.design.problem import DesignProblem

Array = NDArray[np.float64]

_RANGE = (1e-6, 1e3)
"""Range of refined parameters, in the units of the problem."""
_LENIENCE = 0.05
"""Increase of the loss that is accepted for the removal of a reaction, relative to it."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """Options of a training. Rate constants and permeabilities are in the units of the problem.

    Attributes
    ----------
    steps : int
        Steps of gradient descent.
    warm_up : int
        Steps before the penalty begins.
    learning_rate : float
        Learning rate of Adam.
    penalty : float
        Factor of the sum of all rate constants in the loss; permeabilities have no penalty.
    threshold : float
        Parameters below it are removed after the descent.
    refinement : int
        Largest number of iterations after each removal.
    tolerance : float
        Loss up to which further parameters are removed, in squares of the unit of concentration.
    rates, permeabilities : tuple of float
        Range of initial values, drawn uniformly.
    """

    steps: int = 500
    warm_up: int = 60
    learning_rate: float = 0.05
    penalty: float = 2e-4
    threshold: float = 0.02
    refinement: int = 200
    tolerance: float = 1e-5
    rates: tuple[float, float] = (0.05, 0.3)
    permeabilities: tuple[float, float] = (2.0, 5.0)

    def __post_init__(self) -> None:
        for name, least in (("steps", 1), ("warm_up", 0), ("refinement", 1)):
            if getattr(self, name) < least:
                raise InvalidValueError(f"{name} = {getattr(self, name)}: it must be at least {least}")
        for name in ("learning_rate", "threshold"):
            if not 0.0 < getattr(self, name) < 1e3:
                raise InvalidValueError(f"{name} = {getattr(self, name):g}: it must be positive")
        if not 0.0 <= self.penalty < 1e3:
            raise InvalidValueError(f"penalty = {self.penalty:g}: it must not be negative")


@final
@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """State of a training.

    Attributes
    ----------
    problem : DesignProblem
        The problem.
    kept : tuple of str
        Parameters that have not been removed.
    values : ndarray, shape (n_kept,)
        Their values.
    loss : float
        Loss of the goals, without penalty.
    steps : int
        Completed steps.
    """

    problem: DesignProblem
    kept: tuple[str, ...]
    values: Array
    loss: float
    steps: int

    @property
    def network(self) -> Network:
        """The network of the remaining reactions, without species that are in none and in no goal."""
        whole = restricted(self.problem.candidates, self.kept).at(self.values)
        goals = (goal for condition in self.problem.conditions for goal in condition.goals)
        named = {name for part in (*whole.reactions, *goals) for name in part.species}
        start = {name: whole.initial_of(name) for name in whole.species if name in named}
        return Network.of(whole.reactions, start, species=start)


def train(problem: DesignProblem, options: TrainingOptions, seed: int) -> Generator[Trained]:
    """Yield the state after each step of the descent, and the refined result at last.

    Parameters are softplus functions of unbounded variables, in the units of the problem. The simulations use
    the rate constants, and the gradient comes from their forward sensitivities. The descent uses the first
    parts of the goals, and the refinement all of them.
    """
    objective, units = Objective.of(problem.first), problem.units
    adam = Adam.at(_inverse_softplus(_drawn(problem, options, seed)))
    weights = options.penalty * np.isin(objective.kept, problem.membranes, invert=True)
    for step in range(options.steps):
        values, slope = _softplus(adam.values)
        loss, gradient = objective(units * values)
        yield Trained(problem, objective.kept, units * values, loss, step)
        penalties = weights * (step >= options.warm_up)
        adam = adam.step(slope * (units * gradient + penalties), options.learning_rate)
    yield _pruned(problem, options, _softplus(adam.values)[0])


def _pruned(problem: DesignProblem, options: TrainingOptions, values: Array) -> Trained:
    """Remove small parameters and refine the others, then remove more, one at a time.

    The first one to be tried is that without which the loss is smallest. A removal is undone if the refined
    loss is larger than the tolerance and than the smallest so far.
    """
    small = values < min(options.threshold, values.max())
    state = _without(problem, options, small, problem.candidates.parameters, values)
    least, tried = state.loss, 0
    while tried < len(order := _removable(state)):
        gone = np.arange(len(state.kept)) == order[tried]
        smaller = _without(problem, options, gone, state.kept, state.values / _units(problem, state.kept))
        if smaller.loss <= max(options.tolerance, (1.0 + _LENIENCE) * least):
            state, least, tried = smaller, min(least, smaller.loss), 0
        else:
            tried += 1
    return state


def _removable(state: Trained) -> list[int]:
    """Return the places of parameters, those without which the loss is smallest first; none if only one is
    left.
    """
    if len(state.kept) == 1:
        return []
    objective, places = Objective.of(state.problem, state.kept), np.arange(len(state.kept))
    losses = [objective(np.where(places == place, 0.0, state.values))[0] for place in places]
    return [int(place) for place in np.argsort(losses, kind="stable")]


def _without(
    problem: DesignProblem,
    options: TrainingOptions,
    removed: NDArray[np.bool_],
    names: Sequence[str],
    values: Array,
) -> Trained:
    """Return the refined state without some of the parameters; values are in the units of the problem."""
    kept = tuple(name for name, gone in zip(names, removed, strict=True) if not gone)
    units, objective = _units(problem, kept), Objective.of(problem, kept)
    loss, refined = _refined(objective, units, values[~removed], options.refinement)
    return Trained(problem, kept, units * refined, loss, options.steps)


def _units(problem: DesignProblem, names: Sequence[str]) -> Array:
    return problem.units[np.isin(problem.candidates.parameters, names)]


def _refined(objective: Objective, units: Array, values: Array, iterations: int) -> tuple[float, Array]:
    """Minimise the loss without penalty, as a function of logarithms of parameters."""
    from scipy.optimize import minimize

    def function(logarithms: Array) -> tuple[float, Array]:
        inner = np.exp(logarithms)
        loss, gradient = objective(units * inner)
        return loss, inner * units * gradient

    found = minimize(
        function,
        np.log(values),
        jac=True,
        method="L-BFGS-B",
        bounds=[np.log(_RANGE)] * len(values),
        options={"maxiter": iterations},
    )
    return float(found.fun), np.exp(found.x)


def _drawn(problem: DesignProblem, options: TrainingOptions, seed: int) -> Array:
    """Draw initial values of all parameters."""
    rng, membranes = np.random.default_rng(seed), set(problem.membranes)
    ranges = [
        options.permeabilities if name in membranes else options.rates
        for name in problem.candidates.parameters
    ]
    return np.array([rng.uniform(low, high) for low, high in ranges])


def _softplus(variables: Array) -> tuple[Array, Array]:
    """Return softplus and its derivative."""
    return np.logaddexp(0.0, variables), 0.5 * (1.0 + np.tanh(0.5 * variables))


def _inverse_softplus(values: Array) -> Array:
    return values + np.log(-np.expm1(-values))
