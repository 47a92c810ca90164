"""Uncertainty of a fit: standard errors, confidence intervals, and what the data do not determine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.fitting.objective import Evaluation
from neuralcrn.fitting.parameters import FitParameter, from_scale, slope_of_scale

Array = NDArray[np.float64]

_UPPER = 0.975
"""Probability below the upper end of a 95 % interval."""
_AT_BOUND = 1e-5
"""Distance from a bound, as a part of the range, at which a parameter is at the bound."""
_FLAT = 1e-12
"""Smallest eigenvalue of the information, relative to the largest, that is not taken as rounding of 0."""
_INFINITE = 1e3
"""Largest standard deviation in ranges: directions with more are taken as undetermined by any parameter of
which they have more than a thousandth.
"""
_PARTS = 4
"""Maximum number of parameters in the description of a combination."""
_SMALL_PART = 0.1


@final
@dataclass(frozen=True, slots=True)
class Estimate:
    """Estimate of a parameter.

    Attributes
    ----------
    name : str
    value : float
        Maximum likelihood estimate, or maximum a posteriori if there are priors.
    error : float or None
        Standard error from the Fisher information, to first order; None where the data do not determine the
        parameter, or it is at a bound.
    lower, upper : float or None
        95 % confidence interval: symmetric on the scale of the search.
    bound : {"", "lower", "upper"}
        Bound at which the estimate is.
    """

    name: str
    value: float
    error: float | None
    lower: float | None
    upper: float | None
    bound: str = ""


@final
@dataclass(frozen=True, slots=True)
class Combination:
    """A direction of the parameters that the data do not determine within the bounds.

    Attributes
    ----------
    parts : tuple of (str, float)
        Parameters with their shares, largest first, as parts of their ranges on the scale of the search.
    deviation : float or None
        Standard deviation along the direction, in ranges; None if it is infinite.
    """

    parts: tuple[tuple[str, float], ...]
    deviation: float | None

    def __str__(self) -> str:
        """Return the direction, such as ``k1 with -0.71 k2``."""
        shown = [(name, part) for name, part in self.parts if abs(part) >= _SMALL_PART][:_PARTS]
        (first, unit), *others = shown
        words = [f"{part / unit:+.2g} {name}" for name, part in others]
        return " ".join([first, *words])


def bounds_reached(parameters: Sequence[FitParameter], point: Array) -> tuple[str, ...]:
    """Return the bound, if any, at which each parameter is."""
    found: list[str] = []
    for parameter, x in zip(parameters, point, strict=True):
        lower, upper = parameter.range
        near = _AT_BOUND * (upper - lower)
        found.append("lower" if x - lower <= near else "upper" if upper - x <= near else "")
    return tuple(found)


def estimates(
    parameters: Sequence[FitParameter], point: Array, evaluation: Evaluation
) -> tuple[tuple[Estimate, ...], tuple[Combination, ...]]:
    """Return the estimates at a point, and the combinations that the data do not determine.

    If the size of the noise is estimated, its maximum likelihood estimate is too small by a factor that
    depends on the number of other parameters. As in linear regression, errors are corrected for it, and
    intervals are those of Student's distribution.

    The information is decomposed in units of the ranges. A direction along which the standard deviation
    exceeds the range is not determined, and neither is a parameter that it moves.
    """
    bounds = bounds_reached(parameters, point)
    free = np.array([not bound for bound in bounds], dtype=bool)
    widths = np.array([upper - lower for lower, upper in (p.range for p in parameters)])
    deviations, directions = spectrum((evaluation.information * np.outer(widths, widths))[np.ix_(free, free)])
    inside = [parameter for parameter, is_free in zip(parameters, free, strict=True) if is_free]
    correction, quantile = _small_sample(evaluation)
    errors = dict.fromkeys((parameter.name for parameter in parameters), math.inf)
    variances = ((directions * deviations) ** 2).sum(axis=1)
    for parameter, width, variance in zip(inside, widths[free], variances, strict=True):
        if variance < 1.0:
            errors[parameter.name] = correction * float(width) * math.sqrt(variance)
    made = tuple(
        _estimate(parameter, float(x), errors[parameter.name], quantile, bound)
        for parameter, x, bound in zip(parameters, point, bounds, strict=True)
    )
    names = [parameter.name for parameter in inside]
    return made, tuple(
        _combination(names, direction, deviation)
        for direction, deviation in zip(directions.T, deviations, strict=True)
        if deviation >= 1.0
    )


def _small_sample(evaluation: Evaluation) -> tuple[float, float]:
    """Return the correction of standard errors, and half the width of an interval in standard errors."""
    from scipy.special import ndtri, stdtrit

    count, of_values = len(evaluation.residuals), evaluation.jacobian.any(axis=0)
    if not (evaluation.information.diagonal()[~of_values] > 0.0).any():
        return 1.0, float(ndtri(_UPPER))
    freedom = max(1, count - int(of_values.sum()))
    return math.sqrt(count / freedom), float(stdtrit(freedom, _UPPER))


def spectrum(information: Array) -> tuple[Array, Array]:
    """Return the standard deviation along each principal direction, and the directions as columns."""
    values, directions = np.linalg.eigh(information)
    with np.errstate(divide="ignore"):
        deviations = 1.0 / np.sqrt(np.where(values > _FLAT * values.max(initial=0.0), values, 0.0))
    return np.minimum(deviations, _INFINITE), directions


def _estimate(parameter: FitParameter, x: float, error: float, quantile: float, bound: str) -> Estimate:
    value = from_scale(x, parameter.scale)
    if not math.isfinite(error):
        return Estimate(parameter.name, value, None, None, None, bound)
    half = quantile * error
    lower, upper = from_scale(x - half, parameter.scale), from_scale(x + half, parameter.scale)
    return Estimate(
        parameter.name, value, error * slope_of_scale(value, parameter.scale), lower, upper, bound
    )


def _combination(names: list[str], direction: Array, deviation: float) -> Combination:
    order = np.argsort(-np.abs(direction).round(6), kind="stable")
    parts = tuple((names[i], float(direction[i])) for i in map(int, order))
    return Combination(parts, float(deviation) if deviation < _INFINITE else None)
