"""Integration of pairs with sources, which need one equation of one variable each (see `closed_forms`).

For a pair P + N -> 0 with the constant k, whose sources decay with known rates, the difference D = P - N is
known at all times, and N, which is the lesser one at the start of every step, follows

    N' = s(t) - k N (N + D(t)),    s(t) = sum_i c_i exp(-lambda_i t).

Its linear part, with the relaxation a = k (2 N + D) = k (P + N) at the start of a step, and the sources are
integrated exactly. The rest is small, since D and N change slowly where a is large, and is integrated by the
exponential Rosenbrock method exprb43 of order 4 (M. Hochbruck, A. Ostermann, J. Schweitzer, SIAM J. Numer.
Anal. 47 (2009) 786, doi:10.1137/080717717), whose steps neither the relaxation nor the sources limit.

In the lanes of vector registers are either several integrations or several pairs of one integration.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

import numpy as np

from neuralcrn.engines.native.compilation import at, kernel
from neuralcrn.engines.native.elementary import decay, exponential, logarithm
from neuralcrn.engines.native.lanes import LANE_COUNT, lane_rows, splat, where, which
from neuralcrn.engines.native.packing import (
    AT_SOURCES,
    AT_WEIGHTS,
    CORE_ENTRY_COUNT,
    DECAY_COUNT,
    FED_COUNT,
    FED_FIRST,
    FED_POINTER,
    FED_SECOND,
    FLOW,
    LEFT,
    MEMBER,
    MOST_SOURCES,
    PAIR_COUNT,
    QUADRATURE_COUNT,
    RATE,
    SOURCE_DECAY,
    SOURCE_MEMBER,
    SOURCE_ROWS,
    SOURCE_SPECIES,
)

_FIRST_STEP = 1.0 / 32.0
"""First step relative to the duration."""
_ESTIMATE = 0.125
"""Factor of the difference from the embedded method of order 3, as for Rodas5P (see `integrate`)."""
_ROUNDING = 1e-12
"""Negative amounts up to this fraction of the pair are due to rounding."""
_SMALL = 0.1
_SERIES = np.array([1.0 / 40320.0, -1.0 / 5040.0, 1.0 / 720.0, -1.0 / 120.0, 1.0 / 24.0])


@kernel
def _phi_functions(x, mean):
    """Return phi_2 to phi_4 of -x for x >= 0, from phi_1, the mean of exp(-x); see `decay`."""
    series = _SERIES[0]
    for i in range(1, len(_SERIES)):
        series = series * x + _SERIES[i]
    small = x < _SMALL
    divisor = where(small, 1.0, x)
    second = where(small, 0.5 - x * (1.0 / 6.0 - x * series), (1.0 - mean) / divisor)
    third = where(small, 1.0 / 6.0 - x * series, (0.5 - second) / divisor)
    fourth = where(small, series, (1.0 / 6.0 - third) / divisor)
    return second, third, fourth


@kernel
def _fed(work, place, count, first_is_less, relaxation, kept, half):
    """Return what the sources add to the lesser one until the middle and the end of a step, relaxation
    included, the slope of the difference, and its change until then.
    """
    zero = 0.0 * half
    middle, whole, rise, to_middle, to_end = zero, zero, zero, zero, zero
    for source in range(place, place + count * SOURCE_ROWS, SOURCE_ROWS):
        flow, rate, member = work[at(source + FLOW)], work[at(source + RATE)], work[at(source + MEMBER)]
        left, mean = decay(rate * half)
        work[at(source + LEFT)] = left
        _, between = decay(abs(relaxation - rate) * half)
        own = where(first_is_less > 0.0, 1.0 - member, member)
        amount = flow * half
        reached = own * amount * max(kept, left) * between
        middle += reached
        whole += reached * (kept + left)
        sign = 1.0 - 2.0 * own
        rise += sign * flow
        to_middle += sign * amount * mean
        to_end += sign * amount * mean * (1.0 + left)
    return middle, whole, rise, to_middle, to_end


@kernel
def _step(k, less, excess, relaxation, kept, mean, h, fed):
    """Return the lesser one after a step, its difference from the embedded method, and the excess."""
    middle_fed, end_fed, rise, to_middle, to_end = fed
    half, x = 0.5 * h, relaxation * h
    whole_mean = 0.5 * mean * (1.0 + kept)
    half_second, _, _ = _phi_functions(0.5 * x, mean)
    second, third, fourth = _phi_functions(x, whole_mean)
    slope, bend = -k * less * (less + excess), -k * less * rise
    middle = less + half * mean * slope + half * half * half_second * bend + middle_fed
    one = relaxation * (middle - less) - k * middle * (middle + excess + to_middle) - half * bend - slope
    linear = less + h * whole_mean * slope + h * h * second * bend + end_fed
    end = linear + h * whole_mean * one
    other = relaxation * (end - less) - k * end * (end + excess + to_end) - h * bend - slope
    difference = h * fourth * (12.0 * other - 48.0 * one)
    return linear + h * third * (16.0 * one - 2.0 * other) + difference, difference, excess + to_end


@kernel
def _advance(work, place, count, k, first, second, atol, controls, duration, running):
    """Advance a pair in every lane that runs, whose `count` sources are at a place of the work space.

    Returns the amounts of both, and where this has failed, as 1 or 0.
    """
    zero = 0.0 * running
    less, excess = min(first, second), abs(first - second)
    first_is_less = where(first < second, 1.0, zero)
    t, h, failed = zero, _FIRST_STEP * duration, zero
    moving = where(duration > 0.0, running, zero)
    steps = 0
    while which(moving > 0.0):
        last = t + h >= duration * (1.0 - 1e-14)
        h = where(last, duration - t, h)
        relaxation = k * (2.0 * less + excess)
        kept, mean = decay(relaxation * (0.5 * h))
        fed = _fed(work, place, count, first_is_less, relaxation, kept, 0.5 * h)
        new, difference, new_excess = _step(k, less, excess, relaxation, kept, mean, h, fed)
        after = min(new, new + new_excess)
        error = _ESTIMATE * abs(difference) / (atol + controls.rtol * max(less, abs(after)))
        below = after < -(atol + _ROUNDING * (less + excess))
        error = where(below, 1e10, where(error < 1e10, error, 1e10))
        good = where(error > 1.0, zero, moving) > 0.0
        t = where(good, where(last, duration, t + h), t)
        swapped = where(good, where(new_excess < 0.0, 1.0, zero), zero) > 0.0
        less = where(good, max(where(swapped, new + new_excess, new), 0.0), less)
        excess = where(good, abs(new_excess), excess)
        first_is_less = where(swapped, 1.0 - first_is_less, first_is_less)
        for source in range(place, place + count * SOURCE_ROWS, SOURCE_ROWS):
            flow, left = work[at(source + FLOW)], work[at(source + LEFT)]
            work[at(source + FLOW)] = where(good, flow * left * left, flow)
        h *= min(max(0.9 * exponential(-0.25 * logarithm(max(error, 1e-10))), 0.1), 8.0)
        steps += 1
        moving = where(t < duration, moving, zero)
        failed = max(failed, where(h > 1e-14 * duration, zero, moving))
        if steps >= controls.max_steps:
            failed = max(failed, moving)
        moving = where(failed > 0.0, zero, moving)
    more = less + excess
    return where(first_is_less > 0.0, less, more), where(first_is_less > 0.0, more, less), failed


@kernel
def _weights_of_pairs(integers, base):
    """Return the positions of the rate constants of pairs with sources and of decays."""
    weights = integers[base + AT_WEIGHTS] + integers[base + CORE_ENTRY_COUNT]
    decays = weights + integers[base + QUADRATURE_COUNT]
    return decays + integers[base + DECAY_COUNT] + integers[base + PAIR_COUNT], decays


@kernel
def _source(integers, base, scratch, state, i):
    """Return flow, rate and member of a source."""
    weights, decays = _weights_of_pairs(integers, base)
    flow = scratch[at(weights + integers[base + FED_COUNT] + i)]
    rate = 0.0 * flow
    species = integers[at(integers[base + SOURCE_SPECIES] + i)]
    if species >= 0:
        flow *= state[at(species)]
        rate = -scratch[at(decays + integers[at(integers[base + SOURCE_DECAY] + i)])]
    return flow, rate, float(integers[at(integers[base + SOURCE_MEMBER] + i)])


@kernel
def advance_fed_pairs_of_lanes(integers, base, scratch, state, duration, controls, running):
    """Advance the pairs with sources of several integrations, one after the other, in the lanes that run;
    return where one has failed. The species that feed them are still those of the start.
    """
    weights, _ = _weights_of_pairs(integers, base)
    place, failed = integers[base + AT_SOURCES], 0.0 * running
    for pair in range(integers[base + FED_COUNT]):
        first = integers[at(integers[base + FED_FIRST] + pair)]
        second = integers[at(integers[base + FED_SECOND] + pair)]
        begin = integers[at(integers[base + FED_POINTER] + pair)]
        count = integers[at(integers[base + FED_POINTER] + pair + 1)] - begin
        for i in range(count):
            row = place + i * SOURCE_ROWS
            flow, rate, member = _source(integers, base, scratch, state, begin + i)
            scratch[at(row + FLOW)], scratch[at(row + RATE)] = flow, rate
            scratch[at(row + MEMBER)] = splat(member)
        atol = splat(min(controls.atol[first], controls.atol[second]))
        state[at(first)], state[at(second)], fails = _advance(
            scratch, place, count, -scratch[at(weights + pair)], state[at(first)], state[at(second)], atol,
            controls, duration, running,
        )  # fmt: skip
        failed = max(failed, fails)
    return failed


_K, _FIRST, _SECOND, _ATOL, _RUNNING, _SOURCES = range(6)
"""Rows of the work space of one integration."""


@kernel
def _work_space(rows):
    """Return zeros with one column per lane, at an address that vector registers can load."""
    flat = np.zeros(rows * LANE_COUNT + 8)
    offset = (64 - flat.ctypes.data % 64) % 64 // 8
    return flat[offset : offset + rows * LANE_COUNT].reshape(rows, LANE_COUNT)


@kernel
def advance_fed_pairs(integers, base, scratch, state, duration, controls):
    """Advance the pairs with sources of one integration, with several of them in the lanes; return whether
    one has failed. The species that feed them are still those of the start.
    """
    pairs = integers[base + FED_COUNT]
    if pairs == 0:
        return False
    weights, _ = _weights_of_pairs(integers, base)
    firsts, seconds = integers[base + FED_FIRST], integers[base + FED_SECOND]
    pointer, most, failed = integers[base + FED_POINTER], integers[base + MOST_SOURCES], False
    work = _work_space(_SOURCES + most * SOURCE_ROWS)
    rows = lane_rows(work)
    for begin in range(0, pairs, LANE_COUNT):
        work[:] = 0.0
        together = min(LANE_COUNT, pairs - begin)
        for lane in range(together):
            first, second = integers[at(firsts + begin + lane)], integers[at(seconds + begin + lane)]
            work[_K, lane] = -scratch[at(weights + begin + lane)]
            work[_FIRST, lane], work[_SECOND, lane] = state[first], state[second]
            work[_ATOL, lane] = min(controls.atol[first], controls.atol[second])
            work[_RUNNING, lane] = 1.0
            row = _SOURCES
            for i in range(integers[at(pointer + begin + lane)], integers[at(pointer + begin + lane + 1)]):
                flow, rate, member = _source(integers, base, scratch, state, i)
                work[row + FLOW, lane], work[row + RATE, lane], work[row + MEMBER, lane] = flow, rate, member
                row += SOURCE_ROWS
        rows[_FIRST], rows[_SECOND], rows[_RUNNING] = _advance(
            rows, _SOURCES, most, rows[_K], rows[_FIRST], rows[_SECOND], rows[_ATOL], controls,
            splat(duration), rows[_RUNNING],
        )  # fmt: skip
        for lane in range(together):
            first, second = integers[at(firsts + begin + lane)], integers[at(seconds + begin + lane)]
            state[first], state[second] = work[_FIRST, lane], work[_SECOND, lane]
            failed = failed or work[_RUNNING, lane] > 0.0
    return failed
