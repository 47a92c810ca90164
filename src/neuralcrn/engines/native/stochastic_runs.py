"""Blocks of stochastic runs in compiled code, with their moments."""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

import numpy as np

from neuralcrn.engines.native.compilation import kernel
from neuralcrn.engines.native.randomness import STATE_SIZE, start_stream
from neuralcrn.engines.native.stochastic import advance_stochastic
from neuralcrn.engines.outcome import SUCCESS


@kernel
def play_runs(noise, integers, floats, base, start, duration, event, seed, first, last, scratch, times, kept):
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
        rows[:] = start
        outcome, time, steps = advance_stochastic(
            noise, integers, floats, base, counts, duration, event, random_state, scratch, times, rows
        )
        total += steps
        if outcome != SUCCESS:
            return outcome, run, time, np.argmax(counts), total, mean, squares
        deviation = rows - mean
        mean += deviation / (run - first + 1)
        squares += deviation * (rows - mean)
    return SUCCESS, last, duration, -1, total, mean, squares
