"""Simulate any network deterministically."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry.network import Network
from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.packing import pack
from neuralcrn.engines.reduction import initial_state, reduce_network
from neuralcrn.engines.trajectory import Trajectory
from neuralcrn.errors import InvalidValueError


def simulate(
    network: Network,
    t_end: float,
    times: Sequence[float] | NDArray[np.float64] | None = None,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-12,
    max_steps: int = 1_000_000,
) -> Trajectory:
    r"""Integrate the mass-action equations of a network from its initial concentrations.

    Parameters
    ----------
    network : Network
        Reactions and initial concentrations.
    t_end : float, time units of the rate constants
        End of the run, > 0.
    times : array-like, shape (n_times,), optional
        Ascending times in [0, t_end] at which to record; 101 equally spaced ones by default. The
        steps do not depend on them: the solution between steps comes from the method's own
        interpolant.
    rtol, atol : float
        Relative tolerance and absolute tolerance (concentration) of each step.
    max_steps : int
        Most steps before the run is given up.

    Returns
    -------
    Trajectory
        With `outcome` telling how the run ended; after a failure it holds the times reached.

    Raises
    ------
    InvalidValueError
        If a time or a tolerance is out of range.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> decay = parse_network("A -> B [k = 2]\nA @initial 1")
    >>> float(abs(simulate(decay, 1.0)["B"][-1] - (1 - np.exp(-2.0)))) < 1e-6
    True
    """
    from neuralcrn.engines.integrate import Controls, integrate
    from neuralcrn.engines.steps import FUNCTION_COUNT

    grid = _checked_times(t_end, times)
    for name, value, low, high in (("rtol", rtol, 1e-14, 0.1), ("atol", atol, 0.0, 1e300)):
        if not (low <= value <= high and value > 0.0):
            raise InvalidValueError(f"{name} = {value}: it must be positive and within [{low:g}, {high:g}]")
    if max_steps < 1:
        raise InvalidValueError(f"max_steps = {max_steps}: it must be at least 1")
    reduction = reduce_network(network, separate_quadratures=False)
    system = pack(reduction)
    state = initial_state(network)
    values = np.tile(state, (len(grid), 1))
    inner = grid[grid > 0.0]
    records = np.full((len(inner), len(reduction.core)), np.nan)
    functions = np.zeros(FUNCTION_COUNT, dtype=np.int64)
    controls = Controls(float(rtol), float(atol), int(max_steps))
    scratch = np.zeros(system.scratch_size)
    outcome, end, steps = integrate(
        system.integers, system.floats, 0, functions, state, float(t_end), controls, scratch, inner, records
    )
    if not reduction.core:
        records = records.reshape(len(inner), 0)
    values[len(grid) - len(inner) :, list(reduction.core)] = records
    reached = len(grid) if outcome == Outcome.SUCCESS else int(np.searchsorted(grid, end, side="right"))
    reached = min(reached, len(grid) - int(np.isnan(records).any(axis=1).sum()))
    return Trajectory(
        network.species, grid[:reached], values[:reached], Outcome(outcome), float(end), int(steps)
    )


def _checked_times(t_end: float, times: Sequence[float] | NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Return the recording times as an array, or refuse them."""
    if not (math.isfinite(t_end) and t_end > 0.0):
        raise InvalidValueError(f"t_end = {t_end}: it must be positive and finite")
    if times is None:
        return np.linspace(0.0, t_end, 101)
    grid = np.asarray(times, dtype=np.float64)
    if grid.ndim != 1 or not len(grid) or not (np.isfinite(grid).all() and np.all(np.diff(grid) > 0.0)):
        raise InvalidValueError("times: one ascending list of at least one finite time is needed")
    if grid[0] < 0.0 or grid[-1] > t_end:
        raise InvalidValueError(f"times: {grid[0]:g} to {grid[-1]:g} do not lie within [0, {t_end:g}]")
    return grid
