"""Steps of sensitivities beside those of the state.

The sensitivities S of the core, one column for each direction, follow S' = J(y) S + W' m(y), where W' is the
derivative of the entries of W. State and sensitivities together are one system, and each step is exactly
that of the method for this system, so the orders of the methods hold. Its Jacobian is block triangular with J
on the diagonal: the factorised matrix of the state serves all columns, and only the derivative of J S + W' m
with respect to y is new. The steps therefore follow those of the state, whose stages are still in scratch.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

from collections import namedtuple

import numpy as np

from neuralcrn.engines.native import tableaus
from neuralcrn.engines.native.algebra_kernels import multiply_partials, negative_jacobian
from neuralcrn.engines.native.compilation import at, kernel
from neuralcrn.engines.native.fused import fma
from neuralcrn.engines.native.packing import (
    AT_INCREMENTS,
    AT_MATRIX,
    AT_STATES,
    AT_TOLERANCE,
    AT_WEIGHTS,
    COLUMN,
    CORE_COUNT,
    CORE_ENTRY_COUNT,
    DERIVATIVE_FACTOR,
    DERIVATIVE_POINTER,
    DERIVATIVE_POWER,
    DIAGONAL,
    ENTRY_COUNT,
    ENTRY_FIRST,
    ENTRY_SECOND,
    JACOBIAN_COUNT,
    JACOBIAN_DERIVATIVE,
    JACOBIAN_ENTRY,
    JACOBIAN_POSITION,
    ROW_POINTER,
    SCRATCH_SIZE,
    TERM_CONSTANT,
    TERM_CONSTANT_POINTER,
    TERM_POINTER,
    TERM_VALUE,
    WIDTH,
)
from neuralcrn.engines.native.steps import EXPLICIT

Curvature = namedtuple("Curvature", "position entry along coefficient pointer factor places rows columns")
"""Second derivatives: term i adds coefficient W[entry] v[along] prod(y[factors]) to the entry at a position
of the derivative of J(y) v. The last three are the entries of J: position in the pattern, row and column.
"""

Columns = namedtuple(
    "Columns",
    "count controlled curvature source_entry source_place source_value start stage steps fluxes bends slopes "
    "matrix records",
)
"""Sensitivities of one integration; matrices have the shape (core species, columns), flattened.

count, controlled: number of columns, and whether their errors limit the step size. source_*: the nonzero
entries of W', with the place of their row and column in a matrix. start, stage: the sensitivities at the
start of a step, and at a stage, at last at its end. steps: shape (8, size), slopes or increments of a step,
the last of them its error. fluxes, bends, slopes, matrix: memory for the monomials of the entries, the terms
of the curvature and of the Jacobian, and the derivative of J(y) v. records: shape (times, size).
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
def _monomials(integers, base, scratch, y, fluxes):
    """Write the monomial of every core entry at `y`."""
    multiply_partials(integers, base, scratch, y)
    first = integers[base + ENTRY_FIRST]
    second = integers[base + ENTRY_SECOND]
    for entry in range(integers[base + CORE_ENTRY_COUNT]):
        a = scratch[at(y + integers[at(first + entry)])]
        fluxes[at(entry)] = a * scratch[at(y + integers[at(second + entry)])]


@kernel
def _add_product(factor, source, origin, target, place, count):
    """Add a multiple of one row of a matrix to a row of another."""
    for j in range(count):
        target[at(place + j)] = fma(factor, source[at(origin + j)], target[at(place + j)])


@kernel
def _combine(factor, coefficients, steps, target, count):
    """Add a multiple of a combination of steps; row by row, so that the target remains in the cache."""
    for place in range(0, len(target), max(1, count)):
        for step in range(len(coefficients)):
            _add_product(factor * coefficients[step], steps[step], place, target, place, count)


