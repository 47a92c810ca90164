"""Hybrid simulation: jumps of scarce species, leaps, and conditional distributions of fast species.

Channels are partitioned at every step, from the counts:

* A channel that few firings would exhaust fires in *jumps*. Its propensity is integrated over the steps to an
  exponential threshold (Haseltine and Rawlings 2002, doi:10.1063/1.1505860; Alfonsi, Cancès, Turinici, Di
  Ventura and Huisinga 2005, doi:10.1051/proc:2005001).
* A channel that consumes one molecule of a species which *relaxes* (see `relaxation`), and no scarcer one, is
  *owned* by it. Given all rates, which are means over the step, the numbers of its firings are binomial
  (Jahnke and Huisinga 2007, doi:10.1007/s00285-006-0034-x). No step is too long for this, so neither shadows
  nor the annihilation of two rails, which the lesser one owns, limit the steps. Other channels that read a
  relaxing species depend on the integral of its count, which is drawn from its conditional distribution given
  births and deaths: a stochastic averaging principle (Cao, Gillespie and Petzold 2005,
  doi:10.1063/1.1824902).
* All other channels *leap* with the propensities of the mean counts at the middle of a step (Gillespie 2001,
  doi:10.1063/1.1378322; of second order for many molecules: Anderson, Ganguly and Kurtz 2011,
  doi:10.1214/10-AAP756).

The length of a step is controlled before anything is drawn, so that rejections do not bias the result: the
means over the step are predicted twice, with the propensities at its start and with those of the first
prediction, and compared. Steps become shorter towards a recorded time, so that the species there have their
distributions although the steps before were longer than their lifetimes. If a step would replace only few
jumps, jumps are made instead, so small numbers of molecules are simulated exactly.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

import math

import numpy as np

from neuralcrn.engines.native.channels import fire, propensity, store
from neuralcrn.engines.native.compilation import kernel
from neuralcrn.engines.native.partition import averaged, change_of, divide, partition_of, rate_per_molecule
from neuralcrn.engines.native.randomness import binomial, exponential, normal, poisson, uniform
from neuralcrn.engines.native.ssa import jump
from neuralcrn.engines.outcome import BLOW_UP, MAX_STEPS, SUCCESS

_SHORT = 50.0  # minimum number of jumps that a step must replace: they take as long
_EXACT_JUMPS = 100
_RESOLVED = 0.25  # lifetimes in the last step before a recorded time
_FAST = 0.1  # lifetimes in a step from which the integral of a count is noisy
_SERIES = 1e-3
_LARGEST_COUNT = 2.0**53


@kernel
def lag(x):
    """Return (exp(-x) - 1 + x) / x^2: the mean over a step of the change that a constant rate makes."""
    return (math.expm1(-x) + x) / (x * x) if x > _SERIES else 0.5 - x / 6.0


@kernel
def predict(mean, parts, h, drift):
    """Update the means over a step of length h, and write the mean rates of change into `drift`.

    A relaxing species is advanced by the formula for constant rates, and the species after it read the
    result; other species are updated together at the end.
    """
    for k in range(len(parts.order)):
        species = parts.order[k]
        gain, loss, outflow = 0.0, 0.0, 0.0
        for i in range(parts.pointer[species], parts.pointer[species + 1]):
            channel = parts.touching[i]
            if parts.owners[channel] == species:
                loss += rate_per_molecule(mean, channel, species)
            elif parts.scarce[channel] == 0.0:
                change = change_of(mean, channel, species) * max(0.0, propensity(mean, channel))
                gain += change
                if parts.owners[channel] < 0.0:
                    outflow -= min(0.0, change)
        before = parts.before[species]
        value = max(0.0, before + (gain - loss * before) * h * lag(loss * h))
        drift[species] = gain - loss * value
        parts.losses[species] = loss
        parts.limits[species] = outflow / max(1.0, before) + (loss if parts.cyclic[species] else 0.0)
        parts.predicted[species] = value
        if loss > 0.0:
            mean.counts[species] = value
    mean.counts[: len(parts.predicted)] = parts.predicted


@kernel
def difference(parts, h, epsilon):
    """Return the largest difference of the two predictions relative to what is allowed, and the largest loss
    rate.

    The mean of a species that others depend on may differ from its count by the fraction epsilon, and
    channels whose extents do not follow from lifetimes, or whose molecules may come back, may consume this
    fraction. An error of a relaxing species at the end of a step lasts for its lifetime, and the next step
    compensates for it.
    """
    worst, fastest = 0.0, 0.0
    for species in range(len(parts.before)):
        allowed = 2.0 * epsilon * max(epsilon * parts.before[species], 1.0)
        lifetimes = 1.0 + parts.losses[species] * h
        error = h * abs(parts.drift[species] - parts.first[species]) / (lifetimes * lifetimes)
        relative = parts.limits[species] * h / epsilon
        if parts.influential[species]:
            change = abs(parts.predicted[species] - parts.before[species]) / (lifetimes * lifetimes)
            relative = max(relative, change / max(epsilon * parts.before[species], 1.0))
        worst = max(worst, error / allowed, relative * relative)
        fastest = max(fastest, parts.losses[species])
    return worst, fastest


@kernel
def planned(mean, parts, h, longest, left, epsilon):
    """Return the length of a step of at most h, and the length that accuracy allows to the next one.

    `longest` is that length for this step, and `left` the time to the next recorded time.
    """
    size = len(parts.before)
    h = min(h, longest)
    while True:
        mean.counts[:size] = parts.before
        mean.counts[size] = 1.0
        predict(mean, parts, h, parts.first)
        predict(mean, parts, h, parts.drift)
        worst, fastest = difference(parts, h, epsilon)
        if worst > 1.0:
            h *= max(0.1, 0.9 / math.sqrt(worst))
            longest = h
        elif h > 0.5 * left and fastest * h > _RESOLVED:
            h = 0.5 * left
        else:
            return h, max(longest, h * min(2.0, 0.9 / math.sqrt(max(worst, 0.1))))


@kernel
def survive(random_state, start, births, loss, h, noisy):
    """Draw how many molecules die in a step, and the mean count over it.

    Births are uniform in time. The mean lifetimes of those that die and survive are known, so is their
    variance, which is that of a truncated exponential distribution.
    """
    x = loss * h
    kept = math.exp(-x)
    q = -math.expm1(-x) / x
    old = start - binomial(random_state, start, kept)
    new = births - binomial(random_state, births, q)
    if x > _SERIES:
        life = h / x * (q - kept) / q
        brief = h / x * (1.0 - 2.0 * q + kept) / (1.0 - q)
        spread = (h / x) ** 2 - h * h * kept / (x * q) ** 2
    else:
        life, brief, spread = 0.5 * h, h / 3.0, h * h / 12.0
    integral = (start - old) * h + (old + births - new) * life + new * brief
    if noisy and x > _FAST:
        integral += math.sqrt(max(0.0, spread) * (old + births)) * normal(random_state)
    return old + new, max(0.0, integral / h)


@kernel
def share_out(channels, mean, parts, species, deaths, loss, random_state):
    """Distribute deaths among the channels of their owner in proportion to their rates, and fire them."""
    for i in range(parts.pointer[species], parts.pointer[species + 1]):
        channel = parts.touching[i]
        if parts.owners[channel] == species:
            parts.fired[channel] = 1.0
            rate = rate_per_molecule(mean, channel, species)
            # the last channel takes the rest, whatever rounding has left of the loss
            firings = binomial(random_state, deaths, rate / loss if rate < loss * (1.0 - 1e-12) else 1.0)
            fire(channels, channel, firings)
            deaths -= firings
            loss -= rate


@kernel
def advance_species(channels, mean, parts, species, h, random_state):
    """Fire all channels that change a species, except in jumps and those of other owners; average it.

    Return the expected number of jumps.
    """
    hazard, loss, coming = 0.0, 0.0, 0.0
    for i in range(parts.pointer[species], parts.pointer[species + 1]):
        channel = parts.touching[i]
        if parts.owners[channel] == species:
            loss += rate_per_molecule(mean, channel, species)
        elif parts.fired[channel] == 0.0:
            expected = max(0.0, propensity(mean, channel)) * h
            if parts.owners[channel] >= 0.0:
                coming += min(0.0, change_of(mean, channel, species)) * expected
                continue
            parts.fired[channel] = 1.0
            if parts.scarce[channel] > 0.0:
                hazard += expected
            elif expected > 0.0:
                fire(channels, channel, poisson(random_state, expected))
    before = parts.before[species]
    if loss * h > 0.0 and parts.cyclic[species]:
        if before > 0.0:
            chance = loss * h * mean.counts[species] / before
            deaths = binomial(random_state, before, chance)
            share_out(channels, mean, parts, species, deaths, loss, random_state)
    elif loss * h > 0.0:
        change = channels.counts[species] - before + math.floor(coming + uniform(random_state))
        start, births = max(0.0, before + min(0.0, change)), max(0.0, change)
        noisy = parts.influential[species] > 0
        deaths, average = survive(random_state, start, births, loss, h, noisy)
        share_out(channels, mean, parts, species, deaths, loss, random_state)
        mean.counts[species] = average
    return hazard


@kernel
def step(channels, mean, parts, h, left, random_state, epsilon):
    """Advance all species by h, or by less so that no count becomes negative.

    Return the length of the step and the expected number of jumps.
    """
    size = len(parts.before)
    while True:
        hazard = 0.0
        parts.fired[:] = 0.0
        for k in range(size):
            hazard += advance_species(channels, mean, parts, parts.order[k], h, random_state)
        if channels.counts.min() >= 0.0:
            return h, hazard
        channels.counts[:size] = parts.before
        h, _ = planned(mean, parts, 0.5 * h, h, left, epsilon)


@kernel
def fire_one(channels, parts, random_state):
    """Fire one of the channels in jumps, chosen in proportion to their propensities, if any can fire."""
    total = 0.0
    for channel in range(channels.size):
        channels.propensities[channel] = parts.scarce[channel] * max(0.0, propensity(channels, channel))
        total += channels.propensities[channel]
    if total > 0.0:
        share, last = uniform(random_state) * total, -1
        for channel in range(channels.size):
            if share >= 0.0 and channels.propensities[channel] > 0.0:
                share -= channels.propensities[channel]
                last = channel
        fire(channels, last, 1.0)


@kernel
def advance_hybrid(
    channels, integers, base, duration, watched, threshold, random_state, epsilon, limit, scratch, times,
    records,
):  # fmt: skip
    """Advance counts to the duration or the threshold of the watched species, as `leaps.leap` does."""
    parts = partition_of(integers, base, channels, scratch)
    mean = averaged(channels, parts.means)
    parts.scarce[:] = 0.0
    t, recorded, steps, longest, due = 0.0, 0, 0, duration, exponential(random_state)
    while True:
        while recorded < len(times) and times[recorded] <= t:
            store(channels, records[recorded])
            recorded += 1
        if t >= duration:
            return SUCCESS, duration, steps, False
        if steps >= limit[0]:
            return MAX_STEPS, t, steps, False
        goal = times[recorded] if recorded < len(times) else duration
        total, of_scarce = divide(channels, parts)
        if not (total < 1e300 and channels.counts.max() < _LARGEST_COUNT):
            return BLOW_UP, t, steps, False
        parts.before[:] = channels.counts[: len(parts.before)]
        wait = due / of_scarce if of_scarce > 0.0 else np.inf
        h, longest = planned(mean, parts, min(goal - t, wait), longest, goal - t, epsilon)
        if h * total < _SHORT:
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
        made, hazard = step(channels, mean, parts, h, goal - t, random_state, epsilon)
        t = goal if made == goal - t else t + made
        steps += 1
        due -= hazard
        while due <= 1e-3:  # early or late by a little, which the next threshold compensates for
            fire_one(channels, parts, random_state)
            due += exponential(random_state)
        if watched >= 0 and last < threshold <= channels.counts[watched]:
            return SUCCESS, t, steps, True
