"""a * b + c with one rounding, in compiled code.

By default the compiler decides from the context whether a product and a sum are fused, which affects the last
bits of results. With an explicit instruction, loops and machine code give identical results.
"""

# pyright: basic
from __future__ import annotations

from numba import types
from numba.extending import intrinsic


@intrinsic
def fma(typingctx, a, b, c):
    """Return a * b + c with a single rounding."""
    signature = types.float64(types.float64, types.float64, types.float64)

    def generate(context, builder, signature, arguments):
        return builder.fma(*arguments)

    return signature, generate
