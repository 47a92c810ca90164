"""One stochastic run of a network, with the selected method."""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

from collections import namedtuple

import numpy as np

from neuralcrn.engines.native.channels import load, place_of, store
from neuralcrn.engines.native.compilation import kernel
from neuralcrn.engines.native.hybrid import advance_hybrid
from neuralcrn.engines.native.leaps import leap
from neuralcrn.engines.native.ssa import jump
from neuralcrn.engines.outcome import BLOW_UP, MAX_STEPS, NO_EVENT, SUCCESS

SSA, TAU, LANGEVIN, HYBRID = range(4)
"""Methods as integers, for compiled code."""

Noise = namedtuple("Noise", "method volume epsilon limit")
"""Method, molecules per unit concentration, change of propensities in a leap, maximum number of steps of a
run. The last is an array with one element, so that another thread can set it to 0 to end the run.
"""

_PART = 2**20  # jumps of an exact run between two checks of the limit
_JUMPS_PER_LEAP = 64  # cost of simulated jumps per leap of the look-ahead


@kernel
def runs_away(channels, integers, base, duration, random_state, epsilon, leaps, scratch):
    """Return whether leaping ahead makes a count too large to simulate; only then counts are changed."""
    counts, ahead, limit = channels.counts.copy(), random_state.copy(), np.full(1, leaps)
    outcome, _, _, _ = leap(
        channels, integers, base, duration, -1, 0.0, ahead, True, epsilon, limit, scratch,
        np.empty(0), np.empty((0, 0)),
    )  # fmt: skip
    if outcome != BLOW_UP:
        channels.counts[:] = counts
    return outcome == BLOW_UP


@kernel
def jump_in_parts(
    channels, integers, base, duration, watched, threshold, random_state, noise, scratch, times, records
):
    """Jump to the duration or the threshold as `jump` does, unless a population explodes.

    A population that grows faster than exponentially reaches any size in finite time, with more jumps than
    can be simulated. Therefore, each time the number of jumps has doubled, the future is estimated by leaps.
    If a population explodes, the counts are those at which the leaps stopped.
    """
    t, jumps, recorded, look = 0.0, 0, 0, _PART
    while True:
        part = min(_PART, noise.limit[0] - jumps)
        outcome, t, used, passed = jump(
            channels, integers, base, t, duration, watched, threshold, random_state, part, scratch,
            times[recorded:], records[recorded:],
        )  # fmt: skip
        jumps += used
        if outcome != MAX_STEPS or jumps >= noise.limit[0]:
            return outcome, t, jumps, passed
        while recorded < len(times) and times[recorded] <= t:
            recorded += 1
        if jumps >= look:
            look *= 2
            leaps = jumps // _JUMPS_PER_LEAP
            if runs_away(channels, integers, base, duration - t, random_state, noise.epsilon, leaps, scratch):
                return BLOW_UP, t, jumps, False


@kernel
def advance_stochastic(
    noise, integers, floats, base, state, duration, event, random_state, scratch, times, records
):
    """Advance the counts of `state` in place over `duration`, or until a species rises above a threshold.

    `state` contains numbers of molecules, which are integers except for the Langevin equation. The `event` is
    an `integrate.Event` whose threshold is a number of molecules; leaps check it only at their ends.
    ``records[k]`` receives the changing species at ``times[k]``, for all ascending times. Returns (outcome,
    time reached, jumps or leaps); the count of an exploding population is then the largest.
    """
    channels = load(integers, floats, base, state, noise.volume, scratch)
    waiting, watched = event.species >= 0, place_of(channels, event.species)
    if noise.method == SSA:
        outcome, time, steps, passed = jump_in_parts(
            channels, integers, base, duration, watched, event.threshold, random_state, noise, scratch,
            times, records,
        )  # fmt: skip
    elif noise.method == HYBRID:
        outcome, time, steps, passed = advance_hybrid(
            channels, integers, base, duration, watched, event.threshold, random_state, noise.epsilon,
            noise.limit, scratch, times, records,
        )  # fmt: skip
    else:
        outcome, time, steps, passed = leap(
            channels, integers, base, duration, watched, event.threshold, random_state, noise.method == TAU,
            noise.epsilon, noise.limit, scratch, times, records,
        )  # fmt: skip
    store(channels, state)
    if outcome == SUCCESS and waiting and not passed:
        outcome = NO_EVENT
    return outcome, time, steps