@kernel
def _add_slopes(integers, floats, base, scratch, columns, y, target):
    """Add J(y) S of the stage, and W' times `fluxes`."""
    jacobian, count, curvature = integers[base + SCRATCH_SIZE], columns.count, columns.curvature
    negative_jacobian(integers, floats, base, scratch, y, jacobian)
    for k in range(len(curvature.places)):
        factor = -scratch[at(jacobian + curvature.places[at(k)])]
        origin, place = curvature.columns[at(k)] * count, curvature.rows[at(k)] * count
        _add_product(factor, columns.stage, origin, target, place, count)
    for k in range(len(columns.source_entry)):
        place = at(columns.source_place[at(k)])
        flux = columns.fluxes[at(columns.source_entry[at(k)])]
        target[place] = fma(columns.source_value[at(k)], flux, target[place])


@kernel
def _explicit_columns(integers, floats, base, scratch, columns, h):
    """Advance the columns over the explicit step that the state has just made."""
    y, width = integers[base + AT_STATES], integers[base + WIDTH]
    for stage in range(7):
        columns.stage[:] = columns.start
        _combine(h, _A[stage, :stage], columns.steps, columns.stage, columns.count)
        own, row = columns.steps[stage], y + stage * width
        own[:] = 0.0
        _monomials(integers, base, scratch, row, columns.fluxes)
        _add_slopes(integers, floats, base, scratch, columns, row, own)
    columns.steps[7][:] = 0.0
    _combine(h, _E, columns.steps, columns.steps[7], columns.count)


@kernel
def _differentiate(integers, floats, base, scratch, columns):
    """Compute the terms of the Jacobian and of its derivative at the start of a step, without W."""
    y, curvature = integers[base + AT_STATES], columns.curvature
    pointer, factor = integers[base + DERIVATIVE_POINTER], integers[base + DERIVATIVE_FACTOR]
    power, derivatives = integers[base + DERIVATIVE_POWER], integers[base + JACOBIAN_DERIVATIVE]
    for term in range(integers[base + JACOBIAN_COUNT]):
        index = integers[at(derivatives + term)]
        product = floats[at(power + index)]
        for i in range(integers[at(pointer + index)], integers[at(pointer + index + 1)]):
            product *= scratch[at(y + integers[at(factor + i)])]
        columns.slopes[at(term)] = product
    weights = integers[base + AT_WEIGHTS]
    for term in range(len(curvature.entry)):
        product = curvature.coefficient[at(term)] * scratch[at(weights + curvature.entry[at(term)])]
        for i in range(curvature.pointer[at(term)], curvature.pointer[at(term + 1)]):
            product *= scratch[at(y + curvature.factor[at(i)])]
        columns.bends[at(term)] = product


@kernel
def _add_along(integers, base, scratch, columns, v, target):
    """Add the derivative of J S + W' m at the start of a step along a change of the state: that of m to
    `fluxes`, and that of J, times the columns at the start, to the target.
    """
    curvature, count, matrix = columns.curvature, columns.count, columns.matrix
    entries, positions = integers[base + JACOBIAN_ENTRY], integers[base + JACOBIAN_POSITION]
    column = integers[base + COLUMN]
    for term in range(integers[base + JACOBIAN_COUNT]):
        along = integers[at(column + integers[at(positions + term)])]
        entry = at(integers[at(entries + term)])
        columns.fluxes[entry] = fma(columns.slopes[at(term)], scratch[at(v + along)], columns.fluxes[entry])
    matrix[:] = 0.0
    for term in range(len(curvature.entry)):
        place = at(curvature.position[at(term)])
        change = scratch[at(v + curvature.along[at(term)])]
        matrix[place] = fma(columns.bends[at(term)], change, matrix[place])
    for k in range(len(curvature.places)):
        factor = matrix[at(curvature.places[at(k)])]
        if factor != 0.0:
            origin, place = curvature.columns[at(k)] * count, curvature.rows[at(k)] * count
            _add_product(factor, columns.start, origin, target, place, count)


