"""Closed formula for multiplicative weights.

Symbols: n inputs, K classes, s signs of a product: 2 for errors of a winner, 1 for gains of the right class.

============= =============== =====================================================
phase         reactions       reason
============= =============== =====================================================
scores        K n             one weight, one input
select        3 K + 1         growth, loss by the sum, growth of the sum; 2 Q -> Q
normalise     2 K + 2         growth and loss of each competitor and of the sum
readout       K               copies
error         K               annihilation
products      s K n           one rail of the error, or the class
multiply      s K n           one product, one weight
total         K n             one weight
dilute        2 K n + 2 K     growth and loss of each weight and of each sum
============= =============== =====================================================
"""

from __future__ import annotations

from neuralcrn.chemistry.network import Counts
from neuralcrn.compiler import Circuit
from neuralcrn.verify.counts.phases import CountedPhase, counts_of


def multiplicative_counts(circuit: Circuit) -> dict[str, Counts]:
    """Return species and reactions of every phase, and of the whole ``program``; see `counts_of`.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> multiplicative_counts(make_circuit("multiplicative-weights", inputs=64, outputs=10))["program"]
    Counts(species=2035, reactions=5213)
    """
    inputs, classes = len(circuit.system.inputs), circuit.outputs
    weights, supervised = classes * inputs, circuit.rule == "expert-gains"
    signs, factor = (1, "d") if supervised else (2, "e")
    phases = (
        CountedPhase("scores", weights, frozenset({"x", "z", "theta"})),
        CountedPhase("select", 3 * classes + 1, frozenset({"z", "p", "q"})),
        CountedPhase("normalise", 2 * classes + 2, frozenset({"p", "q"})),
        CountedPhase("readout", classes, frozenset({"p", "e_p"})),
        CountedPhase("error", classes, frozenset({"e_p", "e_n"})),
        CountedPhase("products", signs * weights, frozenset({"x", "r"}) | _rails(factor)),
        CountedPhase("multiply", signs * weights, frozenset({"r", "theta"})),
        CountedPhase("total", weights, frozenset({"theta", "t"})),
        CountedPhase("dilute", 2 * weights + 2 * classes, frozenset({"theta", "t"})),
    )
    sizes = {"x": inputs, "theta": weights, "r": signs * weights, "q": 1}
    return counts_of(phases, {**sizes, **dict.fromkeys(("z", "p", "t", "d", "e_p", "e_n"), classes)})


def _rails(name: str) -> frozenset[str]:
    return frozenset({"e_p", "e_n"}) if name == "e" else frozenset({name})
