"""Clocks with finite numbers of molecules: how many cycles they run, and how much these vary.

A turn grows from the molecules that the leak produces, leak times V per unit of time. The growth of so few is
random: the length of a turn of a restored ring varies by sqrt(trigamma(leak V)) / TOTAL, and with less than
about one molecule per unit of time the next turn is waited for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from neuralcrn.compiler.pot.clocks import Clock
from neuralcrn.engines import simulate_stochastic
from neuralcrn.errors import InvalidValueError
from neuralcrn.studies.clock.cycles import Vector

_SAMPLES = 200
"""Recorded times per nominal period."""
FEWEST, MOST = 1.0, 1e12
"""Molecules per unit concentration."""


@final
@dataclass(frozen=True, slots=True)
class MoleculeRun:
    """A clock with a number of molecules.

    Attributes
    ----------
    molecules : float
        Molecules per unit concentration.
    asked, cycles : int
        Nominal periods simulated, and completed cycles.
    period, jitter : float or None
        Mean duration of a cycle (time), and its standard deviation relative to it; None if fewer than two
        cycles were completed.
    integral, varying : float or None
        Mean integral of the gate of the first turn relative to the declared one, and its relative standard
        deviation.
    """

    molecules: float
    asked: int
    cycles: int
    period: float | None
    jitter: float | None
    integral: float | None
    varying: float | None


def run_with_molecules(clock: Clock, molecules: float, *, cycles: int = 100, seed: int = 0) -> MoleculeRun:
    """Simulate a clock stochastically with the method `hybrid`.

    Cycles are counted as in a pot, from dose to dose, at recorded times.

    Parameters
    ----------
    clock : Clock
        The clock.
    molecules : float
        Molecules per unit concentration, 1 to 1e12.
    cycles : int
        Duration in nominal periods.
    seed : int
        Seed of the random events.

    Raises
    ------
    InvalidValueError
        If the number of molecules is out of range.

    Examples
    --------
    >>> from neuralcrn.compiler.pot.clocks import CLOCKS
    >>> run = run_with_molecules(CLOCKS.find("squared-6"), 1e5, cycles=10)
    >>> run.cycles, run.jitter < 0.02
    (10, True)
    """
    if not FEWEST <= molecules <= MOST:
        raise InvalidValueError(f"molecules = {molecules:g}: give a number from {FEWEST:g} to {MOST:g}")
    end = cycles * clock.period * (1.0 + 1.0 / _SAMPLES)
    times = np.linspace(0.0, end, cycles * _SAMPLES + 2)
    amounts = zip(clock.network.species, clock.network.initial, strict=True)
    network = clock.network.with_initial({name: round(x * molecules) / molecules for name, x in amounts})
    ensemble = simulate_stochastic(
        network, end, times, method="hybrid", volume=molecules, seed=seed, keep_runs=True, threads=1
    )
    values = ensemble.mean / molecules
    place = clock.network.index
    reading = values[:, place[clock.read.species]] - clock.read.threshold
    dosing = values[:, place[clock.dose.species]] - clock.dose.threshold
    ends = np.array([0.0, *_ends(reading, dosing)])  # as fractional numbers of recorded times
    gate = clock.turns[0]
    flow = values[:, [place[name] for name in gate.species]].prod(axis=1)
    total = np.concatenate([[0.0], np.cumsum(0.5 * (flow[1:] + flow[:-1]) * np.diff(times))])
    period, jitter = _mean_and_variation(np.diff(ends) * times[1])
    at_ends = np.interp(ends, np.arange(len(times)), total)
    integral, varying = _mean_and_variation(np.diff(at_ends) / gate.integral)
    return MoleculeRun(molecules, cycles, len(ends) - 1, period, jitter, integral, varying)


def _ends(reading: Vector, dosing: Vector) -> Iterator[float]:
    """Yield where cycles end: where a dose crosses its threshold after a reading has done so."""
    armed = False
    for i in range(1, len(dosing)):
        before, after = float(dosing[i - 1]), float(dosing[i])
        armed = armed or reading[i - 1] < 0.0 <= reading[i]
        if armed and before < 0.0 <= after:
            yield i - after / (after - before)
            armed = False


def _mean_and_variation(values: Vector) -> tuple[float | None, float | None]:
    """Return the mean and the relative standard deviation; None for fewer than two values."""
    if len(values) < 2:
        return None, None
    mean = float(values.mean())
    return mean, float(values.std(ddof=1)) / mean if mean else math.nan
