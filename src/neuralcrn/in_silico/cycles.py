"""Period and amplitude of simulated oscillations."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError

Array = NDArray[np.float64]

_SMALLEST = 1e-6
"""Variation, relative to the largest value, that is considered an oscillation."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Cycles:
    """Complete cycles of one quantity.

    A cycle lasts from one increase through the middle between the extremes of the settled quantity to the
    next.

    Attributes
    ----------
    periods : ndarray, shape (n_cycles,), time
        Duration of each cycle.
    amplitudes : ndarray, shape (n_cycles,)
        Half the difference between the extremes of each cycle.
    """

    periods: Array
    amplitudes: Array

    @property
    def period(self) -> float:
        """Median period; NaN without a cycle."""
        return float(np.median(self.periods)) if len(self.periods) else float("nan")

    @property
    def amplitude(self) -> float:
        """Median amplitude; 0 without a cycle."""
        return float(np.median(self.amplitudes)) if len(self.amplitudes) else 0.0

    @property
    def growth(self) -> float:
        """Change of the amplitude per cycle, relative to it; NaN with less than two cycles."""
        if len(self.amplitudes) < 2:
            return float("nan")
        return float((self.amplitudes[-1] / self.amplitudes[0]) ** (1.0 / (len(self.amplitudes) - 1)) - 1.0)


def measure_cycles(times: Array, values: Array) -> Cycles:
    """Return the complete cycles of one quantity over time.

    The crossings are interpolated linearly, and the extremes by parabolas through three samples.

    Parameters
    ----------
    times : ndarray, shape (n_times,), time
        Ascending and equally spaced; a hundred per period or more.
    values : ndarray, shape (n_times,)
        The quantity, after transients.

    Examples
    --------
    >>> times = np.linspace(0.0, 50.0, 1001)
    >>> cycles = measure_cycles(times, 2.0 + 0.3 * np.sin(times))
    >>> len(cycles.periods), round(cycles.period, 4), round(cycles.amplitude, 4)
    (7, 6.2832, 0.3)
    >>> measure_cycles(times, np.exp(-times)).periods
    array([], dtype=float64)
    """
    if len(times) != len(values) or len(times) < 3:
        raise InvalidValueError(f"{len(times)} times and {len(values)} values: give as many, at least 3")
    low, high = float(values.min()), float(values.max())
    if high - low <= _SMALLEST * max(abs(low), abs(high)):
        return Cycles(np.zeros(0), np.zeros(0))
    middle = 0.5 * (low + high)
    rises = np.flatnonzero((values[:-1] < middle) & (values[1:] >= middle))
    share = (middle - values[rises]) / (values[rises + 1] - values[rises])
    crossings = times[rises] + share * (times[rises + 1] - times[rises])
    spans = [values[begin : end + 1] for begin, end in itertools.pairwise(rises)]
    amplitudes = [0.5 * (_peak(span) + _peak(-span)) for span in spans]
    return Cycles(np.diff(crossings), np.array(amplitudes))


def _peak(values: Array) -> float:
    """Return the maximum of a parabola through the largest sample and its neighbours."""
    place = int(np.argmax(values))
    if not 0 < place < len(values) - 1:
        return float(values[place])
    before, at, after = (float(value) for value in values[place - 1 : place + 2])
    bend = before - 2.0 * at + after
    return at - (after - before) ** 2 / (8.0 * bend) if bend else at
