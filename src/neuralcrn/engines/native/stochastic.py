"""One stochastic run: a network's counts from 0 to its end, by the method that is asked for."""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

from collections import namedtuple

import numpy as np

from neuralcrn.engines.native.channels import load, place_of, store
from neuralcrn.engines.native.compilation import kernel
from neuralcrn.engines.native.leaps import leap
from neuralcrn.engines.native.ssa import jump
from neuralcrn.engines.outcome import BLOW_UP, MAX_STEPS, NO_EVENT, SUCCESS

SSA, TAU, LANGEVIN = range(3)
"""Methods as integers, for compiled code."""

Noise = namedtuple("Noise", "method volume epsilon limit")
"""Method, molecules per unit concentration, change of propensities in a leap, most steps of a run. The last
is an array of one number, so that another thread can make it 0 and end the run."""

_PART = 2**20  # jumps of an exact run between two looks at the limit
_JUMPS_PER_LEAP = 64  # how much cheaper looking ahead is than what has been simulated


@kernel
def runs_away(channels, integers, base, duration, random_state, epsilon, leaps, scratch):
    """Tell whether leaping ahead makes a count too large for any simulation; only then counts are changed."""
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
    """Jump to the duration or the threshold as `jump` does, unless a population is about to run away.

    One that grows faster than in proportion to itself reaches any size in finite time, by more jumps than
    can be simulated. So whenever the number of jumps has doubled, leaps say what is ahead. Then the counts
    are those at which they were stopped.
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
    """Advance the counts of `state` in place over `duration`, or until a species rises to a threshold.

    `state` holds numbers of molecules: whole ones, except for the Langevin equation. The `event` is one of
    `integrate.Event`, its threshold a number of molecules; leaps look at it only where they end.
    ``records[k]`` receives the species that change at ``times[k]``, for as many ascending times as are
    given. Returns (outcome, time reached, jumps or leaps); of a population that runs away the count is then
    the largest.
    """
    channels = load(integers, floats, base, state, noise.volume, scratch)
    waiting, watched = event.species >= 0, place_of(channels, event.species)
    if noise.method == SSA:
        outcome, time, steps, passed = jump_in_parts(
            channels, integers, base, duration, watched, event.threshold, random_state, noise, scratch,
            times, records,
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