@kernel
def solve_columns(integers, base, scratch, x, count):
    """Solve with the factorised matrix for all columns of `x`, in place."""
    matrix = integers[base + AT_MATRIX]
    rows, columns = integers[base + ROW_POINTER], integers[base + COLUMN]
    diagonal, size = integers[base + DIAGONAL], integers[base + CORE_COUNT]
    for row in range(size):
        for place in range(integers[at(rows + row)], integers[at(diagonal + row)]):
            origin = integers[at(columns + place)] * count
            _add_product(-scratch[at(matrix + place)], x, origin, x, row * count, count)
    for row in range(size - 1, -1, -1):
        middle = integers[at(diagonal + row)]
        for place in range(middle + 1, integers[at(rows + row + 1)]):
            origin = integers[at(columns + place)] * count
            _add_product(-scratch[at(matrix + place)], x, origin, x, row * count, count)
        inverse = scratch[at(matrix + middle)]
        for j in range(count):
            x[at(row * count + j)] *= inverse


@kernel
def _rosenbrock_columns(integers, floats, base, scratch, columns, h):
    """Advance the columns over the Rosenbrock step that the state has just made."""
    y, width = integers[base + AT_STATES], integers[base + WIDTH]
    inverse = 1.0 / h
    _differentiate(integers, floats, base, scratch, columns)
    for stage in range(8):
        own, row = columns.steps[stage], y + stage * width
        columns.stage[:] = columns.start
        own[:] = 0.0
        _combine(1.0, _RA[stage, :stage], columns.steps, columns.stage, columns.count)
        _combine(inverse, _RC[stage, :stage], columns.steps, own, columns.count)
        _monomials(integers, base, scratch, row, columns.fluxes)
        change = integers[base + AT_INCREMENTS] + stage * width
        _add_along(integers, base, scratch, columns, change, own)
        _add_slopes(integers, floats, base, scratch, columns, row, own)
        solve_columns(integers, base, scratch, own, columns.count)
    columns.stage[:] += columns.steps[7]


@kernel
def _error_of_columns(integers, base, scratch, columns, new, rtol):
    """Return the largest ratio of estimated error to tolerance; infinite if a number is not finite.

    The tolerance of dx/dp, in units of x per p, is that of x, or relative to dx/dp if that is larger.
    """
    y, tolerance = integers[base + AT_STATES], integers[base + AT_TOLERANCE]
    worst, count, estimate = 0.0, columns.count, columns.steps[7]
    for i in range(integers[base + CORE_COUNT]):
        atol, magnitude = scratch[at(tolerance + i)], max(abs(scratch[at(y + i)]), abs(scratch[at(new + i)]))
        for k in range(i * count, (i + 1) * count):
            largest = max(magnitude, abs(columns.start[at(k)]), abs(columns.stage[at(k)]))
            allowed, error = atol + rtol * largest, abs(estimate[at(k)])
            if not error <= worst * allowed < np.inf:
                worst = error / allowed
                if not worst < np.inf:
                    return np.inf
    return worst if columns.controlled else 0.0


@kernel
def advance_columns(integers, floats, base, scratch, columns, method, h, new, rtol):
    """Advance the columns over the step of the state, and return the ratio of their errors to the
    tolerance.
    """
    if method == EXPLICIT:
        _explicit_columns(integers, floats, base, scratch, columns, h)
    else:
        _rosenbrock_columns(integers, floats, base, scratch, columns, h)
    return _error_of_columns(integers, base, scratch, columns, new, rtol)


@kernel
def record_columns(columns, method, h, theta, record):
    """Write the columns at the fraction theta of the last step, by the interpolant of the method."""
    weights = np.zeros(8)
    if method == EXPLICIT:
        record[:] = columns.start
        for stage in range(7):
            for power in range(4, -1, -1):
                weights[stage] = h * _DENSE[stage, power] + theta * weights[stage]
    else:
        for k in range(len(record)):
            record[at(k)] = (1.0 - theta) * columns.start[at(k)] + theta * columns.stage[at(k)]
        for stage in range(8):
            bend = _RDENSE[0, stage] + theta * (_RDENSE[1, stage] + theta * _RDENSE[2, stage])
            weights[stage] = theta * (1.0 - theta) * bend
    _combine(1.0, weights, columns.steps, record, columns.count)
