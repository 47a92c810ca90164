"""A layer that judges a sample together with its label, and learns by the forward-forward algorithm.

::

    z <- theta x + phi c + beta                  weighted sums, with the label c
    k <- sum of max(0, z)^2                      goodness
    dr/dt = -k r                                 odds of a wrong label, from e^threshold
    dq/dt = d - r q = -dd/dt                     judgment: q = sigmoid(k - threshold), d = 1 - q
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import final

from neuralcrn.algebra import Polynomial, SignedSystem, Variable, elements_of, sum_of
from neuralcrn.circuits.family import Family, Options
from neuralcrn.circuits.initial import Distribution
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.readout import Readout
from neuralcrn.compiler.rules.forward_forward import GOODNESS, LABEL, LAYER, NEGATIVE, ODDS, POSITIVE
from neuralcrn.errors import InvalidValueError

UNITS = 8
"""Default number of units."""
_LAW = Distribution("normal", 0.0, 0.4)


@final
class GoodnessLayer(Family):
    """Rectifiers of the inputs and the label, whose squares are added."""

    name = "goodness-layer"
    summary = "rectifiers that judge a sample with its label, learned without a backward path; bimolecular"
    represents = "Two classes of any shape, with enough units."
    defaults = Options(rule="forward-forward", update="transfer", augmentation=0.0, learning_rate=0.02)
    initial: Mapping[str, Distribution] = MappingProxyType({"theta": _LAW, "phi": _LAW, "beta": _LAW})

    @property
    def formula(self) -> str:
        """The equations."""
        return "z <- theta*x + phi*c + beta, goodness <- sum of max(0, z)^2"

    def build(self, inputs: int, options: Options) -> Circuit:
        """Return the circuit of this family with a number of inputs; see `Family.build`."""
        self.check(inputs, options)
        hidden = self.units_of(options, UNITS)
        if options.outputs != 1:
            raise InvalidValueError(
                f"circuit {self.name}: outputs = {options.outputs}: it learns two classes, with one output"
            )
        self.check_parameters(hidden * (inputs + 2))
        one_rail = {z.name for z in (GOODNESS, ODDS, POSITIVE, NEGATIVE)}
        if options.non_negative:
            one_rail.add("x")
        return Circuit(
            name=self.name,
            system=_system(inputs, hidden, frozenset(one_rail)),
            features=inputs,
            readout=Readout(states=GOODNESS.name),
            starts_at_input=False,
            **options.constants(),
        )


def _system(inputs: int, hidden: int, non_negative: frozenset[str]) -> SignedSystem:
    x, theta = elements_of("x", inputs), elements_of("theta", (hidden, inputs))
    phi, beta = elements_of("phi", hidden), elements_of("beta", hidden)
    layer = elements_of(LAYER, hidden)
    label, k, r, q, d = map(Polynomial.of, (LABEL, GOODNESS, ODDS, POSITIVE, NEGATIVE))
    equations: list[tuple[Variable, Polynomial]] = []
    for i, z in enumerate(layer):
        weights = theta[i * inputs : (i + 1) * inputs]
        products = [Polynomial.of(w) * Polynomial.of(v) for w, v in zip(weights, x, strict=True)]
        equations.append((z, sum_of([*products, Polynomial.of(phi[i]) * label, Polynomial.of(beta[i])])))
    squares = [Polynomial.of(z) * (Polynomial.of(z) + abs(Polynomial.of(z))) * 0.5 for z in layer]
    judging = d - r * q
    equations += [(GOODNESS, sum_of(squares)), (ODDS, -k * r), (POSITIVE, judging), (NEGATIVE, -judging)]
    return SignedSystem(tuple(equations), (*x, LABEL), (*theta, *phi, *beta), non_negative)
