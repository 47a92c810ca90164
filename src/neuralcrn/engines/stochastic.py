"""One stochastic run: a network's counts from 0 to its end, by the method that is asked for."""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

from collections import namedtuple

from neuralcrn.engines.channels import load, place_of, store
from neuralcrn.engines.compilation import kernel
from neuralcrn.engines.leaps import leap
from neuralcrn.engines.outcome import NO_EVENT, SUCCESS
from neuralcrn.engines.ssa import jump

SSA, TAU, LANGEVIN = range(3)
"""Methods as integers, for compiled code."""

Noise = namedtuple("Noise", "method volume epsilon max_steps")
"""Method, molecules per unit concentration, change of propensities in a leap, most steps of a run."""


@kernel
def advance_stochastic(
    noise, integers, floats, base, state, duration, event, random_state, scratch, times, records
):
    """Advance the counts of `state` in place over `duration`, or until a species rises to a threshold.

    `state` holds numbers of molecules: whole ones, except for the Langevin equation. The `event` is one of
    `integrate.Event`, its threshold a number of molecules; leaps look at it only where they end.
    ``records[k]`` receives the species that change at ``times[k]``, for as many ascending times as are
    given. Returns (outcome, time reached, jumps or leaps).
    """
    channels = load(integers, floats, base, state, noise.volume, scratch)
    waiting, watched = event.species >= 0, place_of(channels, event.species)
    if noise.method == SSA:
        outcome, time, steps, passed = jump(
            channels, integers, base, 0.0, duration, watched, event.threshold, random_state, noise.max_steps,
            scratch, times, records,
        )  # fmt: skip
    else:
        outcome, time, steps, passed = leap(
            channels, integers, base, duration, watched, event.threshold, random_state, noise.method == TAU,
            noise.epsilon, noise.max_steps, scratch, times, records,
        )  # fmt: skip
    store(channels, state)
    if outcome == SUCCESS and waiting and not passed:
        outcome = NO_EVENT
    return outcome, time, steps
