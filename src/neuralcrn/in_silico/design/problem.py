"""A design problem: candidate reactions, and the goals of one or several runs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import ParametricNetwork
from neuralcrn.in_silico.design.chambers import MEMBRANE
from neuralcrn.in_silico.design.goals import Goal

Array = NDArray[np.float64]

_SPAN = 20.0
"""Duration of the first part of a problem in its units, so that rate constants of the order of 1 matter."""


@final
@dataclass(frozen=True, slots=True)
class Condition:
    """One run, and its goals.

    Attributes
    ----------
    start : tuple of float, shape (n_species,), concentration
        Initial concentrations.
    goals : tuple of Goal
        Goals for this run.
    inputs : mapping of str to float
        Values of inputs in formulas.
    alone : bool
        Whether there is no transfer between chambers.
    """

    start: tuple[float, ...]
    goals: tuple[Goal, ...]
    inputs: Mapping[str, float]
    alone: bool = False

    @property
    def t_end(self) -> float:
        """The last time of all goals."""
        return max(goal.end for goal in self.goals)

    @property
    def times(self) -> Array:
        """All times of all goals, ascending."""
        return np.unique(np.concatenate([goal.times for goal in self.goals]))


@final
@dataclass(frozen=True, slots=True)
class DesignProblem:
    """Candidate reactions and goals.

    Attributes
    ----------
    candidates : ParametricNetwork
        Candidates, each with its own parameter; see `candidate_network`.
    conditions : tuple of Condition
        The runs.
    total : float, concentration
        Unit of concentration: the total concentration in a chamber.
    """

    candidates: ParametricNetwork
    conditions: tuple[Condition, ...]
    total: float

    @property
    def membranes(self) -> tuple[str, ...]:
        """Names of the permeabilities."""
        return tuple(name for name in self.candidates.parameters if name.startswith(MEMBRANE))

    @property
    def first(self) -> DesignProblem:
        """The problem of the first parts of all goals."""
        parts = (
            replace(condition, goals=tuple(goal.first for goal in condition.goals))
            for condition in self.conditions
        )
        return replace(self, conditions=tuple(parts))

    @property
    def time_unit(self) -> float:
        """Unit of time: a twentieth of the longest of the first parts of goals for connected chambers."""
        together = [condition for condition in self.conditions if not condition.alone] or self.conditions
        return max(goal.first.end for condition in together for goal in condition.goals) / _SPAN

    @property
    def units(self) -> Array:
        """Unit of each parameter, shape (n_parameters,).

        In these units the training does not depend on those of concentration and time.
        """
        orders: dict[str, int] = {}
        for reaction, formula in zip(self.candidates.network.reactions, self.candidates.rates, strict=True):
            orders |= dict.fromkeys(formula.names, reaction.order)
        powers = np.array([1 - orders[name] for name in self.candidates.parameters])
        return self.total**powers / self.time_unit


def input_runs(inputs: Mapping[str, Sequence[float]]) -> list[dict[str, float]]:
    """Return all combinations of values of inputs.

    Examples
    --------
    >>> input_runs({"X": (0.1, 0.2), "Y": (0.5,)})
    [{'X': 0.1, 'Y': 0.5}, {'X': 0.2, 'Y': 0.5}]
    >>> input_runs({})
    [{}]
    """
    return [dict(zip(inputs, values, strict=True)) for values in itertools.product(*inputs.values())]
