"""Algebraic operations on networks for the steps of all methods, compiled, and driven by index arrays.

All numbers of an integration are in one scratch vector, at positions given by the header of the packed
system; rows of states, slopes and increments have one more element than there are core species.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

from neuralcrn.engines.native.compilation import at, kernel
from neuralcrn.engines.native.fused import fma
from neuralcrn.engines.native.packing import (
    AT_ESTIMATE,
    AT_INTEGRALS,
    AT_MATRIX,
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
    ENTRY_INTEGRAL,
    ENTRY_POINTER,
    ENTRY_ROW,
    ENTRY_SECOND,
    FILLED_BEGIN,
    FILLED_END,
    GRADIENT_DERIVATIVE,
    GRADIENT_FACTOR,
    GRADIENT_POINTER,
    INTEGRATED_COUNT,
    INTEGRATED_FIRST,
    INTEGRATED_SECOND,
    JACOBIAN_COUNT,
    JACOBIAN_DERIVATIVE,
    JACOBIAN_ENTRY,
    JACOBIAN_POSITION,
    NONZERO_COUNT,
    PARTIAL_COUNT,
    PARTIAL_FACTOR,
    PARTIAL_POINTER,
    QUADRATURE_COUNT,
    ROW_POINTER,
    TERM_CONSTANT,
    TERM_CONSTANT_POINTER,
    TERM_POINTER,
    TERM_VALUE,
)

_LONG_ROW = 16
"""With more pivots than this it is faster to scatter a row before they are subtracted."""


@kernel
def fold(integers, floats, base, state, scratch):
    """Compute every entry of W from rate constants and the concentrations of the constants."""
    term_pointer = integers[base + TERM_POINTER]
    constant_pointer = integers[base + TERM_CONSTANT_POINTER]
    constant = integers[base + TERM_CONSTANT]
    value = integers[base + TERM_VALUE]
    weights = integers[base + AT_WEIGHTS]
    for entry in range(integers[base + ENTRY_COUNT]):
        total = 0.0
        for term in range(integers[at(term_pointer + entry)], integers[at(term_pointer + entry + 1)]):
            product = floats[at(value + term)]
            for i in range(integers[at(constant_pointer + term)], integers[at(constant_pointer + term + 1)]):
                product *= state[integers[at(constant + i)]]
            total += product
        scratch[at(weights + entry)] = total


@kernel
def multiply_partials(integers, base, scratch, y):
    """Complete the row of states at `y`: the products that monomials of high degree share out."""
    pointer = integers[base + PARTIAL_POINTER]
    factor = integers[base + PARTIAL_FACTOR]
    place = y + integers[base + CORE_COUNT] + 1
    for k in range(integers[base + PARTIAL_COUNT]):
        begin = integers[at(pointer + k)]
        product = scratch[at(y + integers[at(factor + begin)])]
        for i in range(begin + 1, integers[at(pointer + k + 1)]):
            product *= scratch[at(y + integers[at(factor + i)])]
        scratch[at(place + k)] = product


@kernel
def right_hand_side(integers, base, scratch, y, dy):
    """Write dy/dt = W m(y) of the core at the row `dy` of scratch."""
    multiply_partials(integers, base, scratch, y)
    weights = integers[base + AT_WEIGHTS]
    pointer = integers[base + ENTRY_POINTER]
    first = integers[base + ENTRY_FIRST]
    second = integers[base + ENTRY_SECOND]
    entry = integers[at(pointer)]
    for row in range(integers[base + CORE_COUNT]):
        total = 0.0
        end = integers[at(pointer + row + 1)]
        while entry < end:
            a = scratch[at(y + integers[at(first + entry)])]
            b = scratch[at(y + integers[at(second + entry)])]
            total = fma(scratch[at(weights + entry)], a * b, total)
            entry += 1
        scratch[at(dy + row)] = total


@kernel
def negative_jacobian(integers, floats, base, scratch, y, matrix):
    """Write minus the Jacobian of the core at `y` into the nonzeros of a matrix at `matrix`."""
    weights = integers[base + AT_WEIGHTS]
    for position in range(integers[base + NONZERO_COUNT]):
        scratch[at(matrix + position)] = 0.0
    pointer = integers[base + DERIVATIVE_POINTER]
    factor = integers[base + DERIVATIVE_FACTOR]
    power = integers[base + DERIVATIVE_POWER]
    positions = integers[base + JACOBIAN_POSITION]
    entries = integers[base + JACOBIAN_ENTRY]
    derivatives = integers[base + JACOBIAN_DERIVATIVE]
    for term in range(integers[base + JACOBIAN_COUNT]):
        index = integers[at(derivatives + term)]
        product = floats[at(power + index)]
        for i in range(integers[at(pointer + index)], integers[at(pointer + index + 1)]):
            product *= scratch[at(y + integers[at(factor + i)])]
        scratch[at(matrix + integers[at(positions + term)])] -= (
            scratch[at(weights + integers[at(entries + term)])] * product
        )


@kernel
def _reduce_long_row(integers, base, scratch, row, middle):
    """Subtract the pivot rows of the entries before `middle` from a row, scattered to the row of estimates.

    Elimination of a large network fills its last columns, so most of a pivot row is in consecutive columns up
    to its end; this part is subtracted as a block.
    """
    matrix = integers[base + AT_MATRIX]
    rows = integers[base + ROW_POINTER]
    columns = integers[base + COLUMN]
    diagonal = integers[base + DIAGONAL]
    spread = integers[base + AT_ESTIMATE]  # filled only at the end of a step
    begin, end = integers[at(rows + row)], integers[at(rows + row + 1)]
    for place in range(begin, end):
        scratch[at(spread + integers[at(columns + place)])] = scratch[at(matrix + place)]
    for place in range(begin, middle):
        pivot = integers[at(columns + place)]
        right = integers[at(diagonal + pivot)]
        multiplier = scratch[at(spread + pivot)] * scratch[at(matrix + right)]
        scratch[at(spread + pivot)] = multiplier
        source, last = right + 1, integers[at(rows + pivot + 1)] - 1
        while source < last and (
            integers[at(columns + last)] - integers[at(columns + source)] > last - source
        ):
            target = spread + integers[at(columns + source)]
            scratch[at(target)] = fma(-multiplier, scratch[at(matrix + source)], scratch[at(target)])
            source += 1
        target = spread + integers[at(columns + source)]
        for i in range(last + 1 - source):
            scratch[at(target + i)] = fma(
                -multiplier, scratch[at(matrix + source + i)], scratch[at(target + i)]
            )
    for place in range(begin, end):
        scratch[at(matrix + place)] = scratch[at(spread + integers[at(columns + place)])]


@kernel
def _subtract_row(scratch, target, source, pivot, last):
    """Subtract a pivot row up to a column; `target` and `source` are the positions of column 0 in both."""
    multiplier = scratch[at(target + pivot)] * scratch[at(source + pivot)]
    scratch[at(target + pivot)] = multiplier
    for i in range(pivot + 1, last):
        scratch[at(target + i)] = fma(-multiplier, scratch[at(source + i)], scratch[at(target + i)])


@kernel
def _subtract_four_rows(scratch, target, a, b, c, d, pivot, last):
    """Subtract four filled pivot rows, the first of which is `pivot`, as if one after the other.

    Most elements of the row are read and written once in place of four times.
    """
    for first, source in ((pivot, a), (pivot + 1, b), (pivot + 2, c), (pivot + 3, d)):
        _subtract_row(scratch, target, source, first, pivot + 4)
    one, two = -scratch[at(target + pivot)], -scratch[at(target + pivot + 1)]
    three, four = -scratch[at(target + pivot + 2)], -scratch[at(target + pivot + 3)]
    for i in range(pivot + 4, last):
        total = fma(one, scratch[at(a + i)], scratch[at(target + i)])
        total = fma(three, scratch[at(c + i)], fma(two, scratch[at(b + i)], total))
        scratch[at(target + i)] = fma(four, scratch[at(d + i)], total)


@kernel
def _factorise_block(integers, base, scratch, begin, end):
    """Factorise the filled block of rows, in groups of four pivots, which stay in the cache.

    In the storage all its rows have the same columns from `begin` on, up to `last`.
    """
    rows, diagonal = integers[base + ROW_POINTER], integers[base + DIAGONAL]
    matrix = integers[base + AT_MATRIX]
    last = begin + integers[at(rows + begin + 1)] - integers[at(diagonal + begin)]
    for pivot in range(begin, end, 4):
        after = min(pivot + 4, end)
        for row in range(pivot, after):
            target = matrix + integers[at(diagonal + row)] - row
            for one in range(pivot, row):
                _subtract_row(scratch, target, matrix + integers[at(diagonal + one)] - one, one, last)
            scratch[at(target + row)] = 1.0 / scratch[at(target + row)]
        for row in range(after, end):
            _subtract_four_rows(
                scratch,
                matrix + integers[at(diagonal + row)] - row,
                matrix + integers[at(diagonal + pivot)] - pivot,
                matrix + integers[at(diagonal + pivot + 1)] - pivot - 1,
                matrix + integers[at(diagonal + pivot + 2)] - pivot - 2,
                matrix + integers[at(diagonal + pivot + 3)] - pivot - 3,
                pivot,
                last,
            )


@kernel
def factorise(integers, floats, base, scratch, y, shift):
    """Factorise shift I - J in place; each diagonal entry becomes its inverse.

    Rows are ascending, so one pass over two of them finds the elements to be subtracted.
    """
    matrix = integers[base + AT_MATRIX]
    negative_jacobian(integers, floats, base, scratch, y, matrix)
    rows = integers[base + ROW_POINTER]
    columns = integers[base + COLUMN]
    diagonal = integers[base + DIAGONAL]
    filled, filled_end = integers[base + FILLED_BEGIN], integers[base + FILLED_END]
    for row in range(integers[base + CORE_COUNT]):
        begin, middle = integers[at(rows + row)], integers[at(diagonal + row)]
        scratch[at(matrix + middle)] += shift
        in_block = filled <= row < filled_end
        end = middle - (row - filled) if in_block else middle
        if end - begin > _LONG_ROW:
            _reduce_long_row(integers, base, scratch, row, end)
            begin = end
        for place in range(begin, end):
            pivot = integers[at(columns + place)]
            right = integers[at(diagonal + pivot)]
            multiplier = scratch[at(matrix + place)] * scratch[at(matrix + right)]
            scratch[at(matrix + place)] = multiplier
            target = place
            for source in range(right + 1, integers[at(rows + pivot + 1)]):
                column = integers[at(columns + source)]
                target += 1
                while integers[at(columns + target)] != column:
                    target += 1
                scratch[at(matrix + target)] = fma(
                    -multiplier, scratch[at(matrix + source)], scratch[at(matrix + target)]
                )
        if not in_block:
            scratch[at(matrix + middle)] = 1.0 / scratch[at(matrix + middle)]
        elif row == filled_end - 1:
            _factorise_block(integers, base, scratch, filled, filled_end)


@kernel
def solve(integers, base, scratch, vector, x):
    """Solve with the factorised matrix, in place at the row `x` of scratch or of another vector."""
    matrix = integers[base + AT_MATRIX]
    rows = integers[base + ROW_POINTER]
    columns = integers[base + COLUMN]
    diagonal = integers[base + DIAGONAL]
    size = integers[base + CORE_COUNT]
    for row in range(size):
        total = vector[at(x + row)]
        for place in range(integers[at(rows + row)], integers[at(diagonal + row)]):
            total = fma(-scratch[at(matrix + place)], vector[at(x + integers[at(columns + place)])], total)
        vector[at(x + row)] = total
    for row in range(size - 1, -1, -1):
        total = vector[at(x + row)]
        middle = integers[at(diagonal + row)]
        for place in range(middle + 1, integers[at(rows + row + 1)]):
            total = fma(-scratch[at(matrix + place)], vector[at(x + integers[at(columns + place)])], total)
        vector[at(x + row)] = total * scratch[at(matrix + middle)]


@kernel
def add_integrands(integers, base, scratch, y, weight):
    """Add `weight` times the monomials of the quadratures to their integrals.

    The row at `y` must be complete, as `right_hand_side` leaves it.
    """
    first = integers[base + INTEGRATED_FIRST]
    second = integers[base + INTEGRATED_SECOND]
    integrals = integers[base + AT_INTEGRALS]
    for i in range(integers[base + INTEGRATED_COUNT]):
        a = scratch[at(y + integers[at(first + i)])]
        b = scratch[at(y + integers[at(second + i)])]
        scratch[at(integrals + i)] = fma(weight * a, b, scratch[at(integrals + i)])


@kernel
def add_integrands_along(integers, floats, base, scratch, y, direction, weight):
    """Add `weight` times the derivative of the integrands at `y` along `direction`."""
    pointer = integers[base + DERIVATIVE_POINTER]
    factor = integers[base + DERIVATIVE_FACTOR]
    power = integers[base + DERIVATIVE_POWER]
    gradient = integers[base + GRADIENT_POINTER]
    along = integers[base + GRADIENT_FACTOR]
    which = integers[base + GRADIENT_DERIVATIVE]
    integrals = integers[base + AT_INTEGRALS]
    for i in range(integers[base + INTEGRATED_COUNT]):
        total = 0.0
        for k in range(integers[at(gradient + i)], integers[at(gradient + i + 1)]):
            index = integers[at(which + k)]
            product = floats[at(power + index)] * scratch[at(direction + integers[at(along + k)])]
            for j in range(integers[at(pointer + index)], integers[at(pointer + index + 1)]):
                product *= scratch[at(y + integers[at(factor + j)])]
            total += product
        scratch[at(integrals + i)] += weight * total


@kernel
def add_quadratures(integers, base, scratch, state):
    """Add the integrals, weighted, to the concentrations of the quadratures."""
    row = integers[base + ENTRY_ROW]
    which = integers[base + ENTRY_INTEGRAL]
    weights = integers[base + AT_WEIGHTS] + integers[base + CORE_ENTRY_COUNT]
    integrals = integers[base + AT_INTEGRALS]
    for entry in range(integers[base + QUADRATURE_COUNT]):
        integral = scratch[at(integrals + integers[at(which + entry)])]
        species = integers[at(row + entry)]
        state[species] = fma(scratch[at(weights + entry)], integral, state[species])
