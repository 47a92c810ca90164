"""Closed formulas for the numbers of species and reactions of circuits.

The formulas are derived from the equations of each family, independently of the compiler, so a certificate
compares two independent counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from neuralcrn.chemistry.network import Counts
from neuralcrn.circuits import FAMILIES, LayeredFamily
from neuralcrn.compiler import RULES, Circuit
from neuralcrn.compiler.rules.adjoint import AdjointRule
from neuralcrn.verify.counts.adjoint import (
    STRUCTURES,
    Dimensions,
    Structure,
    closed_counts,
    dimensions_of,
)
from neuralcrn.verify.counts.attention import attention_counts
from neuralcrn.verify.counts.bank import bank_counts
from neuralcrn.verify.counts.fixed_point import fixed_point_counts
from neuralcrn.verify.counts.goodness import goodness_counts
from neuralcrn.verify.counts.layers import LayeredDimensions, layered_counts
from neuralcrn.verify.counts.multiplicative import multiplicative_counts
from neuralcrn.verify.counts.phases import Updates
from neuralcrn.verify.counts.svm import svm_counts
from neuralcrn.verify.counts.symmetric import symmetric_counts
from neuralcrn.verify.counts.winner_take_all import winner_take_all_counts

__all__ = [
    "STRUCTURES",
    "Dimensions",
    "LayeredDimensions",
    "Structure",
    "Updates",
    "bank_counts",
    "closed_counts",
    "dimensions_of",
    "expected_counts",
    "has_closed_counts",
    "layered_counts",
]


_BY_FAMILY: Mapping[str, Callable[[Circuit], dict[str, Counts]]] = MappingProxyType(
    {
        "goodness-layer": goodness_counts,
        "linear-attention": attention_counts,
        "fixed-point-network": fixed_point_counts,
        "multiplicative-weights": multiplicative_counts,
        "svm": svm_counts,
        "winner-take-all": winner_take_all_counts,
        "symmetric-network": symmetric_counts,
        **dict.fromkeys(
            ("switches", "parallel-switches", "chemical-synapse", "electrical-synapse"), bank_counts
        ),
    }
)
"""Formulas of families with a learning rule of their own."""


def has_closed_counts(circuit: Circuit) -> bool:
    """Return whether there is a closed formula for the family and learning rule of a circuit."""
    if _is_layered(circuit) or circuit.name in _BY_FAMILY:
        return True
    return circuit.name in STRUCTURES and isinstance(RULES.find(circuit.rule), AdjointRule)


def expected_counts(circuit: Circuit) -> dict[str, Counts]:
    """Return the counts of the closed formulas for a circuit of the registry.

    Raises
    ------
    UnknownNameError
        If there is no closed formula for the family or the rule.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> circuit = make_circuit("quadratic", inputs=2, rule="first-order")
    >>> expected_counts(circuit)["feedforward"], circuit.compile().phase("feedforward").network.counts
    (Counts(species=15, reactions=15), Counts(species=15, reactions=15))
    >>> expected_counts(make_circuit("perceptron", hidden=[16, 8]))["program"]
    Counts(species=920, reactions=2016)
    """
    if _is_layered(circuit):
        return layered_counts(LayeredDimensions.of(circuit))
    if circuit.name in _BY_FAMILY:
        return _BY_FAMILY[circuit.name](circuit)
    return closed_counts(circuit.name, dimensions_of(circuit))


def _is_layered(circuit: Circuit) -> bool:
    return isinstance(FAMILIES.get(circuit.name), LayeredFamily) and circuit.rule == "backpropagation"
