"""Local search by Fisher scoring within bounds, and starting points.

A step minimises the quadratic model of the objective with the Fisher information as Hessian, damped as in the
method of Levenberg and Marquardt, exactly within the bounds (`scipy.optimize.lsq_linear`). For normal noise
of known size this is nonlinear least squares. The information is also known where the size of the noise is
estimated, so that a fit takes about a fifth of the evaluations of a quasi-Newton method. For Laplace noise
the model is that of iteratively reweighted least squares.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError
from neuralcrn.fitting.objective import Evaluation, Objective
from neuralcrn.fitting.parameters import to_scale
from neuralcrn.fitting.problem import FitProblem

Array = NDArray[np.float64]

_DAMPING, _LARGEST_DAMPING = 1e-3, 1e12
MAX_STARTS = 10_000
_STEP = 0.25
"""Largest step, as a part of the range of a parameter."""
_SMALL_STEPS = 3
"""Number of consecutive small decreases after which the search ends."""
_REDRAWN = 50
"""Maximum number of points drawn in place of one at which the simulation fails."""


@final
@dataclass(frozen=True, slots=True)
class LocalFit:
    """Result of one start.

    Attributes
    ----------
    start, point : tuple of float, length n_parameters
        First and last point, on the scales of the parameters.
    value : float
        Objective at the last point; infinite if it could not be evaluated at any starting point.
    evaluations : int
        Number of evaluations of objective and gradient.
    converged : bool
        Whether the search ended because the objective does not decrease further.
    """

    start: tuple[float, ...]
    point: tuple[float, ...]
    value: float
    evaluations: int
    converged: bool


class Box(NamedTuple):
    """Bounds of the estimated parameters on their scales."""

    lower: Array
    upper: Array

    @classmethod
    def of(cls, problem: FitProblem) -> Box:
        """Return the bounds of a problem."""
        return cls(*np.array([parameter.range for parameter in problem.estimated]).reshape(-1, 2).T)

    def clip(self, point: Array) -> Array:
        """Return the nearest point within the bounds."""
        return np.clip(point, self.lower, self.upper)


def starting_points(problem: FitProblem, count: int, seed: int = 0) -> Array:
    """Return starting points: the nominal values, then a latin hypercube in the ranges of starts.

    Parameters
    ----------
    problem : FitProblem
        The problem.
    count : int
        Number of points, at least 1.
    seed : int
        Seed of the latin hypercube.

    Returns
    -------
    ndarray, shape (count, n_parameters)
        On the scales of the parameters, within the bounds.
    """
    from scipy.stats import qmc

    check_starts(count)
    first = np.array([to_scale(parameter.nominal, parameter.scale) for parameter in problem.estimated])
    lower, upper = _start_ranges(problem)
    drawn = qmc.LatinHypercube(len(first), rng=np.random.default_rng(seed)).random(count - 1)
    return Box.of(problem).clip(
        np.vstack([np.nan_to_num(first, nan=-math.inf), lower + (upper - lower) * drawn])
    )


def check_starts(count: int) -> None:
    """Reject a number of starts that is out of range."""
    if not 1 <= count <= MAX_STARTS:
        raise InvalidValueError(f"starts = {count}: from 1 to {MAX_STARTS:,} are possible")


def redrawn(problem: FitProblem, point: Array, seed: Iterable[int]) -> Iterator[Array]:
    """Yield a starting point, and then random ones in its place."""
    yield point
    lower, upper = _start_ranges(problem)
    rng = np.random.default_rng([*seed])
    for _ in range(_REDRAWN):
        yield lower + (upper - lower) * rng.random(len(point))


def local_fit(
    objective: Objective,
    points: Iterable[Array],
    *,
    box: Box | None = None,
    evaluations: int = 500,
    tolerance: float = 1e-9,
) -> LocalFit:
    """Minimise the objective from the first point at which it is finite.

    Parameters
    ----------
    objective : Objective
        The objective.
    points : iterable of ndarray, shape (n_parameters,)
        Starting points; see `redrawn`.
    box : Box, optional
        Bounds, if they are not those of the problem.
    evaluations : int
        Maximum number of evaluations.
    tolerance : float
        Relative decrease of the objective that counts as small.
    """
    used, point, here = 0, np.empty(0), None
    for point in points:
        used, here = used + 1, objective.at(point)
        if math.isfinite(here.value):
            break
    first = tuple(point.tolist())
    if here is None or not math.isfinite(here.value):
        return LocalFit(first, first, math.inf, used, converged=False)
    box, damping, small = box or Box.of(objective.problem), _DAMPING, 0
    while used < evaluations and small < _SMALL_STEPS and damping < _LARGEST_DAMPING:
        step, predicted = _step(here, point, box, damping)
        enough = tolerance * (1.0 + abs(here.value))
        if predicted < 1e-3 * enough:
            small = _SMALL_STEPS
            break
        trial = box.clip(point + step)
        used, there = used + 1, objective.at(trial)
        decrease = here.value - there.value  # minus infinity where a simulation fails
        if not decrease > 0.0:
            damping *= 4.0
            continue
        damping *= 0.2 if decrease > 0.75 * predicted else 2.0 if decrease < 0.25 * predicted else 1.0
        damping, small = max(damping, 1e-12), small + 1 if decrease < enough else 0
        point, here = trial, there
    converged = small >= _SMALL_STEPS or damping >= _LARGEST_DAMPING
    return LocalFit(first, tuple(point.tolist()), here.value, used, converged)


def _step(here: Evaluation, point: Array, box: Box, damping: float) -> tuple[Array, float]:
    """Return the minimiser of the damped quadratic model within the bounds, and the decrease of the model."""
    from scipy.optimize import lsq_linear

    hessian, width = here.curvature, box.upper - box.lower
    diagonal = np.diag(hessian)
    scale = np.sqrt(np.maximum(diagonal, 1e-10 * diagonal.max(initial=0.0)) + 1e-30)  # unit diagonal
    model = hessian / np.outer(scale, scale) + (damping + 1e-12) * np.eye(len(point))
    factor = np.linalg.cholesky(model)
    largest = _STEP * width * scale
    lower = np.maximum((box.lower - point) * scale, -largest)
    upper = np.minimum((box.upper - point) * scale, largest)
    target = -np.linalg.solve(factor, here.gradient / scale)
    # the bounds must differ at a bound of the box
    found = lsq_linear(factor.T, target, (np.minimum(lower, -1e-300), np.maximum(upper, 1e-300)), "bvls")
    step = found.x / scale
    return step, float(-(here.gradient @ step + 0.5 * step @ hessian @ step))


def _start_ranges(problem: FitProblem) -> tuple[Array, Array]:
    ranges = np.array([parameter.starts for parameter in problem.estimated]).reshape(-1, 2)
    return ranges[:, 0], ranges[:, 1]
