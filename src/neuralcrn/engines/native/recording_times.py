"""Times at which runs are recorded."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError

RECORD_LIMIT = 50_000_000
"""Maximum number of recorded values."""


def checked_times(
    t_end: float, times: Sequence[float] | NDArray[np.float64] | None, species: int
) -> NDArray[np.float64]:
    """Return the recording times as an array; reject invalid times and records that are too large."""
    if not (math.isfinite(t_end) and t_end > 0.0):
        raise InvalidValueError(f"t_end = {t_end}: it must be positive and finite")
    if times is None:
        return np.linspace(0.0, t_end, 101)
    grid = np.asarray(times, dtype=np.float64)
    if grid.ndim != 1 or not len(grid) or not (np.isfinite(grid).all() and np.all(np.diff(grid) > 0.0)):
        raise InvalidValueError("times: one ascending list of at least one finite time is needed")
    if grid[0] < 0.0 or grid[-1] > t_end:
        raise InvalidValueError(f"times: {grid[0]:g} to {grid[-1]:g} do not lie within [0, {t_end:g}]")
    if len(grid) * species > RECORD_LIMIT:
        raise InvalidValueError(
            f"times: {len(grid):,} times of {species:,} species are {len(grid) * species:,} numbers: at most "
            f"{RECORD_LIMIT:,} are recorded: ask for fewer times"
        )
    return grid
