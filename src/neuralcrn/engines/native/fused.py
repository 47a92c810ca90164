"""a * b + c with one rounding, in compiled code.

By default the compiler decides from the context whether a product and a sum are fused, which affects the last
bits of results. With an explicit instruction, loops and machine code give identical results.
"""

# pyright: basic
from __future__ import annotations

from numba import types
from numba.extending import intrinsic

from neuralcrn.engines.native.lanes import LANES, Lanes, call


@intrinsic
def fma(typingctx, a, b, c):
    """Return a * b + c with a single rounding."""
    number = LANES if any(isinstance(kind, Lanes) for kind in (a, b, c)) else types.float64
    signature = number(number, number, number)

    def generate(context, builder, signature, arguments):
        return call(builder, "fma", *arguments)

    return signature, generate
