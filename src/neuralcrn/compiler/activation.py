"""Activations: those that the rails of a state provide, linear functions of the positive and the negative
part, and the names of smooth ones, which are computed by reactions of their own (`compiler.smooth`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

from neuralcrn.algebra import Factor, Monomial, Polynomial, Variable


@final
@dataclass(frozen=True, slots=True)
class Activation:
    """The function ``v`` for ``v > 0`` and ``slope v`` for ``v < 0``.

    After the rails of v have annihilated, the positive rail is max(0, v) and the negative rail is max(0, -v),
    so the function needs no reactions of its own.

    Attributes
    ----------
    slope : float, dimensionless
        Slope for negative v.

    Examples
    --------
    >>> print(ACTIVATIONS["relu"].of(Variable("z")))
    0.5*z + 0.5*|z|
    """

    slope: float

    def of(self, variable: Variable) -> Polynomial:
        """Return the function of a variable, in terms of v and |v|."""
        signed, absolute = Monomial((Factor(variable),)), Monomial((Factor(variable, 0, absolute=True),))
        return Polynomial(((signed, 0.5 * (1.0 + self.slope)), (absolute, 0.5 * (1.0 - self.slope))))


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {"identity": Activation(1.0), "relu": Activation(0.0), "leaky-relu": Activation(0.1)}
)
"""Activations by name."""

SIGMOID, TANH = "sigmoid", "tanh"
SMOOTH_ACTIVATIONS = (SIGMOID, TANH)
"""Names of the smooth activations."""
