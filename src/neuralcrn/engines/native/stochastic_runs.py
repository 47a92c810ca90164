"""Blocks of stochastic runs in compiled code, with their moments."""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

from collections import namedtuple

import numpy as np

from neuralcrn.engines.native.compilation import kernel
from neuralcrn.engines.native.randomness import STATE_SIZE, start_stream
from neuralcrn.engines.native.stochastic import advance_stochastic
from neuralcrn.engines.outcome import SUCCESS

Doses = namedtuple("Doses", "times species kept added")
"""Doses in ascending order of time: times, positions in the state, factors by which counts are multiplied,
and numbers of molecules that are added.
"""


@kernel
def play_dosed(
    noise, integers, floats, base, counts, duration, event, doses, random_state, scratch, times, records
):
    """Advance `counts` as `advance_stochastic` does, with doses; a record at the time of one contains it."""
    start, recorded, total, given = 0.0, 0, 0, 0
    while True:
        while given < len(doses.times) and doses.times[given] <= start:
            place = doses.species[given]
            counts[place] = doses.kept[given] * counts[place] + doses.added[given]
            given += 1
        last = given == len(doses.times)
        end = duration if last else min(duration, doses.times[given])
        until = recorded
        while until < len(times) and (times[until] < end or last):
            records[until] = counts
            until += 1
        outcome, time, steps = advance_stochastic(
            noise, integers, floats, base, counts, end - start, event, random_state, scratch,
            times[recorded:until] - start, records[recorded:until],
        )  # fmt: skip
        total += steps
        if outcome != SUCCESS or end == duration:
            return outcome, start + time, total
        start, recorded = end, until


@kernel
def play_runs(
    noise, integers, floats, base, start, duration, event, doses, seed, first, last, scratch, times, kept
):
    """Simulate runs first to last - 1 from the counts `start`, each with its own random numbers.

    ``kept[k]`` receives the counts of run first + k at `times`; the buffer is reused cyclically by later
    runs. Returns (outcome, run, time, index of the largest count, total number of steps, mean, sum of squared
    deviations), the last two per time and species, updated by Welford's algorithm.
    """
    random_state = np.empty(STATE_SIZE, dtype=np.uint64)
    mean, squares = np.zeros(kept.shape[1:]), np.zeros(kept.shape[1:])
    total = 0
    for run in range(first, last):
        start_stream(random_state, seed, run)
        counts = start.copy()
        rows = kept[(run - first) % len(kept)]
        outcome, time, steps = play_dosed(
            noise, integers, floats, base, counts, duration, event, doses, random_state, scratch, times, rows
        )
        total += steps
        if outcome != SUCCESS:
            return outcome, run, time, np.argmax(counts), total, mean, squares
        deviation = rows - mean
        mean += deviation / (run - first + 1)
        squares += deviation * (rows - mean)
    return SUCCESS, last, duration, -1, total, mean, squares
