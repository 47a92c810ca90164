"""Integration of pairs with sources, which need one equation of one variable each (see `closed_forms`).

For a pair P + N -> 0 with the constant k, whose sources decay with known rates, the difference D = P - N is
known at all times, and N, the lesser one at the start, follows

    N' = s(t) - k N (N + D(t)),    s(t) = sum_i c_i exp(-lambda_i t).

Its linear part, with the relaxation a = k (2 N + D) = k (P + N) at the start of a step, and the sources are
integrated exactly. The rest is small, since D and N change slowly where a is large, and is integrated by the
exponential Rosenbrock method exprb43 of order 4 (M. Hochbruck, A. Ostermann, J. Schweitzer, SIAM J. Numer.
Anal. 47 (2009) 786, doi:10.1137/080717717), whose steps neither the relaxation nor the sources limit.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

import numpy as np

from neuralcrn.engines.native.compilation import at, kernel
from neuralcrn.engines.native.elementary import decay, exponential, logarithm
from neuralcrn.engines.native.lanes import any_of, where
from neuralcrn.engines.native.packing import (
    AT_FLOWS,
    AT_WEIGHTS,
    CORE_ENTRY_COUNT,
    DECAY_COUNT,
    FED_COUNT,
    FED_FIRST,
    FED_POINTER,
    FED_SECOND,
    PAIR_COUNT,
    QUADRATURE_COUNT,
    SOURCE_DECAY,
    SOURCE_MEMBER,
    SOURCE_SPECIES,
)

_FIRST_STEP = 1.0 / 32.0
"""First step relative to the duration."""
_ESTIMATE = 0.125
"""Factor of the difference from the embedded method of order 3, as for Rodas5P (see `integrate`)."""
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
def _load_flows(integers, base, scratch, state, sources, begin, end):
    """Write the rates of the sources of a pair, at the start, to scratch."""
    flows = integers[base + AT_FLOWS]
    for i in range(begin, end):
        species = integers[at(integers[base + SOURCE_SPECIES] + i)]
        flow = scratch[at(sources + i)]
        if species >= 0:
            flow *= state[at(species)]
        scratch[at(flows + 2 * (i - begin))] = flow


@kernel
def _fed(integers, base, scratch, begin, end, decays, first_is_less, relaxation, kept, half):
    """Return what the sources add to the lesser one until the middle and the end of a step, relaxation
    included, the slope of the difference, and its change until then.
    """
    flows = integers[base + AT_FLOWS]
    zero = 0.0 * half
    middle, whole, rise, to_middle, to_end = zero, zero, zero, zero, zero
    for i in range(begin, end):
        place = flows + 2 * (i - begin)
        flow, rate = scratch[at(place)], zero
        which_decay = integers[at(integers[base + SOURCE_DECAY] + i)]
        if which_decay >= 0:
            rate = -scratch[at(decays + which_decay)]
        left, mean = decay(rate * half)
        scratch[at(place + 1)] = left
        _, between = decay(abs(relaxation - rate) * half)
        own = first_is_less
        if integers[at(integers[base + SOURCE_MEMBER] + i)] == 1:
            own = 1.0 - first_is_less
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
def _advance_pair(integers, base, scratch, state, pair, weights, duration, controls, running):
    """Advance one pair by the duration; return where this has failed, as 1 or 0."""
    decays = weights - integers[base + PAIR_COUNT] - integers[base + DECAY_COUNT]
    first, second = (
        integers[at(integers[base + FED_FIRST] + pair)],
        integers[at(integers[base + FED_SECOND] + pair)],
    )
    pointer = integers[base + FED_POINTER]
    begin, end = integers[at(pointer + pair)], integers[at(pointer + pair + 1)]
    _load_flows(integers, base, scratch, state, weights + integers[base + FED_COUNT], begin, end)
    k = -scratch[at(weights + pair)]
    atol = min(controls.atol[first], controls.atol[second])
    less, excess = min(state[first], state[second]), abs(state[first] - state[second])
    zero = 0.0 * running
    first_is_less = where(state[first] < state[second], 1.0 + zero, zero)
    t, h, failed = zero, _FIRST_STEP * duration, zero
    moving = where(duration > 0.0, running, zero)
    steps = 0
    while any_of(moving > 0.0):
        last = t + h >= duration * (1.0 - 1e-14)
        h = where(last, duration - t, h)
        relaxation = max(k * (2.0 * less + excess), 0.0)
        kept, mean = decay(relaxation * (0.5 * h))
        fed = _fed(integers, base, scratch, begin, end, decays, first_is_less, relaxation, kept, 0.5 * h)
        new, difference, new_excess = _step(k, less, excess, relaxation, kept, mean, h, fed)
        before, after = abs(min(less, less + excess)), min(new, new + new_excess)
        error = _ESTIMATE * abs(difference) / (atol + controls.rtol * max(before, abs(after)))
        error = where(after < -atol, 1e10, where(error < 1e10, error, 1e10))
        good = where(error > 1.0, zero, moving) > 0.0
        t = where(good, where(last, duration, t + h), t)
        less = where(good, max(new, max(-new_excess, 0.0)), less)
        excess = where(good, new_excess, excess)
        for i in range(end - begin):
            place = integers[base + AT_FLOWS] + 2 * i
            flow, left = scratch[at(place)], scratch[at(place + 1)]
            scratch[at(place)] = where(good, flow * left * left, flow)
        growth = 0.9 * exponential(-0.25 * logarithm(max(error, 1e-10)))
        h *= min(max(growth, 0.1), 8.0)
        steps += 1
        moving = where(t < duration, moving, zero)
        failed = max(failed, where(h > 1e-14 * duration, zero, moving))
        if steps >= controls.max_steps:
            failed = max(failed, moving)
        moving = where(failed > 0.0, zero, moving)
    more = max(less + excess, 0.0)
    state[first] = where(first_is_less > 0.0, less, more)
    state[second] = where(first_is_less > 0.0, more, less)
    return failed


@kernel
def advance_fed_pairs(integers, base, scratch, state, duration, controls, running):
    """Advance all pairs with sources by a duration, where `running` is 1; return where one has failed.

    The species that feed them are still those of the start.
    """
    weights = (
        integers[base + AT_WEIGHTS]
        + integers[base + CORE_ENTRY_COUNT]
        + integers[base + QUADRATURE_COUNT]
        + integers[base + DECAY_COUNT]
        + integers[base + PAIR_COUNT]
    )
    failed = 0.0 * running
    for pair in range(integers[base + FED_COUNT]):
        failed = max(
            failed, _advance_pair(integers, base, scratch, state, pair, weights, duration, controls, running)
        )
    return failed
