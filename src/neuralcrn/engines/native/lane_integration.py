"""Integration of several copies of a system in the lanes of vector registers.

Every lane has its own step size, error control and choice of the method, so its result is that of
`integrate.integrate` to the last bit, whatever the other lanes do. Lanes share only the instructions: in
every round each method is executed if a lane uses it, and the numbers of lanes that use the other one, whose
step is rejected, or that are done, do not change.

Truth values of lanes are numbers, 0 or 1.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

from neuralcrn.engines.native.algebra_kernels import right_hand_side
from neuralcrn.engines.native.compilation import at, kernel
from neuralcrn.engines.native.elementary import logarithm
from neuralcrn.engines.native.exact_steps import exact_step
from neuralcrn.engines.native.fed_pairs import advance_fed_pairs_of_lanes
from neuralcrn.engines.native.fraction_kernels import unload
from neuralcrn.engines.native.integrate import (
    EVENT_TOLERANCE,
    ROSENBROCK_ERROR,
    core_place,
    error_norm,
    failure,
    first_step,
    fraction_to,
    growth_of,
    load,
    passed,
    shrinkage_of,
)
from neuralcrn.engines.native.lanes import LANE_COUNT, lane_rows, splat, where, which
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
from neuralcrn.engines.native.steps import EXPLICIT, ROSENBROCK, accumulate, explicit_step, rosenbrock_step
from neuralcrn.engines.outcome import MAX_STEPS, NO_EVENT, STEP_TOO_SMALL, SUCCESS

RUNNING, OUTCOME, TIME, DURATION, THRESHOLD, WAITING, STEP, LAST, ACCEPTED, FAILED, NUMBERS = range(11)
"""Rows of the matrix of numbers of the lanes; `NUMBERS` is their count."""


@kernel
def _end_lanes(integers, base, scratch, state, lanes, ending, outcome):
    """End the integration of some lanes without success; the reason is found if none is given."""
    size, core = integers[base + CORE_COUNT], integers[base + CORE]
    states = integers[base + AT_STATES]
    for lane in range(LANE_COUNT):
        if ending & (1 << lane):
            lanes[RUNNING, lane] = 0.0
            lanes[OUTCOME, lane] = outcome
            if outcome == SUCCESS:
                reason = failure(scratch[:, lane], size, states, state[:, lane], integers, core)
                lanes[OUTCOME, lane] = reason


@kernel
def _stop_at_events(integers, base, scratch, lanes, method, watched, new):
    """Shorten the steps that contain the event of their lane, and end lanes that have reached it."""
    states = integers[base + AT_STATES]
    for lane in range(LANE_COUNT):
        column, threshold, h = scratch[:, lane], lanes[THRESHOLD, lane], lanes[STEP, lane]
        if lanes[ACCEPTED, lane] == 0.0 or not column[states + watched] < threshold:
            continue
        inside = passed(integers, base, column, method, h, watched, threshold, new)
        if inside < 1.0 or column[new + watched] > threshold * (1.0 + EVENT_TOLERANCE):
            fraction = fraction_to(integers, base, column, method, h, watched, threshold, inside)
            lanes[STEP, lane] *= fraction
            lanes[ACCEPTED, lane] = 0.0
        elif column[new + watched] >= threshold:
            lanes[DURATION, lane] = lanes[TIME, lane] + h
            lanes[LAST, lane], lanes[WAITING, lane] = 1.0, 0.0


@kernel
def _advance_integrals(integers, floats, base, functions, scratch, method, h, accepted, saved):
    """Advance the integrals of the lanes whose step is accepted."""
    integrals, count = integers[base + AT_INTEGRALS], integers[base + INTEGRATED_COUNT]
    if count == 0:
        return
    for i in range(count):
        saved[at(i)] = scratch[at(integrals + i)]
    accumulate(integers, floats, base, functions, scratch, method, h)
    for i in range(count):
        scratch[at(integrals + i)] = where(accepted, scratch[at(integrals + i)], saved[at(i)])


@kernel
def _advance_states(integers, base, scratch, method, new, accepted):
    """Advance the core of the lanes whose step is accepted."""
    size, width = integers[base + CORE_COUNT], integers[base + WIDTH]
    states, largest = integers[base + AT_STATES], integers[base + AT_LARGEST]
    slopes = integers[base + AT_SLOPES]
    if method == EXPLICIT:
        last = slopes + 6 * width
        for i in range(size):
            scratch[at(slopes + i)] = where(accepted, scratch[at(last + i)], scratch[at(slopes + i)])
    for i in range(width):
        scratch[at(states + i)] = where(accepted, scratch[at(new + i)], scratch[at(states + i)])
    for i in range(size):
        scratch[at(largest + i)] = max(scratch[at(largest + i)], abs(scratch[at(states + i)]))


@kernel
def _step(integers, floats, base, functions, scratch, method, h, rtol):
    """Make a step in every lane; return the row of the new states, and the error."""
    if method == EXPLICIT:
        explicit_step(integers, base, functions, scratch, h)
        new = integers[base + AT_STATES] + 6 * integers[base + WIDTH]
    else:
        rosenbrock_step(integers, floats, base, functions, scratch, h)
        new = integers[base + AT_VECTOR]
    error = error_norm(
        scratch, integers[base + CORE_COUNT], integers[base + AT_STATES], new, integers[base + AT_ESTIMATE],
        rtol, integers[base + AT_TOLERANCE],
    )  # fmt: skip
    return new, error * (1.0 if method == EXPLICIT else ROSENBROCK_ERROR)


@kernel
def _checked(integers, base, scratch, h, left, stiff, limited_checks, stiff_step, rtol):
    """Return what is known after explicit steps: how often an implicit one would have been faster, how often
    stability was the limit, and the step of the stiff method.
    """
    size, width = integers[base + CORE_COUNT], integers[base + WIDTH]
    states, slopes = integers[base + AT_STATES], integers[base + AT_SLOPES]
    rate = stiffness(scratch, size, width, states, slopes, rtol, integers[base + AT_TOLERANCE])
    limited = is_limited(h, rate)
    limited_checks = where(limited, limited_checks + 1.0, limited_checks)
    stiff_step = known_stiff_step(stiff_step, limited_checks, rate, left)
    fewer = max(0.0, stiff - 1.0)
    worth = where(stiff_is_faster(integers, base, rate, stiff_step, left, rtol), stiff + 1.0, fewer)
    return where(limited, worth, fewer), limited_checks, stiff_step


@kernel
def _integrate_core(integers, floats, base, functions, state, watched, controls, scratch, saved, lanes):
    """Integrate the core in all lanes that run; return the number of rounds."""
    rows, numbers, rates = lane_rows(scratch), lane_rows(lanes), lane_rows(floats)
    size, states, slopes = integers[base + CORE_COUNT], integers[base + AT_STATES], integers[base + AT_SLOPES]
    rtol, duration, zero, one = controls.rtol, numbers[DURATION], splat(0.0), splat(1.0)
    right_hand_side(integers, base, rows, states, slopes)
    norm = jacobian_norm(integers, rates, base, rows, size, states)
    stiff_step = duration
    implicit = where(stiff_is_faster(integers, base, norm, stiff_step, duration, rtol), one, zero)
    h = first_step(integers, base, rows, size, duration, rtol)
    t, stiff, limited_checks, easy, rejected, previous = zero, zero, zero, zero, zero, splat(-9.0)
    running = where(t < duration, numbers[RUNNING], zero)
    rounds = 0
    while which(running > 0.0):
        moving = where(t + h == t, zero, where(h > 1e-30 * duration, running, zero))
        ending = which(moving < running)
        if rounds >= controls.max_steps:
            ending = which(running > 0.0)
        if ending:
            numbers[RUNNING] = running
            reason = MAX_STEPS if rounds >= controls.max_steps else SUCCESS
            _end_lanes(integers, base, scratch, state, lanes, ending, reason)
            running = numbers[RUNNING]
            continue
        last = where(t + h >= duration * (1.0 - 1e-14), one, zero)
        h = where(last > 0.0, duration - t, h)
        rounds += 1
        used = where(running > 0.0, implicit, splat(-1.0))
        for method in range(2):
            chosen = where(used == float(method), one, zero)
            if not which(chosen > 0.0):
                continue
            new, error = _step(integers, rates, base, functions, rows, method, h, rtol)
            accepted = where(error > 1.0, zero, chosen)
            if which(accepted < chosen):
                h = where(accepted < chosen, h * shrinkage_of(error), h)
                rejected = where(accepted < chosen, one, rejected)
            if watched >= 0:
                numbers[STEP], numbers[LAST], numbers[TIME], numbers[ACCEPTED] = h, last, t, accepted
                _stop_at_events(integers, base, scratch, lanes, method, watched, new)
                h, last, accepted, duration = (
                    numbers[STEP], numbers[LAST], numbers[ACCEPTED], numbers[DURATION]
                )  # fmt: skip
            good = accepted > 0.0
            if not which(good):
                continue
            end = where(last > 0.0, duration, t + h)
            _advance_integrals(integers, rates, base, functions, rows, method, h, good, saved)
            size_of_error = logarithm(max(error, 1e-10))
            growth = growth_of(method, size_of_error, previous, where(rejected > 0.0, 1.0, splat(6.0)))
            previous = where(good, max(size_of_error, -9.0), previous)
            rejected = where(good, zero, rejected)
            if method == EXPLICIT and rounds % CHECKED == 0:
                often, checks, step = _checked(
                    integers, base, rows, h, duration - end, stiff, limited_checks, stiff_step, rtol
                )
                stiff, limited_checks = where(good, often, stiff), where(good, checks, limited_checks)
                stiff_step = where(good, step, stiff_step)
            _advance_states(integers, base, rows, method, new, good)
            if method == ROSENBROCK and rounds % CHECKED == 0:
                norm = jacobian_norm(integers, rates, base, rows, size, states)
                faster = explicit_is_faster(integers, base, norm, h, growth)
                easy = where(good, where(faster, easy + 1.0, zero), easy)
            t = where(good, end, t)
            h = where(good, h * growth, h)
            switch = where(stiff >= 3.0, accepted, where(easy >= 2.0, accepted, zero)) > 0.0
            if which(switch):
                if method == ROSENBROCK:
                    stiff_step = where(switch, h, stiff_step)
                    right_hand_side(integers, base, rows, states, slopes)
                implicit = where(switch, 1.0 - implicit, implicit)
                stiff = where(switch, zero, stiff)
                easy = where(switch, zero, easy)
                limited_checks = where(switch, zero, limited_checks)
        running = where(t < duration, running, zero)
    numbers[TIME] = t
    return rounds


@kernel
def integrate_lanes(integers, floats, base, functions, state, species, controls, scratch, saved, lanes):
    """Integrate one system in the lanes, and advance `state` in place; see `integrate.integrate`.

    Arrays have one column per lane, also that of the rate constants. `lanes` gives the rows RUNNING, DURATION
    and THRESHOLD, and receives OUTCOME and TIME; `species` is that of the events. The states of lanes that
    do not run are arbitrary afterwards. Returns the number of rounds.
    """
    rows, numbers, pot, rates = lane_rows(scratch), lane_rows(lanes), lane_rows(state), lane_rows(floats)
    size = integers[base + CORE_COUNT]
    load(integers, rates, base, functions, pot, controls.atol, rows)
    numbers[OUTCOME], numbers[TIME] = splat(float(SUCCESS)), splat(0.0)
    numbers[WAITING] = splat(1.0 if species >= 0 else 0.0)
    running, rounds = numbers[RUNNING], 0
    if size == 0 and species < 0:
        numbers[TIME] = numbers[DURATION]
    if size > 0:
        watched = core_place(integers, base, species)
        rounds = _integrate_core(
            integers, floats, base, functions, state, watched, controls, scratch, lane_rows(saved), lanes
        )
    unload(integers, base, rows, pot)
    numbers[FAILED] = advance_fed_pairs_of_lanes(integers, base, rows, pot, numbers[TIME], controls, running)
    for lane in range(LANE_COUNT):
        if lanes[OUTCOME, lane] == SUCCESS and lanes[WAITING, lane] > 0.0:
            lanes[OUTCOME, lane] = NO_EVENT
        elif lanes[OUTCOME, lane] == SUCCESS and lanes[FAILED, lane] > 0.0:
            lanes[OUTCOME, lane] = STEP_TOO_SMALL
    exact_step(integers, base, rows, pot, numbers[TIME])
    numbers[RUNNING] = running
    return rounds
