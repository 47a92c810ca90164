"""Steps of sensitivities beside those of the state.

The sensitivities S of the core, one column for each direction, follow S' = J(y) S + W' m(y), where W' is the
derivative of the entries of W. State and sensitivities together are one system, and each step is exactly
that of the method for this system, so the orders of the methods hold. Its Jacobian is block triangular with J
on the diagonal: the factorised matrix of the state serves all columns, and only the derivative of J S + W' m
with respect to y is new. The steps therefore follow those of the state, whose stages are still in scratch.

First everything that all columns share is computed for all stages: m, J, and the derivative of J along the
increments. Then the columns are advanced in blocks, as `lanes`: a block makes the whole step while its
numbers are in the cache, and every number that is loaded serves all of its columns.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

from collections import namedtuple

import numpy as np

from neuralcrn.engines.native import tableaus
from neuralcrn.engines.native.algebra_kernels import multiply_partials, negative_jacobian, solve
from neuralcrn.engines.native.column_packing import (
    AT_BENDS,
    AT_BENT,
    AT_FLUXES,
    AT_JACOBIAN_TERMS,
    AT_JACOBIANS,
    AT_NEGATIVE,
    AT_SOURCES,
    AT_STAGE,
    AT_START,
    AT_STATE_SHARES,
    AT_STEP_SHARES,
    AT_STEPS,
    AT_WORST,
    BEND_ALONG,
    BEND_COUNT,
    BEND_ENTRY,
    BEND_FACTOR,
    BEND_POINTER,
    BEND_POSITION,
    BEND_POWER,
    BENT_COLUMN,
    BENT_COUNT,
    BENT_POINTER,
    BLOCK_COUNT,
    BLOCK_MATRICES,
    CONTROLLED,
    PLACE,
    PLACE_COLUMN,
    PLACE_COUNT,
    PLACE_POINTER,
    SOURCE_ENTRY,
    SOURCE_POINTER,
    SOURCE_ROW,
)
from neuralcrn.engines.native.compilation import at, kernel
from neuralcrn.engines.native.fused import fma
from neuralcrn.engines.native.lanes import LANE_COUNT, lane_rows, splat, where
from neuralcrn.engines.native.packing import (
    AT_INCREMENTS,
    AT_STATES,
    AT_TOLERANCE,
    AT_WEIGHTS,
    COLUMN,
    CORE_COUNT,
    CORE_ENTRY_COUNT,
    DERIVATIVE_FACTOR,
    DERIVATIVE_POINTER,
    DERIVATIVE_POWER,
    ENTRY_COUNT,
    ENTRY_FIRST,
    ENTRY_SECOND,
    JACOBIAN_COUNT,
    JACOBIAN_DERIVATIVE,
    JACOBIAN_ENTRY,
    JACOBIAN_POSITION,
    TERM_CONSTANT,
    TERM_CONSTANT_POINTER,
    TERM_POINTER,
    TERM_VALUE,
    WIDTH,
)
from neuralcrn.engines.native.steps import (
    EXPLICIT,
    EXPLICIT_COLUMNS,
    EXPLICIT_TABLES,
    ROSENBROCK_COLUMNS,
    ROSENBROCK_TABLES,
    call_function,
)

Columns = namedtuple("Columns", "plan lanes records")
"""Sensitivities of one integration: their plan and lanes (see `column_packing`), and one matrix for each time
of recording.
"""

_A = tableaus.TSIT5_A
_E = tableaus.TSIT5_ERROR
_DENSE = tableaus.TSIT5_DENSE
_RA = tableaus.RODAS5P_A
_RC = tableaus.RODAS5P_C
_RDENSE = tableaus.RODAS5P_DENSE


@kernel
def fold_directions(integers, floats, base, state, rates, start, entries):
    """Add the derivative of every entry of W, shape (entries, columns), from those of the rate constants,
    shape (terms, columns), and of the constants in `start`, shape (species, columns).
    """
    term_pointer = integers[base + TERM_POINTER]
    constant_pointer = integers[base + TERM_CONSTANT_POINTER]
    constant = integers[base + TERM_CONSTANT]
    value = integers[base + TERM_VALUE]
    for entry in range(integers[base + ENTRY_COUNT]):
        for term in range(integers[at(term_pointer + entry)], integers[at(term_pointer + entry + 1)]):
            begin = integers[at(constant_pointer + term)]
            end = integers[at(constant_pointer + term + 1)]
            for without in range(begin, end + 1):  # the last one leaves no constant out
                product = 1.0 if without == end else floats[at(value + term)]
                for i in range(begin, end):
                    if i != without:
                        product *= state[integers[at(constant + i)]]
                source = rates[term] if without == end else start[integers[at(constant + without)]]
                for j in range(entries.shape[1]):
                    entries[entry, j] += product * source[j]


@kernel
def _tabulate_shares(plan, scratch, method, h):
    """Write the coefficients of the steps before a stage in its state, and in its own step.

    The error of an explicit step counts as a stage.
    """
    states, steps = plan[AT_STATE_SHARES], plan[AT_STEP_SHARES]
    for stage in range(8):
        for before in range(stage):
            place = at(8 * stage + before)
            if method == EXPLICIT:
                share = _E[before] if stage == 7 else _A[stage, before]
                scratch[at(states + place)] = h * share
            else:
                scratch[at(states + place)] = _RA[stage, before]
                scratch[at(steps + place)] = 1.0 / h * _RC[stage, before]


@kernel
def _tabulate_stage(integers, floats, base, scratch, plan, stage):
    """Write the monomial of every core entry, and J, at the state of a stage."""
    y, count = integers[base + AT_STATES] + stage * integers[base + WIDTH], integers[base + CORE_ENTRY_COUNT]
    multiply_partials(integers, base, scratch, y)
    first, second = integers[base + ENTRY_FIRST], integers[base + ENTRY_SECOND]
    fluxes = plan[AT_FLUXES] + stage * count
    for entry in range(count):
        a = scratch[at(y + integers[at(first + entry)])]
        scratch[at(fluxes + entry)] = a * scratch[at(y + integers[at(second + entry)])]
    negative, places, count = plan[AT_NEGATIVE], plan[PLACE], plan[PLACE_COUNT]
    jacobian = plan[AT_JACOBIANS] + stage * count
    negative_jacobian(integers, floats, base, scratch, y, negative)
    for k in range(count):
        scratch[at(jacobian + k)] = -scratch[at(negative + plan[at(places + k)])]


@kernel
def _differentiate(integers, floats, base, scratch, plan):
    """Compute the terms of the Jacobian and of its derivative at the start of a step, without W."""
    y, slopes, bends = integers[base + AT_STATES], plan[AT_JACOBIAN_TERMS], plan[AT_BENDS]
    pointer, factor = integers[base + DERIVATIVE_POINTER], integers[base + DERIVATIVE_FACTOR]
    power, derivatives = integers[base + DERIVATIVE_POWER], integers[base + JACOBIAN_DERIVATIVE]
    for term in range(integers[base + JACOBIAN_COUNT]):
        index = integers[at(derivatives + term)]
        product = floats[at(power + index)]
        for i in range(integers[at(pointer + index)], integers[at(pointer + index + 1)]):
            product *= scratch[at(y + integers[at(factor + i)])]
        scratch[at(slopes + term)] = product
    weights, entries, powers = integers[base + AT_WEIGHTS], plan[BEND_ENTRY], plan[BEND_POWER]
    pointer, factor = plan[BEND_POINTER], plan[BEND_FACTOR]
    for term in range(plan[BEND_COUNT]):
        product = plan[at(powers + term)] * scratch[at(weights + plan[at(entries + term)])]
        for i in range(plan[at(pointer + term)], plan[at(pointer + term + 1)]):
            product *= scratch[at(y + plan[at(factor + i)])]
        scratch[at(bends + term)] = product


@kernel
def _tabulate_along(integers, base, scratch, plan, stage):
    """Compute the derivative of J S + W' m at the start of a step along the increment of a stage: add that of
    m to the monomials, and write that of J.
    """
    v, column = integers[base + AT_INCREMENTS] + stage * integers[base + WIDTH], integers[base + COLUMN]
    entries, positions = integers[base + JACOBIAN_ENTRY], integers[base + JACOBIAN_POSITION]
    fluxes, slopes = plan[AT_FLUXES] + stage * integers[base + CORE_ENTRY_COUNT], plan[AT_JACOBIAN_TERMS]
    for term in range(integers[base + JACOBIAN_COUNT]):
        along = integers[at(column + integers[at(positions + term)])]
        flux = at(fluxes + integers[at(entries + term)])
        scratch[flux] = fma(scratch[at(slopes + term)], scratch[at(v + along)], scratch[flux])
    bent, bends = plan[AT_BENT] + stage * plan[BENT_COUNT], plan[AT_BENDS]
    positions, alongs = plan[BEND_POSITION], plan[BEND_ALONG]
    for place in range(plan[BENT_COUNT]):
        scratch[at(bent + place)] = 0.0
    for term in range(plan[BEND_COUNT]):
        place = at(bent + plan[at(positions + term)])
        change = scratch[at(v + plan[at(alongs + term)])]
        scratch[place] = fma(scratch[at(bends + term)], change, scratch[place])


@kernel
def _add_steps(scratch, shares, count, lanes, step, size, total):
    """Add a combination of the first steps of a block; `step` is the row of a species in the first of
    them.
    """
    for i in range(count):
        total = fma(scratch[at(shares + i)], lanes[at(step + i * size)], total)
    return total


@kernel
def _add_product(plan, pointer, column, row, scratch, values, lanes, x, total):
    """Add a row of a matrix, whose entries are in scratch, times a block of columns."""
    rows, columns = plan[pointer], plan[column]
    for k in range(plan[at(rows + row)], plan[at(rows + row + 1)]):
        total = fma(scratch[at(values + k)], lanes[at(x + plan[at(columns + k)])], total)
    return total


@kernel
def _write_sources(integers, base, scratch, plan, lanes, block, stages):
    """Write the derivative of W times the monomials of every stage to its step."""
    size, count, fluxes = integers[base + CORE_COUNT], integers[base + CORE_ENTRY_COUNT], plan[AT_FLUXES]
    pointer, entries, rows = plan[SOURCE_POINTER], plan[SOURCE_ENTRY], plan[SOURCE_ROW]
    steps, sources = (BLOCK_MATRICES * block + AT_STEPS) * size, plan[AT_SOURCES]
    for row in range(stages * size):
        lanes[at(steps + row)] = splat(0.0)
    for k in range(plan[at(pointer + block)], plan[at(pointer + block + 1)]):
        flux, value = fluxes + plan[at(entries + k)], lanes[at(sources + k)]
        place = steps + plan[at(rows + k)]
        for stage in range(stages):
            row = at(place + stage * size)
            lanes[row] = fma(scratch[at(flux + stage * count)], value, lanes[row])


@kernel
def advance_block(integers, base, functions, scratch, plan, lanes, method):
    """Advance a block of columns, the first of `lanes`, over the step that the state has just made."""
    which = EXPLICIT_COLUMNS if method == EXPLICIT else ROSENBROCK_COLUMNS
    if functions[which] != 0:
        call_function(functions[which], lane_rows(lanes), scratch, 0.0)
        return
    _advance_by_loops(integers, base, scratch, plan, lane_rows(lanes), method)


@kernel
def _advance_by_loops(integers, base, scratch, plan, lanes, method):
    """Do the same by loops."""
    size, states, steps = integers[base + CORE_COUNT], plan[AT_STATE_SHARES], plan[AT_STEP_SHARES]
    start, reached, first = AT_START * size, AT_STAGE * size, AT_STEPS * size
    for stage in range(7 if method == EXPLICIT else 8):
        own, before = first + stage * size, 8 * stage
        for i in range(size):
            total = lanes[at(start + i)]
            lanes[at(reached + i)] = _add_steps(
                scratch, states + before, stage, lanes, first + i, size, total
            )
        jacobian = plan[AT_JACOBIANS] + stage * plan[PLACE_COUNT]
        bent = plan[AT_BENT] + stage * plan[BENT_COUNT]
        for i in range(size):
            total = lanes[at(own + i)]
            if method != EXPLICIT:
                total = _add_steps(scratch, steps + before, stage, lanes, first + i, size, total)
                total = _add_product(plan, BENT_POINTER, BENT_COLUMN, i, scratch, bent, lanes, start, total)
            lanes[at(own + i)] = _add_product(
                plan, PLACE_POINTER, PLACE_COLUMN, i, scratch, jacobian, lanes, reached, total
            )
        if method != EXPLICIT:
            solve(integers, base, scratch, lanes, own)
    for i in range(size):
        last = at(first + 7 * size + i)
        if method == EXPLICIT:
            lanes[last] = _add_steps(scratch, states + 56, 7, lanes, first + i, size, splat(0.0))
        else:
            lanes[at(reached + i)] += lanes[last]


@kernel
def _error_of_columns(integers, base, scratch, plan, lanes, new, rtol):
    """Return the largest ratio of estimated error to tolerance in every lane; infinite if a number is not
    finite.

    The tolerance of dx/dp, in units of x per p, is that of x, or relative to dx/dp if that is larger.
    """
    y, tolerance = integers[base + AT_STATES], integers[base + AT_TOLERANCE]
    size, worst = integers[base + CORE_COUNT], splat(0.0)
    for block in range(plan[BLOCK_COUNT]):
        first = BLOCK_MATRICES * block * size
        start, end, error = first + AT_START * size, first + AT_STAGE * size, first + (AT_STEPS + 7) * size
        for i in range(size):
            magnitude = max(abs(scratch[at(y + i)]), abs(scratch[at(new + i)]))
            largest = max(max(magnitude, abs(lanes[at(start + i)])), abs(lanes[at(end + i)]))
            ratio = abs(lanes[at(error + i)]) / (scratch[at(tolerance + i)] + rtol * largest)
            worst = max(worst, where(ratio < np.inf, ratio, np.inf))
    return worst


@kernel
def tabulate(integers, floats, base, functions, scratch, plan, method):
    """Compute what all columns share in the step that the state has just made."""
    which = EXPLICIT_TABLES if method == EXPLICIT else ROSENBROCK_TABLES
    if functions[which] != 0:
        call_function(functions[which], scratch, scratch, 0.0)
        return
    for stage in range(7 if method == EXPLICIT else 8):
        _tabulate_stage(integers, floats, base, scratch, plan, stage)
    if method != EXPLICIT:
        _differentiate(integers, floats, base, scratch, plan)
        for stage in range(8):
            _tabulate_along(integers, base, scratch, plan, stage)


@kernel
def advance_columns(integers, floats, base, functions, scratch, columns, method, h, new, rtol):
    """Advance the columns over the step of the state, and return the ratio of their errors to the
    tolerance.
    """
    plan, lanes, worst, stages = columns.plan, lane_rows(columns.lanes), 0.0, 7 if method == EXPLICIT else 8
    rows = BLOCK_MATRICES * integers[base + CORE_COUNT]
    _tabulate_shares(plan, scratch, method, h)
    tabulate(integers, floats, base, functions, scratch, plan, method)
    for block in range(plan[BLOCK_COUNT]):
        _write_sources(integers, base, scratch, plan, lanes, block, stages)
        advance_block(integers, base, functions, scratch, plan, columns.lanes[block * rows :], method)
    lanes[plan[AT_WORST]] = _error_of_columns(integers, base, scratch, plan, lanes, new, rtol)
    for lane in range(LANE_COUNT):
        worst = max(worst, columns.lanes[plan[AT_WORST], lane])
    return worst if plan[CONTROLLED] or worst == np.inf else 0.0


@kernel
def accept_columns(integers, base, columns):
    """Begin the next step where this one ended."""
    lanes, size = lane_rows(columns.lanes), integers[base + CORE_COUNT]
    for block in range(columns.plan[BLOCK_COUNT]):
        first = BLOCK_MATRICES * block
        for i in range(size):
            lanes[at((first + AT_START) * size + i)] = lanes[at((first + AT_STAGE) * size + i)]


@kernel
def record_columns(integers, base, scratch, columns, method, h, theta, record):
    """Write the columns at the fraction theta of the last step, by the interpolant of the method."""
    plan, lanes, result = columns.plan, lane_rows(columns.lanes), lane_rows(record)
    shares, size = plan[AT_STATE_SHARES], integers[base + CORE_COUNT]
    for stage in range(8):
        share = 0.0
        if method == EXPLICIT and stage < 7:
            for power in range(4, -1, -1):
                share = h * _DENSE[stage, power] + theta * share
        elif method != EXPLICIT:
            bend = _RDENSE[0, stage] + theta * (_RDENSE[1, stage] + theta * _RDENSE[2, stage])
            share = theta * (1.0 - theta) * bend
        scratch[at(shares + stage)] = share
    for block in range(plan[BLOCK_COUNT]):
        for i in range(size):
            row = BLOCK_MATRICES * block * size + i
            value = lanes[at(row + AT_START * size)]
            if method != EXPLICIT:
                value = (1.0 - theta) * value + theta * lanes[at(row + AT_STAGE * size)]
            result[at(block * size + i)] = _add_steps(
                scratch, shares, 8, lanes, row + AT_STEPS * size, size, value
            )
