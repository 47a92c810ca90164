"""Confidence intervals by profile likelihood.

The profile of a parameter is the minimum of the objective over all others. Its 95 % interval is where the
profile is at most half the 95 % quantile of the chi-squared distribution above the minimum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.fitting.objective import Objective
from neuralcrn.fitting.optimise import Box, local_fit
from neuralcrn.fitting.parameters import from_scale
from neuralcrn.fitting.problem import FitProblem

Array = NDArray[np.float64]
Interval = tuple[float | None, float | None]
"""Ends of an interval; None where the profile stays low up to the bound."""

_RISE = 0.5 * 3.841458820694124
"""Half the 95 % quantile of the chi-squared distribution with one degree of freedom."""
_FIRST, _GROWTH = 0.02, 2.0
"""First step from the estimate, as a part of the range, and the factor of the following ones."""
_PRECISION = 1e-4
"""Precision of an end, as a part of the range."""


def profile_interval(problem: FitProblem, point: tuple[float, ...], name: str) -> Interval:
    """Return the 95 % interval of a parameter from its profile likelihood.

    Parameters
    ----------
    problem : FitProblem
        The problem.
    point : tuple of float, length n_parameters
        The best point, on the scales of the parameters.
    name : str
        An estimated parameter.

    Returns
    -------
    tuple of float or None
        Lower and upper end; None where the profile stays low up to the bound.
    """
    objective = Objective.of(problem)
    index = [parameter.name for parameter in problem.estimated].index(name)
    scale, (lower, upper) = problem.estimated[index].scale, problem.estimated[index].range
    best = np.array(point)
    ends = (
        _end(_profile(objective, best, index), best[index], bound, upper - lower) for bound in (lower, upper)
    )
    low, high = (None if end is None else from_scale(end, scale) for end in ends)
    return low, high


def _profile(objective: Objective, best: Array, index: int) -> Callable[[float], float]:
    """Return the profile above its minimum and the threshold, as a function of the parameter."""
    box, minimum = Box.of(objective.problem), objective.at(best).value
    last = best.copy()

    def above(x: float) -> float:
        nonlocal last
        start = last.copy()
        start[index] = x
        lower, upper = box.lower.copy(), box.upper.copy()
        lower[index] = upper[index] = x
        found = local_fit(objective, [start], box=Box(lower, upper), tolerance=1e-7)
        if np.isfinite(found.value):
            last = np.array(found.point)
        return min(found.value - minimum - _RISE, 1e6)

    return above


def _end(above: Callable[[float], float], start: float, bound: float, width: float) -> float | None:
    """Return where the function becomes positive between a point and a bound; None if it does not."""
    from scipy.optimize import brentq

    sign = 1.0 if bound > start else -1.0
    inside, step = start, _FIRST * width
    while inside != bound:
        outside = inside + sign * min(step, abs(bound - inside))
        if abs(bound - outside) < 1e-12 * width:
            outside = bound
        if above(outside) > 0.0:
            end: Any = brentq(
                lambda x: -_RISE if x == start else above(x), inside, outside, xtol=_PRECISION * width
            )
            return float(end)
        inside, step = outside, _GROWTH * step
    return None
