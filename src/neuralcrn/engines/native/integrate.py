"""Integration of the polynomial system of a network, with automatic selection of the method.

An explicit Runge-Kutta pair, Tsitouras 5(4), and a stiff Rosenbrock method, Rodas5P, share one driver. The
method can change during the integration; see `method_choice`. All loops are compiled by numba and
cached on disk.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

from collections import namedtuple

import numpy as np

from neuralcrn.engines.native.algebra_kernels import right_hand_side
from neuralcrn.engines.native.compilation import at, kernel
from neuralcrn.engines.native.elementary import exponential, logarithm
from neuralcrn.engines.native.exact_steps import exact_step
from neuralcrn.engines.native.fed_pairs import advance_fed_pairs
from neuralcrn.engines.native.fraction_kernels import fractions_to_amounts, load_fractions, unload
from neuralcrn.engines.native.fused import fma
from neuralcrn.engines.native.lanes import where
from neuralcrn.engines.native.method_choice import (
    CHECKED,
    explicit_is_faster,
    is_limited,
    jacobian_norm,
    known_stiff_step,
    stiff_is_faster,
    stiffness,
)
from neuralcrn.engines.native.packing import (
    AT_ESTIMATE,
    AT_INTEGRALS,
    AT_LARGEST,
    AT_SLOPES,
    AT_STATES,
    AT_TOLERANCE,
    AT_VECTOR,
    CORE,
    CORE_COUNT,
    INTEGRATED_COUNT,
    WIDTH,
)
from neuralcrn.engines.native.sensitivity_kernels import accept_columns, advance_columns, record_columns
from neuralcrn.engines.native.steps import (
    EXPLICIT,
    ROSENBROCK,
    accumulate,
    begin,
    explicit_step,
    interpolant,
    interpolate,
    rosenbrock_step,
)
from neuralcrn.engines.outcome import BLOW_UP, MAX_STEPS, NEGATIVE, NO_EVENT, STEP_TOO_SMALL, SUCCESS

Controls = namedtuple("Controls", "rtol atol max_steps")
"""Relative tolerance, absolute tolerance of every species (concentration), and maximum number of steps."""

Event = namedtuple("Event", "species threshold")
"""An integration ends when this species (an index of the state) rises above the threshold."""

EVENT_TOLERANCE = 1e-6
"""Relative tolerance for the species above its threshold at an event that ends an integration."""

NO_WATCH = Event(-1, 0.0)
"""An integration that ends after its duration."""

_SHORTEST = 1e-20  # minimum of the first step relative to the duration: error control may shorten it
ROSENBROCK_ERROR = 0.125
"""Factor of the error estimate of Rodas5P: any multiple of the difference from its embedded method of order 4
is the difference from another one. With this factor both methods have about the same error at a tolerance.
"""


@kernel
def error_norm(scratch, size, y, new, estimate, rtol, tolerance):
    """Return the largest ratio of estimated error to tolerance.

    Infinite if the new state is not finite, or negative beyond rounding error, unless it was as negative at
    the start of the step.
    """
    worst, largest, lowest = 0.0, 0.0, 0.0
    for i in range(size):
        value, before = scratch[at(new + i)], scratch[at(y + i)]
        magnitude, atol = abs(value), scratch[at(tolerance + i)]
        largest = max(largest, magnitude)
        lowest = min(lowest, where(value < min(before, -atol), value, 0.0))
        allowed = atol + rtol * max(magnitude, abs(before))
        error = abs(scratch[at(estimate + i)]) / allowed
        worst = max(worst, where(magnitude < np.inf, error, np.inf))
    return where(lowest < -1e-12 * largest, np.inf, worst)


@kernel
def first_step(integers, base, scratch, size, duration, rtol):
    """Return a first step size: an Euler step probes the curvature (Hairer, Norsett, Wanner, II.4)."""
    width = integers[base + WIDTH]
    y = integers[base + AT_STATES]
    slope = integers[base + AT_SLOPES]
    vector = integers[base + AT_VECTOR]
    tolerance = integers[base + AT_TOLERANCE]
    scale_y, scale_f = 0.0, 0.0
    for i in range(size):
        allowed = scratch[at(tolerance + i)] + rtol * abs(scratch[at(y + i)])
        scale_y = max(scale_y, abs(scratch[at(y + i)]) / allowed)
        scale_f = max(scale_f, abs(scratch[at(slope + i)]) / allowed)
    h = min(duration, 0.01 * max(scale_y, 1e-4) / scale_f)
    for i in range(size):
        scratch[at(vector + i)] = scratch[at(y + i)] + h * scratch[at(slope + i)]
    right_hand_side(integers, base, scratch, vector, slope + width)
    bound = scale_f
    for i in range(size):
        allowed = scratch[at(tolerance + i)] + rtol * abs(scratch[at(y + i)])
        bound = max(bound, abs(scratch[at(slope + width + i)] - scratch[at(slope + i)]) / allowed / h)
    longest = exponential(-logarithm(max(1e-300, min(100.0 * bound, 1e300))) / 6.0)
    first = max(_SHORTEST * duration, min(min(duration, 100.0 * h), longest))
    return where(scale_f == 0.0, 1e-3 * duration, first)


@kernel
def load(integers, floats, base, functions, state, atol, scratch):
    """Fold the constants, clear the integrals, and copy the core and its tolerances to their rows."""
    size, width = integers[base + CORE_COUNT], integers[base + WIDTH]
    core, states = integers[base + CORE], integers[base + AT_STATES]
    begin(integers, floats, base, functions, state, scratch)
    for i in range(integers[base + INTEGRATED_COUNT]):
        scratch[at(integers[base + AT_INTEGRALS] + i)] = 0.0
    for stage in range(8):
        scratch[at(states + stage * width + size)] = 1.0
    scratch[at(integers[base + AT_VECTOR] + size)] = 1.0
    for i in range(size):
        scratch[at(states + i)] = state[integers[at(core + i)]]
        scratch[at(integers[base + AT_TOLERANCE] + i)] = atol[integers[at(core + i)]]
        scratch[at(integers[base + AT_LARGEST] + i)] = abs(state[integers[at(core + i)]])
    load_fractions(integers, base, state, atol, scratch)


@kernel
def growth_of(method, size_of_error, previous, limit):
    """Return the factor of the next step size, up to a limit, from the logarithms of the current and the
    previous error.
    """
    if method == EXPLICIT:
        growth = 0.9 * exponential(fma(-0.17, size_of_error, 0.04 * previous))
    else:
        growth = 0.9 * exponential(-0.2 * size_of_error)
    return min(limit, max(0.2, growth))


@kernel
def shrinkage_of(error):
    """Return the factor of the step size after a step whose error is too large."""
    shrinkage = 0.9 * exponential(-0.2 * logarithm(min(error, 1e300)))
    return where(error < np.inf, max(0.2, shrinkage), 0.25)


@kernel
def failure(scratch, size, y, state, integers, core):
    """Return why the step size vanished: the state exploded, became negative, or neither."""
    largest, lowest, before = 0.0, 0.0, 0.0
    for i in range(size):
        value = scratch[at(y + i)]
        before = max(before, abs(state[integers[at(core + i)]]))
        largest = max(largest, abs(value))
        lowest = min(lowest, value)
    if not largest < 1e6 * (1.0 + before):
        return BLOW_UP
    return NEGATIVE if lowest < 0.0 else STEP_TOO_SMALL


@kernel
def core_place(integers, base, species):
    """Return the index of a species in the core, or -1."""
    core = integers[base + CORE]
    for i in range(integers[base + CORE_COUNT]):
        if integers[at(core + i)] == species:
            return i
    return -1


@kernel
def passed(integers, base, scratch, method, h, i, threshold, new):
    """Return the first eighth of the last step at whose end a species is above the threshold, or 1.

    A step may contain a peak, so its interior is checked as well; a peak that is above the threshold for less
    than an eighth of a step may be missed.
    """
    if scratch[at(new + i)] >= threshold:
        return 1.0
    for eighth in range(1, 8):
        if interpolant(integers, base, scratch, method, h, 0.125 * eighth, i) > threshold * (
            1.0 + EVENT_TOLERANCE
        ):
            return 0.125 * eighth
    return 1.0


@kernel
def fraction_to(integers, base, scratch, method, h, i, threshold, high):
    """Return the fraction of the last step, up to `high`, at which the species is just above the
    threshold.
    """
    goal = threshold * (1.0 + 0.5 * EVENT_TOLERANCE)
    low = 0.0
    while high - low > 1e-14:
        middle = 0.5 * (low + high)
        if interpolant(integers, base, scratch, method, h, middle, i) < goal:
            low = middle
        else:
            high = middle
    return high


@kernel
def integrate(
    integers, floats, base, functions, state, duration, event, controls, scratch, times, records, columns
):
    """Integrate one system over `duration`, or to an event, and advance `state` in place.

    `records[k]` receives the core at ``times[k]``, for all ascending times. Returns (outcome, time reached,
    steps). After a failure the core is that at the time reached. An integration with an event ends when the
    species has just crossed its threshold: the step that contains the crossing is repeated with a smaller
    size until it ends there.

    With `Columns`, or else None, their sensitivities are advanced as well; `functions` then include those of
    `sensitivity_kernels`.
    """
    size = integers[base + CORE_COUNT]
    width = integers[base + WIDTH]
    core = integers[base + CORE]
    states = integers[base + AT_STATES]
    slopes = integers[base + AT_SLOPES]
    vector = integers[base + AT_VECTOR]
    integrated = integers[base + INTEGRATED_COUNT]
    tolerance = integers[base + AT_TOLERANCE]
    largest = integers[base + AT_LARGEST]
    rtol = controls.rtol
    watched = core_place(integers, base, event.species)
    load(integers, floats, base, functions, state, controls.atol, scratch)
    waiting = event.species >= 0
    if size == 0 and waiting:
        return NO_EVENT, 0.0, 0
    t, h, stiff_step, method = duration, duration, duration, EXPLICIT
    if size > 0:
        right_hand_side(integers, base, scratch, states, slopes)
        norm = jacobian_norm(integers, floats, base, scratch, size, states)
        method = ROSENBROCK if stiff_is_faster(integers, base, norm, duration, duration, rtol) else EXPLICIT
        t, h = 0.0, first_step(integers, base, scratch, size, duration, rtol)
    steps, stiff, easy, recorded, previous = 0, 0, 0, 0, -9.0
    limited_checks, rejected, outcome = 0.0, False, SUCCESS
    while t < duration:
        if steps >= controls.max_steps:
            outcome = MAX_STEPS
            break
        if not h > 1e-30 * duration or t + h == t:
            outcome = failure(scratch, size, states, state, integers, core)
            break
        last = t + h >= duration * (1.0 - 1e-14)
        if last:
            h = duration - t
        steps += 1
        if method == EXPLICIT:
            explicit_step(integers, base, functions, scratch, h)
            new = states + 6 * width
        else:
            rosenbrock_step(integers, floats, base, functions, scratch, h)
            new = vector
        error = error_norm(scratch, size, states, new, integers[base + AT_ESTIMATE], rtol, tolerance)
        scale = 1.0 if method == EXPLICIT else ROSENBROCK_ERROR
        error *= scale
        if columns is not None and error <= 1.0:
            of_columns = advance_columns(
                integers, floats, base, functions, scratch, columns, method, h, new, rtol
            )
            error = max(error, scale * of_columns)
        if error > 1.0:
            h *= shrinkage_of(error)
            rejected = True
            continue
        if watched >= 0 and scratch[at(states + watched)] < event.threshold:
            inside = passed(integers, base, scratch, method, h, watched, event.threshold, new)
            if inside < 1.0 or scratch[at(new + watched)] > event.threshold * (1.0 + EVENT_TOLERANCE):
                h *= fraction_to(integers, base, scratch, method, h, watched, event.threshold, inside)
                continue
            if scratch[at(new + watched)] >= event.threshold:
                duration, last, waiting = t + h, True, False
        end = duration if last else t + h
        while recorded < len(times) and times[recorded] <= end:
            theta = (times[recorded] - t) / h
            interpolate(integers, base, scratch, method, h, theta, records[recorded])
            fractions_to_amounts(integers, base, state, records[recorded])
            if columns is not None:
                record_columns(integers, base, scratch, columns, method, h, theta, columns.records[recorded])
            recorded += 1
        if integrated > 0:
            accumulate(integers, floats, base, functions, scratch, method, h)
        size_of_error = logarithm(max(error, 1e-10))
        growth = growth_of(method, size_of_error, previous, 1.0 if rejected else 6.0)
        previous, rejected = max(size_of_error, -9.0), False
        switch = False
        if method == EXPLICIT:
            if steps % CHECKED == 0:
                rate = stiffness(scratch, size, width, states, slopes, rtol, tolerance)
                limited = is_limited(h, rate)
                limited_checks += 1.0 if limited else 0.0
                stiff_step = known_stiff_step(stiff_step, limited_checks, rate, duration - end)
                worth = stiff_is_faster(integers, base, rate, stiff_step, duration - end, rtol)
                stiff = stiff + 1 if limited and worth else max(0, stiff - 1)
                switch = stiff >= 3
            for i in range(size):
                scratch[at(slopes + i)] = scratch[at(slopes + 6 * width + i)]
        if columns is not None:
            accept_columns(integers, base, columns)
        for i in range(width):
            scratch[at(states + i)] = scratch[at(new + i)]
        for i in range(size):
            scratch[at(largest + i)] = max(scratch[at(largest + i)], abs(scratch[at(states + i)]))
        if method == ROSENBROCK and steps % CHECKED == 0:
            norm = jacobian_norm(integers, floats, base, scratch, size, states)
            easy = easy + 1 if explicit_is_faster(integers, base, norm, h, growth) else 0
            switch = easy >= 2
        t = end
        h *= growth
        if switch:
            if method == ROSENBROCK:
                stiff_step = h
                right_hand_side(integers, base, scratch, states, slopes)
            method, stiff, easy, limited_checks = 1 - method, 0, 0, 0.0
    if outcome == SUCCESS and waiting:
        outcome = NO_EVENT
    unload(integers, base, scratch, state)
    failed = advance_fed_pairs(integers, base, scratch, state, t, controls)
    exact_step(integers, base, scratch, state, t)
    if outcome == SUCCESS and failed:
        outcome = STEP_TOO_SMALL
    return outcome, t, steps
