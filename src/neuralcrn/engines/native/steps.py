"""One step of each method, by index arrays or by machine code for the network.

`functions` contains addresses of specialised machine code (see `specialise`); for address 0 the loops are
used. Both perform the same operations in the same order.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from neuralcrn.engines.native import tableaus
from neuralcrn.engines.native.algebra_kernels import (
    add_integrands,
    add_integrands_along,
    factorise,
    fold,
    right_hand_side,
    solve,
)
from neuralcrn.engines.native.compilation import at, kernel
from neuralcrn.engines.native.fused import fma
from neuralcrn.engines.native.lanes import address_of
from neuralcrn.engines.native.packing import (
    AT_ESTIMATE,
    AT_INCREMENTS,
    AT_SLOPES,
    AT_STATES,
    AT_VECTOR,
    CORE_COUNT,
    WIDTH,
)

EXPLICIT, ROSENBROCK = 0, 1
FOLD, EXPLICIT_STEP, ROSENBROCK_STEP, EXPLICIT_INTEGRALS, ROSENBROCK_INTEGRALS, FUNCTION_COUNT = range(6)
EXPLICIT_TABLES, ROSENBROCK_TABLES, EXPLICIT_COLUMNS, ROSENBROCK_COLUMNS, ALL_FUNCTION_COUNT = range(5, 10)
"""Functions for sensitivities; see `sensitivity_kernels`."""

_A = tableaus.TSIT5_A
_B = tableaus.TSIT5_B
_E = tableaus.TSIT5_ERROR
_DENSE = tableaus.TSIT5_DENSE
_RA = tableaus.RODAS5P_A
_RC = tableaus.RODAS5P_C
_RB = tableaus.RODAS5P_B
_RDENSE = tableaus.RODAS5P_DENSE
_GAMMA = tableaus.RODAS5P_GAMMA
_LAST = tableaus.RODAS5P_LAST


@intrinsic
def call_function(typingctx, address, state, scratch, number):
    """Call machine code at `address` with two vectors of numbers, and a number."""
    signature = types.void(types.int64, state, scratch, number)

    def generate(context, builder, signature, arguments):
        kind = arguments[3].type
        pointers = [
            address_of(context, builder, *vector, kind)
            for vector in zip(signature.args[1:3], arguments[1:3], strict=True)
        ]
        function = ir.FunctionType(ir.VoidType(), [kind.as_pointer(), kind.as_pointer(), kind])
        target = builder.inttoptr(arguments[0], function.as_pointer())
        builder.call(target, [*pointers, arguments[3]])
        return context.get_dummy_value()

    return signature, generate


@kernel
def begin(integers, floats, base, functions, state, scratch):
    """Combine the constants of `state` with the entries of W."""
    if functions[FOLD] != 0:
        call_function(functions[FOLD], state, scratch, scratch[0])
    else:
        fold(integers, floats, base, state, scratch)


@kernel
def explicit_step(integers, base, functions, scratch, h):
    """Make an explicit step from row 0 of states and slopes to row 6 of both."""
    if functions[EXPLICIT_STEP] != 0:
        call_function(functions[EXPLICIT_STEP], scratch, scratch, h)
        return
    size = integers[base + CORE_COUNT]
    width = integers[base + WIDTH]
    y = integers[base + AT_STATES]
    k = integers[base + AT_SLOPES]
    for stage in range(1, 7):
        row = y + stage * width
        for i in range(size):
            change = _A[stage, 0] * scratch[at(k + i)]
            for earlier in range(1, stage):
                change = fma(_A[stage, earlier], scratch[at(k + earlier * width + i)], change)
            scratch[at(row + i)] = fma(h, change, scratch[at(y + i)])
        right_hand_side(integers, base, scratch, row, k + stage * width)
    estimate = integers[base + AT_ESTIMATE]
    for i in range(size):
        error = _E[0] * scratch[at(k + i)]
        for stage in range(1, 7):
            error = fma(_E[stage], scratch[at(k + stage * width + i)], error)
        scratch[at(estimate + i)] = h * error


@kernel
def rosenbrock_step(integers, floats, base, functions, scratch, h):
    """Make a Rosenbrock step from row 0 of states to the vector."""
    if functions[ROSENBROCK_STEP] != 0:
        call_function(functions[ROSENBROCK_STEP], scratch, scratch, h)
        return
    size = integers[base + CORE_COUNT]
    width = integers[base + WIDTH]
    y = integers[base + AT_STATES]
    u = integers[base + AT_INCREMENTS]
    slope = integers[base + AT_SLOPES] + width
    vector = integers[base + AT_VECTOR]
    estimate = integers[base + AT_ESTIMATE]
    inverse = 1.0 / h
    factorise(integers, floats, base, scratch, y, inverse / _GAMMA)
    right_hand_side(integers, base, scratch, y, u)
    solve(integers, base, scratch, scratch, u)
    for stage in range(1, 8):
        row, own = y + stage * width, u + stage * width
        for i in range(size):
            first = scratch[at(u + i)]
            memory = _RC[stage, 0] * first
            for earlier in range(1, stage):
                memory = fma(_RC[stage, earlier], scratch[at(u + earlier * width + i)], memory)
            scratch[at(own + i)] = memory
            if stage >= _LAST:
                scratch[at(row + i)] = scratch[at(row - width + i)] + scratch[at(own - width + i)]
                continue
            state = fma(_RA[stage, 0], first, scratch[at(y + i)])
            for earlier in range(1, stage):
                state = fma(_RA[stage, earlier], scratch[at(u + earlier * width + i)], state)
            scratch[at(row + i)] = state
        right_hand_side(integers, base, scratch, row, slope)
        for i in range(size):
            scratch[at(own + i)] = fma(inverse, scratch[at(own + i)], scratch[at(slope + i)])
        solve(integers, base, scratch, scratch, own)
    for i in range(size):
        scratch[at(estimate + i)] = scratch[at(u + 7 * width + i)]
        scratch[at(vector + i)] = scratch[at(y + 7 * width + i)] + scratch[at(estimate + i)]


@kernel
def accumulate(integers, floats, base, functions, scratch, method, h):
    """Advance the integrals over an accepted step, exactly as if quadratures were part of the core."""
    which = EXPLICIT_INTEGRALS if method == EXPLICIT else ROSENBROCK_INTEGRALS
    if functions[which] != 0:
        call_function(functions[which], scratch, scratch, h)
        return
    width = integers[base + WIDTH]
    y = integers[base + AT_STATES]
    if method == EXPLICIT:
        for stage in range(6):
            add_integrands(integers, base, scratch, y + stage * width, h * _B[stage])
        return
    u = integers[base + AT_INCREMENTS]
    direction = integers[base + AT_ESTIMATE]
    for i in range(integers[base + CORE_COUNT]):
        total = _RB[0] * scratch[at(u + i)]
        for stage in range(1, 8):
            total = fma(_RB[stage], scratch[at(u + stage * width + i)], total)
        scratch[at(direction + i)] = total
    for stage in range(8):
        add_integrands(integers, base, scratch, y + stage * width, h * _RB[stage])
    add_integrands_along(integers, floats, base, scratch, y, direction, h)


@kernel
def interpolant(integers, base, scratch, method, h, theta, i):
    """Return core species i at the fraction theta of the last step.

    Between two non-negative values the result is not negative.
    """
    width = integers[base + WIDTH]
    y = integers[base + AT_STATES]
    begin = scratch[at(y + i)]
    if method == EXPLICIT:
        k = integers[base + AT_SLOPES]
        value = begin
        for stage in range(7):
            b = 0.0
            for power in range(4, -1, -1):
                b = _DENSE[stage, power] + theta * b
            value += h * b * scratch[at(k + stage * width + i)]
        end = scratch[at(y + 6 * width + i)]
    else:
        u = integers[base + AT_INCREMENTS]
        end = scratch[at(integers[base + AT_VECTOR] + i)]
        first, second, third = 0.0, 0.0, 0.0
        for stage in range(8):
            increment = scratch[at(u + stage * width + i)]
            first += _RDENSE[0, stage] * increment
            second += _RDENSE[1, stage] * increment
            third += _RDENSE[2, stage] * increment
        bend = first + theta * (second + theta * third)
        value = (1.0 - theta) * begin + theta * (end + (1.0 - theta) * bend)
    return max(value, min(0.0, begin, end))


@kernel
def interpolate(integers, base, scratch, method, h, theta, record):
    """Write the core at the fraction theta of the last step into `record`."""
    for i in range(integers[base + CORE_COUNT]):
        record[i] = interpolant(integers, base, scratch, method, h, theta, i)
