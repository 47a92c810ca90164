"""Exact stochastic simulation: the direct method with a dependency graph and sums of blocks.

Gillespie 1977 (doi:10.1021/j100540a008): the time to the next jump is exponential with the total
propensity, the channel is chosen in proportion to its own. After a jump only the propensities that
depend on it are computed anew (Gibson and Bruck 2000, doi:10.1021/jp993732q). The search goes over the
sums of blocks of channels, then over one block; small networks are one block.

Sums are kept by differences, so rounding errors would pile up: they are summed anew after so many jumps,
and when the total has fallen far below what it was, where the old errors would begin to count.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

import numpy as np

from neuralcrn.engines.channels import fire, propensity, store
from neuralcrn.engines.compilation import at, kernel
from neuralcrn.engines.jumps import AT_SUMS, BLOCK_BITS, BLOCK_COUNT, DEPENDENT, DEPENDENT_POINTER
from neuralcrn.engines.outcome import BLOW_UP, MAX_STEPS, SUCCESS
from neuralcrn.engines.randomness import exponential, uniform

_SUMMED_ANEW = 4096
"""Jumps."""
_FALLEN = 1e-4
"""Part of its peak below which the total is summed anew: its relative error stays under 1e-8."""


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
def chosen_channel(channels, sums, bits, share):
    """Return the channel in whose part of the total `share` lies, or -1 if rounding left it behind the last.

    One of propensity 0 is never chosen.
    """
    block, blocks, before = 0, len(sums), 0.0
    while block < blocks - 1 and before + sums[at(block)] <= share:
        before += sums[at(block)]
        block += 1
    share -= before
    channel, last = block << bits, min(channels.size, (block + 1) << bits) - 1
    reached = channels.propensities[at(channel)]
    while reached <= share and channel < last:
        channel += 1
        reached += channels.propensities[at(channel)]
    return channel if share < reached else -1


@kernel
def jump(
    channels, integers, base, t, duration, watched, threshold, random_state, budget, scratch, times, records
):
    """Jump from `t` to the duration, to the watched species' threshold, or `budget` times.

    `watched` is a place of the row of counts, -1 for none. Returns (outcome, time, jumps, whether
    the threshold was passed).
    """
    counts, propensities = channels.counts, channels.propensities
    pointer = integers[integers[base + DEPENDENT_POINTER] :]
    dependent = integers[integers[base + DEPENDENT] :]
    sums = scratch[integers[base + AT_SUMS] :][: integers[base + BLOCK_COUNT]]
    bits = integers[base + BLOCK_BITS]
    for channel in range(channels.size):
        propensities[channel] = propensity(channels, channel)
    total = summed(channels, sums, bits)
    peak, due = total, _SUMMED_ANEW
    recorded, jumps = 0, 0
    while True:
        if jumps >= due or total < _FALLEN * peak:
            total = summed(channels, sums, bits)
            peak, due = total, jumps + _SUMMED_ANEW
        if not total < 1e300:
            return BLOW_UP, t, jumps, False
        after = t + exponential(random_state) / total if total > 0.0 else np.inf
        while recorded < len(times) and times[recorded] < after:
            store(channels, records[recorded])
            recorded += 1
        if after >= duration:
            return SUCCESS, duration, jumps, False
        if jumps >= budget:
            return MAX_STEPS, t, jumps, False
        channel = chosen_channel(channels, sums, bits, uniform(random_state) * total)
        if channel < 0:
            due = jumps  # sum anew, then draw again
            continue
        before = counts[watched] if watched >= 0 else 0.0
        fire(channels, channel, 1.0)
        t = after
        jumps += 1
        if watched >= 0 and before < threshold <= counts[watched]:
            return SUCCESS, t, jumps, True
        for i in range(pointer[at(channel)], pointer[at(channel + 1)]):
            other = dependent[at(i)]
            value = propensity(channels, other)
            difference = value - propensities[at(other)]
            propensities[at(other)] = value
            sums[at(other >> bits)] += difference
            total += difference
