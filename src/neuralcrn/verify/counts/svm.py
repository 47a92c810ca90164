"""Closed formula for the support vector machine.

Symbols: n inputs on r rails, O outputs.

============= ============== =========================================
phase         reactions      reason
============= ============== =========================================
feedforward   r n            every rail of an input is copied
readout       2 O (2 n + 1)  two rails of the weight, two of the copy
error         O              annihilation
label, hinge  O, 2 O         squared hinge loss
gradients     2 O (2 n + 1)  as the readout
============= ============== =========================================

The phases of optimisers are those of all circuits.
"""

from __future__ import annotations

from neuralcrn.chemistry.network import Counts
from neuralcrn.compiler import Circuit
from neuralcrn.verify.counts.phases import CountedPhase, Updates, counts_of


def svm_counts(circuit: Circuit) -> dict[str, Counts]:
    """Return species and reactions of every phase, and of the whole ``program``; see `counts_of`.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> svm_counts(make_circuit("svm", inputs=2, non_negative=False))["program"]
    Counts(species=26, reactions=43)
    """
    inputs, outputs, updates = len(circuit.system.inputs), circuit.outputs, Updates.of(circuit)
    rails = 1 if circuit.system.inputs[0].name in circuit.non_negative else 2
    count, products = outputs * (inputs + 1), 2 * outputs * (2 * inputs + 1)
    trained, copies = frozenset({"w", "b"}), frozenset({"z_p", "z_n"})
    filled = copies if rails == 2 else frozenset({"z_p"})
    learned = trained if updates.kind == "direct" else frozenset({"g"})
    phases = (
        CountedPhase("feedforward", rails * inputs, filled | {"x"}),
        CountedPhase("readout", products, trained | copies | {"e"}),
        CountedPhase("error", outputs, frozenset({"e"})),
        *updates.errors(outputs),
        CountedPhase("gradients", products, learned | copies | {updates.error}),
        *updates.phases(count, trained, frozenset({"g"})),
    )
    sizes = {
        "x": rails * inputs,
        **dict.fromkeys(copies, inputs),
        "w": 2 * outputs * inputs,
        "b": 2 * outputs,
        "g": 2 * count,
        **updates.sizes(outputs, count),
    }
    return counts_of(phases, sizes)
