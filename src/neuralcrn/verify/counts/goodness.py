"""Closed formula for layers that learn by the forward-forward algorithm."""

from __future__ import annotations

from neuralcrn.chemistry.network import Counts
from neuralcrn.compiler import Circuit
from neuralcrn.verify.counts.phases import CountedPhase, Updates, counts_of


def goodness_counts(circuit: Circuit) -> dict[str, Counts]:
    """Return the counts of all phases and of the program.

    With n rails of inputs and m units, weighted sums and gradients have 2nm + 6m reactions each: 4m for the
    label, which has two rails as its weight and, in the gradients, as the adjoint.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> goodness_counts(make_circuit("goodness-layer", 2, hidden=8))["program"]
    Counts(species=170, reactions=295)
    """
    rails = 1 if "x" in circuit.non_negative else 2
    inputs = rails * circuit.features
    units = sum(z.name == "z" for z in circuit.system.states)
    parameters = (circuit.features + 2) * units
    updates = Updates.of(circuit)
    sizes = {
        **updates.sizes(1, parameters),
        "x": inputs,
        "c": 2,
        **dict.fromkeys(("z+", "z-", "a+", "a-"), units),
        **dict.fromkeys(("k", "r", "q", "d", "e+", "e-"), 1),
        **dict.fromkeys(("p", "g"), 2 * parameters),
    }
    products = 2 * inputs * units + 6 * units
    phases = (
        CountedPhase("feedforward", products, frozenset({"x", "c", "p", "z+", "z-"})),
        CountedPhase("rectify", units, frozenset({"z+", "z-"})),
        CountedPhase("goodness", units, frozenset({"z+", "k"})),
        CountedPhase("exponential", 1, frozenset({"k", "r"})),
        CountedPhase("judgment", 2, frozenset({"r", "q", "d"})),
        CountedPhase("praise", units + 1, frozenset({"z+", "d", "a-", "e+"})),
        CountedPhase("blame", units + 1, frozenset({"z+", "q", "a+", "e+"})),
        CountedPhase("gradients", products, frozenset({"a+", "a-", "x", "c", "g"})),
        CountedPhase("add", 1, frozenset({"k", "e+"})),
        CountedPhase("subtract", 1, frozenset({"k", "e-"})),
        *updates.phases(parameters, frozenset({"p"}), frozenset({"g"})),
    )
    return counts_of(phases, sizes)
