"""Goals that no network can reach, found before a training."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.in_silico.design.goals import Goal
from neuralcrn.in_silico.design.problem import Condition, DesignProblem

Array = NDArray[np.float64]

_SLACK = 1e-3
"""Tolerance for rounded numbers, relative to the total concentration."""


class _Range(NamedTuple):
    """Concentrations of one species that fulfil a goal, at all times of a run."""

    goal: Goal
    species: str
    low: Array
    high: Array


def check_names(goal: Goal, known: tuple[str, ...]) -> None:
    """Reject a goal for unknown species.

    Raises
    ------
    UnknownNameError
        The message suggests the nearest name.
    """
    for name in goal.species:
        if name not in known:
            raise UnknownNameError(f"species in the goal '{goal}'", name, known)


def check_problem(problem: DesignProblem) -> None:
    """Reject goals that contradict each other, the initial concentrations or the conserved total.

    Raises
    ------
    InvalidValueError
        The message gives the goal, the time and the concentrations.
    """
    for condition in problem.conditions:
        ranges, times = list(_ranges(condition)), condition.times
        slack = _SLACK * problem.total
        _check_signs(ranges, times)
        _check_pairs(ranges, times, slack)
        _check_start(problem, condition, ranges, times, slack)
        if _is_conserving(problem):
            _check_total(sum(condition.start), problem, ranges, times, slack)


def _ranges(condition: Condition) -> Iterator[_Range]:
    times = condition.times
    for goal in condition.goals:
        inside = (times >= goal.begin) & (times <= goal.end)
        low, high = (np.full((len(times), len(goal.species)), sign * np.inf) for sign in (-1.0, 1.0))
        low[inside], high[inside] = goal.limits(times[inside], condition.inputs)
        for column, name in enumerate(goal.species):
            yield _Range(goal, name, low[:, column], high[:, column])


def _check_signs(ranges: list[_Range], times: Array) -> None:
    for one in ranges:
        if np.isnan(one.low).any() or np.isposinf(one.low).any():
            raise InvalidValueError(f"goal '{one.goal}': its formula has no finite value at some time")
        if (wrong := one.high < 0.0).any():
            place = int(np.argmax(wrong))
            raise InvalidValueError(
                f"goal '{one.goal}': {one.species} would be {one.high[place]:g} at the time "
                f"{times[place]:g}: concentrations are not negative"
            )


def _check_pairs(ranges: list[_Range], times: Array, slack: float) -> None:
    for one, other in itertools.permutations(ranges, 2):
        if one.species == other.species and (clash := one.low > other.high + slack).any():
            place = int(np.argmax(clash))
            raise InvalidValueError(
                f"goals '{one.goal}' and '{other.goal}' contradict each other: at the time {times[place]:g} "
                f"{one.species} would be at least {one.low[place]:g} and at most {other.high[place]:g}"
            )


def _check_start(
    problem: DesignProblem, condition: Condition, ranges: list[_Range], times: Array, slack: float
) -> None:
    """Compare goals at the time 0 with the initial concentrations."""
    if times[0] > 0.0:
        return
    start = dict(zip(problem.candidates.network.species, condition.start, strict=True))
    for one in ranges:
        value = start[one.species]
        if not one.low[0] - slack <= value <= one.high[0] + slack:
            raise InvalidValueError(
                f"goal '{one.goal}': {one.species} is {value:g} initially: begin later, or give another "
                "initial concentration"
            )


def _check_total(
    total: float, problem: DesignProblem, ranges: list[_Range], times: Array, slack: float
) -> None:
    """Compare the goals for all species with the total that all candidates conserve."""
    names = problem.candidates.network.species
    low = {name: np.zeros(len(times)) for name in names}
    high = {name: np.full(len(times), np.inf) for name in names}
    for one in ranges:
        low[one.species] = np.maximum(low[one.species], one.low)
        high[one.species] = np.minimum(high[one.species], one.high)
    least, most = sum(low.values(), np.zeros(len(times))), sum(high.values(), np.zeros(len(times)))
    for words, wrong, asked in (
        ("at least", least > total + slack, least),
        ("at most", most < total - slack, most),
    ):
        if wrong.any():
            place = int(np.argmax(wrong))
            raise InvalidValueError(
                f"at the time {times[place]:g} the goals ask for {words} {asked[place]:g} of all species "
                f"together, but the reactions conserve their total of {total:g}"
            )


def _is_conserving(problem: DesignProblem) -> bool:
    reactions = problem.candidates.network.reactions
    return all(reaction.reactants.order == reaction.products.order for reaction in reactions)
