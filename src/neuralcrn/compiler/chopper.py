"""The chopper: in every second sample the rails of the error are exchanged, and those of the gradient back.

Reactions of the two rails of a quantity have different rate constants. In the backward path this mismatch
adds an error to every gradient whose sign does not depend on that of the gradient, and weights drift. With
the rails of the error exchanged, the gradient changes its sign but the error due to the mismatch does not, so
it cancels over two samples to first order when the gradient is changed back in the update, as in a chopper
amplifier.
"""

from __future__ import annotations

from collections.abc import Iterable

from neuralcrn.algebra import Variable
from neuralcrn.compiler.stages import Exchange

EXCHANGE = "exchange"
"""Name of the stage that the chopper adds."""


def exchanged_of(error: Variable) -> Variable:
    """Return the variable that receives an error, with exchanged rails in every second sample."""
    return Variable("e_x", error.index)


def exchange_stage(errors: Iterable[Variable], sources: Iterable[Variable]) -> Exchange:
    """Return the stage that converts `sources`, one for each error, to exchanged errors."""
    return Exchange(EXCHANGE, {old: exchanged_of(e) for e, old in zip(errors, sources, strict=True)})
