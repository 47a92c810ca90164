"""a * b + c with one rounding, in compiled code.

Left to a compiler, whether a product and a sum are fused depends on what it sees around them, and
with it the last bits of a result. Asked for by name, loops and machine code agree to the bit.
"""

# pyright: basic
from __future__ import annotations

from numba import types
from numba.extending import intrinsic


@intrinsic
def fma(typingctx, a, b, c):
    """Return a * b + c, rounded once."""
    signature = types.float64(types.float64, types.float64, types.float64)

    def generate(context, builder, signature, arguments):
        return builder.fma(*arguments)

    return signature, generate
