"""Closed formula for winner-take-all with activatable weights.

Symbols: n inputs, K classes. For n = 100 and K = 2 there are 1,412 species and 1,305 reactions: the 1,410 and
1,103 of the publication, and 2 inhibitors with a reaction each, and 200 reversible reactions counted twice.

============= ============= ===============================================
phase         reactions     reason
============= ============= ===============================================
threshold     n             one input, one threshold
learn         4 K n         binding, its reverse, label, activation
inhibit       K             one label, one inhibitor
sum           2 K n         release and collection of a weight
compete       K (K - 1) / 2 pairs of sums
report        K             one sum, one reporter
============= ============= ===============================================
"""

from __future__ import annotations

from neuralcrn.chemistry.network import Counts
from neuralcrn.compiler import Circuit
from neuralcrn.verify.counts.phases import CountedPhase, counts_of


def winner_take_all_counts(circuit: Circuit) -> dict[str, Counts]:
    """Return species and reactions of every phase, and of the whole ``program``; see `counts_of`.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> winner_take_all_counts(make_circuit("winner-take-all", inputs=100))["program"]
    Counts(species=1412, reactions=1305)
    """
    inputs, classes = len(circuit.system.inputs), circuit.outputs
    weights, pairs = classes * inputs, classes * (classes - 1) // 2
    learning = frozenset({"gate", "bound", "active", "inert", "theta"})
    phases = (
        CountedPhase("threshold", inputs, frozenset({"x", "th"})),
        CountedPhase("learn", 4 * weights, learning | {"x", "l"}),
        CountedPhase("inhibit", classes, frozenset({"l", "inh"})),
        CountedPhase("sum", 2 * weights, frozenset({"x", "theta", "p", "g", "s"})),
        CountedPhase("compete", pairs, frozenset({"s"})),
        CountedPhase("report", classes, frozenset({"s", "r", "e"})),
    )
    sizes = {"x": inputs, "th": inputs, "p": weights, **dict.fromkeys(learning, weights)}
    return counts_of(phases, {**sizes, **dict.fromkeys(("l", "inh", "g", "s", "r", "e"), classes)})
