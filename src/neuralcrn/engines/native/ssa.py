"""Exact stochastic simulation: the direct method with a dependency graph and block sums.

Gillespie 1977 (doi:10.1021/j100540a008): the time to the next jump is exponentially distributed with the
total propensity, and the channel is chosen in proportion to its propensity. After a jump only dependent
propensities are recomputed (Gibson and Bruck 2000, doi:10.1021/jp993732q). The search goes over the sums of
blocks of channels, then over one block; small networks are one block.

Sums are updated by differences, so rounding errors accumulate. They are recomputed after a number of jumps,
and when the total has become so small that old errors would matter.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

import numpy as np

from neuralcrn.engines.native.channels import fire, propensity, store
from neuralcrn.engines.native.compilation import at, kernel
from neuralcrn.engines.native.jumps import AT_SUMS, BLOCK_BITS, BLOCK_COUNT, DEPENDENT, DEPENDENT_POINTER
from neuralcrn.engines.native.randomness import exponential, uniform
from neuralcrn.engines.outcome import BLOW_UP, MAX_STEPS, SUCCESS

_SUMMED_ANEW = 4096
"""Jumps."""
_FALLEN = 1e-4
"""Fraction of an exact total below which the running total is recomputed: its relative error stays below
1e-8.
"""
_SMALLEST = 1e-300
"""A smaller total is considered zero, unless recomputed."""


@kernel
def summed(channels, sums, bits):
    """Sum the propensities of every block and return their total."""
    total = 0.0
    for block in range(len(sums)):
        partial = 0.0
        for channel in range(block << bits, min(channels.size, (block + 1) << bits)):
            partial += channels.propensities[at(channel)]
        sums[at(block)] = partial
        total += partial
    return total


@kernel
def jump(
    channels, integers, base, t, duration, watched, threshold, random_state, budget, scratch, times, records
):
    """Jump from `t` to the duration, to the threshold of the watched species, or `budget` times.

    `watched` is an index of the row of counts, or -1. Returns (outcome, time, jumps, whether the threshold
    was crossed).
    """
    counts, propensities = channels.counts, channels.propensities
    pointer = integers[integers[base + DEPENDENT_POINTER] :]
    dependent = integers[integers[base + DEPENDENT] :]
    sums = scratch[integers[base + AT_SUMS] :][: integers[base + BLOCK_COUNT]]
    bits = integers[base + BLOCK_BITS]
    for channel in range(channels.size):
        propensities[channel] = propensity(channels, channel)
    total, lowest, due = 0.0, np.inf, 0  # recomputed at the start
    recorded, jumps, goal, blocks = 0, 0, 0.0, len(sums)
    below = watched >= 0 and counts[watched] < threshold
    while True:
        if jumps >= due or not total >= lowest:
            if jumps >= budget:
                return MAX_STEPS, t, jumps, False
            total = summed(channels, sums, bits)
            if not total < 1e300:
                return BLOW_UP, t, jumps, False
            lowest, due = max(_FALLEN * total, _SMALLEST), min(budget, jumps + _SUMMED_ANEW)
        after = t + exponential(random_state) / total
        if after >= goal:
            while recorded < len(times) and times[recorded] <= after:
                store(channels, records[recorded])
                recorded += 1
            if after >= duration:
                return SUCCESS, duration, jumps, False
            goal = times[recorded] if recorded < len(times) else duration
        share = uniform(random_state) * total
        channel, last = 0, channels.size - 1
        if blocks > 1:
            block = 0
            while block < blocks - 1 and sums[at(block)] <= share:
                share -= sums[at(block)]
                block += 1
            channel, last = block << bits, min(last, ((block + 1) << bits) - 1)
        reached = propensities[at(channel)]
        while reached <= share and channel < last:
            channel += 1
            reached += propensities[at(channel)]
        if not share < reached:  # beyond the last channel due to rounding: recompute, then draw again
            due = jumps
            continue
        fire(channels, channel, 1.0)
        t = after
        jumps += 1
        if watched >= 0:
            if below and counts[watched] >= threshold:
                return SUCCESS, t, jumps, True
            below = counts[watched] < threshold
        for i in range(pointer[at(channel)], pointer[at(channel + 1)]):
            other = dependent[at(i)]
            value = propensity(channels, other)
            difference = value - propensities[at(other)]
            propensities[at(other)] = value
            if blocks > 1:
                sums[at(other >> bits)] += difference
            total += difference
