"""Exponential and logarithm without branches, for doubles and for lanes, with identical results."""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

import math
from functools import partial

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from neuralcrn.engines.native.compilation import kernel
from neuralcrn.engines.native.fused import fma
from neuralcrn.engines.native.lanes import LANE_COUNT, LANES, Lanes, constant, where

_LOG2_E = 1.0 / math.log(2.0)
_LOG_2_HIGH, _LOG_2_LOW = float.fromhex("0x1.62e42feep-1"), float.fromhex("0x1.a39ef35793c76p-33")
_LOG_2 = math.log(2.0)
_SHIFT = 1.5 * 2.0**52
"""Added to a number, it rounds it to an integer, which is then in the last bits."""
_LARGEST_EXPONENT = 708.0
_TAYLOR = np.array([1.0 / math.factorial(n) for n in range(2, 15)])
_ATANH = np.array([2.0 / n for n in range(3, 19, 2)])


def _words(kind):
    """Return the type of integers with the size of a number, and a function for its constants."""
    word = ir.IntType(64)
    words = word if isinstance(kind, ir.DoubleType) else ir.VectorType(word, LANE_COUNT)
    return words, partial(constant, words)


def _number(kind):
    return LANES if isinstance(kind, Lanes) else types.float64


@intrinsic
def _power_of_two(typingctx, shifted):
    """Return 2**k for the number 1.5 * 2**52 + k."""
    number = _number(shifted)

    def generate(context, builder, sig, args):
        word, bits_of = _words(args[0].type)
        moved = builder.shl(builder.bitcast(args[0], word), bits_of(52))
        return builder.bitcast(builder.add(moved, bits_of(1023 << 52)), args[0].type)

    return number(number), generate


@intrinsic
def _exponent_above(typingctx, x):
    """Return 2**52 + 1023 + k for a number of [2**k, 2**(k + 1))."""
    number = _number(x)

    def generate(context, builder, sig, args):
        word, bits_of = _words(args[0].type)
        moved = builder.lshr(builder.bitcast(args[0], word), bits_of(52))
        return builder.bitcast(builder.or_(moved, bits_of(1075 << 52)), args[0].type)

    return number(number), generate


@intrinsic
def _mantissa(typingctx, x):
    """Return x / 2**k for a number of [2**k, 2**(k + 1))."""
    number = _number(x)

    def generate(context, builder, sig, args):
        word, bits_of = _words(args[0].type)
        bits = builder.and_(builder.bitcast(args[0], word), bits_of((1 << 52) - 1))
        return builder.bitcast(builder.or_(bits, bits_of(1023 << 52)), args[0].type)

    return number(number), generate


@kernel
def _scaled_change(x):
    """Return (2**k, exp(r) - 1) with x = k log 2 + r, for |x| up to 708."""
    shifted = fma(x, _LOG2_E, _SHIFT)
    k = shifted - _SHIFT
    r = fma(-k, _LOG_2_LOW, fma(-k, _LOG_2_HIGH, x))
    series = fma(_TAYLOR[-1], r, _TAYLOR[-2])
    for i in range(len(_TAYLOR) - 3, -1, -1):
        series = fma(series, r, _TAYLOR[i])
    return _power_of_two(shifted), fma(r * r, series, r)


@kernel
def exponential(x):
    """Return exp(x) to rounding error; x is limited to [-708, 708]."""
    scale, change = _scaled_change(max(min(x, _LARGEST_EXPONENT), -_LARGEST_EXPONENT))
    return fma(scale, change, scale)


@kernel
def decay(x):
    """Return exp(-x) and its mean over [0, x], (1 - exp(-x)) / x, both to rounding error, for x >= 0."""
    scale, change = _scaled_change(-min(x, _LARGEST_EXPONENT))
    gone = x > _LARGEST_EXPONENT
    lost = where(gone, 1.0, fma(-scale, change, 1.0 - scale))
    kept = where(gone, 0.0, fma(scale, change, scale))
    return kept, where(x == 0.0, 1.0, lost / x)


@kernel
def logarithm(x):
    """Return log(x) with an error below 1e-9, for a positive number that is finite and not subnormal."""
    m = _mantissa(x)
    k = _exponent_above(x) - (2.0**52 + 1023.0)
    s = (m - 1.0) / (m + 1.0)
    square = s * s
    series = fma(_ATANH[-1], square, _ATANH[-2])
    for i in range(len(_ATANH) - 3, -1, -1):
        series = fma(series, square, _ATANH[i])
    return fma(k, _LOG_2, fma(square * series, s, 2.0 * s))
