"""Tau-leaping and the chemical Langevin equation: many firings per step.

Both choose a step in which no propensity changes by more than about the fraction epsilon (Cao, Gillespie and
Petzold 2006, doi:10.1063/1.2159468, equations 33 and 34). One limit is added: at most the fraction epsilon of
a species may be consumed in a step. The published rule limits only the net change, which vanishes for a
balanced fast reversible pair, so that an explicit step can become unstable.

The Langevin equation has no boundary at 0: its solutions become negative or complex (Schnoerr, Sanguinetti
and Grima 2014, doi:10.1063/1.4885345), and truncation at 0 introduces a bias. Therefore channels that change
a scarce species fire in jumps, as in exact simulation, and only the others diffuse (Salis and Kaznessis 2005,
doi:10.1063/1.1835951; Ganguly, Altintan and Koeppl 2015, doi:10.1137/140983471). The extent of both kinds has
the mean and the variance ``a h`` in a short time h, so the moments of linear networks do not depend on the
assignment of channels.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

import math

import numpy as np

from neuralcrn.engines.native.channels import fire, propensity, store
from neuralcrn.engines.native.compilation import kernel
from neuralcrn.engines.native.jumps import (
    AT_BEFORE,
    AT_DRIFT,
    AT_OUTFLOW,
    AT_SCARCE,
    AT_SPREAD,
    HIGHEST_ORDER,
    HIGHEST_POWER,
)
from neuralcrn.engines.native.randomness import exponential, normal, poisson, uniform
from neuralcrn.engines.native.ssa import jump
from neuralcrn.engines.outcome import BLOW_UP, MAX_STEPS, SUCCESS

_SCARCE = 10.0  # firings that exhaust a reactant: with fewer, a channel fires at most once per leap
_SHORT = 10.0  # minimum number of jumps that a leap must replace
_EXACT_JUMPS = 100
_LARGEST_COUNT = 2.0**53


@kernel
def assess(channels, scarce, leaping, epsilon):
    """Compute propensities; mark channels that fire in jumps; return the total, and the total of the marked
    ones.

    In a leap these are channels that few firings would exhaust. In diffusion they are channels that change a
    species by more than the fraction epsilon, in either direction since extents can have both signs.
    """
    few = _SCARCE if leaping else max(_SCARCE, 1.0 / epsilon)
    total, of_scarce = 0.0, 0.0
    for channel in range(channels.size):
        value = max(0.0, propensity(channels, channel))  # n (n - 1) of half a molecule
        firings = np.inf
        for i in range(channels.change_pointer[channel], channels.change_pointer[channel + 1]):
            there, change = channels.counts[channels.changed[i]], channels.change[i]
            if change < 0.0 or not leaping:
                firings = min(firings, there // abs(change))
        scarce[channel] = 1.0 if firings < few else 0.0
        if firings < 1.0 and value > 0.0 and not leaping:
            value /= extent_of_jump(channels, channel)
        channels.propensities[channel] = value
        total += value
        of_scarce += scarce[channel] * value
    return total, of_scarce


@kernel
def extent_of_jump(channels, channel):
    """Return the extent of a jump: one, or the remaining fraction of a molecule."""
    extent = 1.0
    for i in range(channels.change_pointer[channel], channels.change_pointer[channel + 1]):
        if channels.change[i] < 0.0:
            extent = min(extent, max(0.0, channels.counts[channels.changed[i]] / -channels.change[i]))
    return extent


@kernel
def fire_once(channels, channel):
    """Fire a channel once, or for the remaining fraction of a molecule."""
    extent = extent_of_jump(channels, channel)
    fire(channels, channel, extent)
    if 0.0 < extent < 1.0:  # negative values due to rounding
        for i in range(channels.change_pointer[channel], channels.change_pointer[channel + 1]):
            if channels.change[i] < 0.0:
                channels.counts[channels.changed[i]] = max(0.0, channels.counts[channels.changed[i]])


@kernel
def order_factor(order, power, count):
    """Return g: relative changes of a propensity are g times those of this reactant, for whole powers."""
    if count < power:
        return np.inf
    total = power
    for j in range(1, power):
        total += j / (count - j)
    return order / power * total


@kernel
def longest_step(channels, integers, base, scratch, epsilon):
    """Return the longest step in which the propensities of channels that are not scarce are nearly
    constant.
    """
    size = len(channels.species)
    scarce = scratch[integers[base + AT_SCARCE] :]
    drift = scratch[integers[base + AT_DRIFT] :][:size]
    spread = scratch[integers[base + AT_SPREAD] :][:size]
    outflow = scratch[integers[base + AT_OUTFLOW] :][:size]
    drift[:], spread[:], outflow[:] = 0.0, 0.0, 0.0
    for channel in range(channels.size):
        value = channels.propensities[channel]
        if value > 0.0 and scarce[channel] == 0.0:
            for i in range(channels.change_pointer[channel], channels.change_pointer[channel + 1]):
                species, change = channels.changed[i], channels.change[i]
                drift[species] += change * value
                spread[species] += change * change * value
                outflow[species] += max(0.0, -change) * value
    longest = np.inf
    for i in range(size):
        order = integers[integers[base + HIGHEST_ORDER] + i]
        if order > 0 and spread[i] > 0.0:
            power = integers[integers[base + HIGHEST_POWER] + i]
            change = max(1.0, epsilon * channels.counts[i] / order_factor(order, power, channels.counts[i]))
            longest = min(longest, change / max(abs(drift[i]), outflow[i]), change * change / spread[i])
    return longest


@kernel
def step_once(channels, scarce, before, of_scarce, wait, h, random_state, leaping):
    """Fire channels for a step, halved until no count becomes negative; return its length.

    A channel that is not scarce fires a Poisson-distributed number of times in a leap, and
    ``a h + sqrt(a h) N`` times in diffusion. A scarce one fires if the step is as long as the `wait` for the
    first of them.
    """
    size = len(channels.species)
    before[:] = channels.counts[:size]
    while True:
        for channel in range(channels.size):
            mean = channels.propensities[channel] * h
            if scarce[channel] == 0.0 and mean > 0.0:
                if leaping:
                    fire(channels, channel, poisson(random_state, mean))
                else:
                    fire(channels, channel, mean + math.sqrt(mean) * normal(random_state))
        if h == wait:
            share, last = uniform(random_state) * of_scarce, -1
            for channel in range(channels.size):
                if share >= 0.0 and scarce[channel] * channels.propensities[channel] > 0.0:
                    share -= channels.propensities[channel]
                    last = channel
            if leaping:
                fire(channels, last, 1.0)
            else:
                fire_once(channels, last)
        if channels.counts.min() >= 0.0:
            return h
        channels.counts[:size] = before
        h *= 0.5


@kernel
def leap(
    channels,
    integers,
    base,
    duration,
    watched,
    threshold,
    random_state,
    leaping,
    epsilon,
    limit,
    scratch,
    times,
    records,
):
    """Leap (or, if not `leaping`, diffuse) to the duration or the threshold of the watched species.

    Steps end at every recorded time; the single element of `limit` is the maximum number of steps. If a leap
    would replace only few jumps, jumps are made instead. Returns (outcome, time, steps, whether the threshold
    was crossed).
    """
    scarce = scratch[integers[base + AT_SCARCE] :][: channels.size]
    before = scratch[integers[base + AT_BEFORE] :][: len(channels.species)]
    t, recorded, steps = 0.0, 0, 0
    while True:
        while recorded < len(times) and times[recorded] <= t:
            store(channels, records[recorded])
            recorded += 1
        if t >= duration:
            return SUCCESS, duration, steps, False
        if steps >= limit[0]:
            return MAX_STEPS, t, steps, False
        goal = times[recorded] if recorded < len(times) else duration
        total, of_scarce = assess(channels, scarce, leaping, epsilon)
        if not (total < 1e300 and channels.counts.max() < _LARGEST_COUNT):
            return BLOW_UP, t, steps, False
        longest = longest_step(channels, integers, base, scratch, epsilon)
        if leaping and longest * total < _SHORT:
            jumps = min(_EXACT_JUMPS, limit[0] - steps)
            outcome, t, used, passed = jump(
                channels, integers, base, t, goal, watched, threshold, random_state, jumps, scratch,
                times[:0], records[:0],
            )  # fmt: skip
            steps += used
            if passed or outcome == BLOW_UP:
                return outcome, t, steps, passed
            continue
        last = channels.counts[watched] if watched >= 0 else 0.0
        wait = exponential(random_state) / of_scarce if of_scarce > 0.0 else np.inf
        h = min(longest, goal - t, wait)
        made = step_once(channels, scarce, before, of_scarce, wait, h, random_state, leaping)
        t = goal if made == goal - t else t + made
        steps += 1
        if watched >= 0 and last < threshold <= channels.counts[watched]:
            return SUCCESS, t, steps, True
