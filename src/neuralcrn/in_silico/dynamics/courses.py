"""Trajectories of given equations and of the network that approximates them, from the same initial values."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines import simulate
from neuralcrn.errors import InvalidValueError, SimulationError
from neuralcrn.in_silico.dynamics.approximate import Approximation
from neuralcrn.in_silico.dynamics.equations import Box, Equations

Matrix = NDArray[Any]

_CROSSINGS = {1: 4.0}
_MORE_CROSSINGS = 8.0
"""Default duration, in times in which the slowest variable crosses the box at its typical speed: by number of
variables, and for more.
"""
_POINTS = 600
_RTOL = 1e-8


class Course(NamedTuple):
    """Two trajectories.

    Attributes
    ----------
    times : ndarray, shape (n_times,)
    given, found : ndarray, shape (n_times, n_variables)
        Solution of the equations, and simulated reactions; nan from where they leave the box, and in all
        places if a simulation stops early.
    """

    times: Matrix
    given: Matrix
    found: Matrix


def check_duration(t_end: float | None) -> None:
    """Check the duration of a trajectory, if one is given.

    Raises
    ------
    InvalidValueError
        If it is not positive or not finite.
    """
    if t_end is not None and not 0.0 < t_end < np.inf:
        raise InvalidValueError(f"t_end = {t_end:g}: it must be positive and finite")


def course_of(
    approximation: Approximation, start: Sequence[float] | Matrix | None = None, t_end: float | None = None
) -> Course:
    """Return the trajectories of an approximation and of its equations.

    Parameters
    ----------
    approximation : Approximation
        The trained network.
    start : array-like, shape (n_variables,), concentration, optional
        Initial concentrations in the box; by default those of the approximation.
    t_end : float, time, optional
        Duration; by default that in which a typical slope crosses the box four times, or eight times with
        several variables.

    Raises
    ------
    InvalidValueError
        If the duration is not positive.

    Examples
    --------
    >>> from neuralcrn.in_silico.dynamics import approximate_dynamics
    >>> logistic = approximate_dynamics("dx = x*(1 - x)", ["x=0.2:2"], nodes=2, starts=2)
    >>> course = course_of(logistic, [0.5], 8.0)
    >>> bool(abs(course.given[-1, 0] - 1.0) < 0.01), bool(abs(course.found[-1, 0] - 1.0) < 0.01)
    (True, True)
    """
    check_duration(t_end)
    box = approximation.box
    begin = np.array(approximation.start if start is None else start, dtype=np.float64)
    width = np.array(box.high) - np.array(box.low)
    crossings = _CROSSINGS.get(len(begin), _MORE_CROSSINGS)
    end = crossings * float((width / approximation.scale).max()) if t_end is None else t_end
    times = np.linspace(0.0, end, _POINTS)
    given, found = (
        _solution(approximation.equations, box, begin, times),
        np.full((_POINTS, len(begin)), np.nan),
    )
    with suppress(SimulationError):  # outside the box its concentrations may grow without bound
        run = simulate(approximation.recurrent.network(begin), end, times)
        reached = np.stack([run[name] for name in approximation.equations.names], axis=1)
        found[: len(reached)] = reached  # the simulation may also end early
    return Course(times, _inside(box, given), _inside(box, found))


def _solution(equations: Equations, box: Box, start: Matrix, times: Matrix) -> Matrix:
    """Solve the equations until they leave the box."""
    from scipy.integrate import solve_ivp

    low, high = np.array(box.low), np.array(box.high)

    def margin(_: float, x: Matrix) -> float:
        return float(np.minimum(x - low, high - x).min() + 1e-9 * (high - low).max())

    margin.terminal = True  # pyright: ignore[reportFunctionMemberAccess]
    solved = solve_ivp(
        lambda _, x: equations.field(x[np.newaxis])[0], (0.0, times[-1]), start, "LSODA", times,
        events=margin, rtol=_RTOL, atol=1e-10,
    )  # fmt: skip
    values = np.full((len(times), len(start)), np.nan)
    values[: len(solved.t)] = solved.y.T
    return values


def _inside(box: Box, values: Matrix) -> Matrix:
    """Return a trajectory with nan from where it leaves the box."""
    outside = ((values < np.array(box.low)) | (values > np.array(box.high))).any(axis=1)
    return np.where(np.logical_or.accumulate(outside)[:, np.newaxis], np.nan, values)
