"""Linear attention of one token: a query meets a key, and their product weights a value.

::

    q = theta_q x + beta_q,   k = theta_k x + beta_k,   v = theta_v x + beta_v      queries, keys, values
    s = sum of q_i k_i                                                              score
    z_j = s v_j                                                                     weighted values
    y = w z + b

Without the score as a state, ``z_j = (sum of q_i k_i) v_j`` needs trimolecular reactions, some for every pair
of a product and a value; with it everything is bimolecular. Attention without a softmax: Katharopoulos et al.
(arXiv 2006.16236). No chemistry of it has been published; all of this is ours.
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

HEADS = 4
"""Default number of queries, keys and values."""
_PARTS = ("q", "k", "v")


@final
class LinearAttention(Family):
    """Linear attention of one token.

    Parameters
    ----------
    reduced : bool
        Whether the score is a state of its own, so that no reaction has more than two reactants.
    """

    name = "linear-attention"
    summary = "linear attention of one token: products of queries, keys and values; bimolecular"
    represents = "Polynomials of degree 3 of the inputs."
    defaults = Options(
        rule="backpropagation",
        trained_readout=True,
        update="transfer",
        learning_rate=0.02,
        augmentation=0.0,
    )
    initial: Mapping[str, Distribution] = MappingProxyType(
        {
            **{f"theta_{part}": Distribution("scaled-normal", 0.0, 1.0) for part in _PARTS},
            **{f"beta_{part}": Distribution("normal", 0.0, 0.3) for part in _PARTS},
            "w": Distribution("scaled-normal", 0.0, 1.0),
            "b": Distribution("constant", 0.0),
        }
    )

    def __init__(self, *, reduced: bool = True):
        self.reduced = reduced

    @property
    def formula(self) -> str:
        """The equations."""
        return "q, k, v <- theta*x + beta, s <- sum of q*k, z <- s*v"

    def build(self, inputs: int, options: Options) -> Circuit:
        """Return the circuit of this family with a number of inputs; see `Family.build`."""
        self.check(inputs, options)
        hidden = self.units_of(options, HEADS)
        self.check_parameters(3 * hidden * (inputs + 1) + hidden * options.outputs)
        return Circuit(
            name=self.name,
            system=self._system(inputs, hidden, non_negative=options.non_negative),
            features=inputs,
            readout=Readout(options.outputs, trained=True, bias=True, states="z"),
            starts_at_input=False,
            **options.constants(),
        )

    def _system(self, inputs: int, hidden: int, *, non_negative: bool) -> SignedSystem:
        x = elements_of("x", inputs)
        equations: list[tuple[Variable, Polynomial]] = []
        parameters: list[Variable] = []
        states: dict[str, list[Polynomial]] = {}
        for part in _PARTS:
            weights, biases = (
                elements_of(f"theta_{part}", (hidden, inputs)),
                elements_of(f"beta_{part}", hidden),
            )
            parameters += [*weights, *biases]
            units = elements_of(part, hidden)
            states[part] = [Polynomial.of(unit) for unit in units]
            for i, unit in enumerate(units):
                row = weights[i * inputs : (i + 1) * inputs]
                products = (Polynomial.of(w) * Polynomial.of(z) for w, z in zip(row, x, strict=True))
                equations.append((unit, sum_of([*products, Polynomial.of(biases[i])])))
        score = sum_of(q * k for q, k in zip(states["q"], states["k"], strict=True))
        if self.reduced:
            equations.append((Variable("s"), score))
            score = Polynomial.of(Variable("s"))
        values = zip(elements_of("z", hidden), states["v"], strict=True)
        equations += [(z, score * v) for z, v in values]
        return SignedSystem(tuple(equations), x, tuple(parameters), frozenset(["x"] if non_negative else []))


LINEAR_ATTENTION = LinearAttention()
