"""Closed formula for linear attention.

Symbols: n inputs on r rails, m queries, keys and values, O outputs. All other quantities have two rails, so a
product of two of them has four reactions.

=============== ======================== ==================================================
phase           reactions                reason
=============== ======================== ==================================================
feedforward     6 m (r n + 1)            weights and biases of queries, keys and values
feedforward-2   4 m                      products of queries and keys
feedforward-3   4 m                      products of the score and the values
readout         2 O (2 m + 1)            weights and biases
error           O                        annihilation
backpropagate-3 4 O m                    adjoints of the weighted values
backpropagate-2 4 m                      adjoint of the score
backpropagate   12 m                     adjoints of queries, keys and values
gradients       as above                 those of feedforward and readout together
=============== ======================== ==================================================

The phases of optimisers are those of all circuits.
"""

from __future__ import annotations

from neuralcrn.chemistry.network import Counts
from neuralcrn.compiler import Circuit
from neuralcrn.verify.counts.phases import CountedPhase, Updates, counts_of

_STATES, _ADJOINTS = frozenset({"q", "k", "v"}), frozenset({"a_q", "a_k", "a_v"})


def attention_counts(circuit: Circuit) -> dict[str, Counts]:
    """Return species and reactions of every phase, and of the whole ``program``; see `counts_of`.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> attention_counts(make_circuit("linear-attention", inputs=2))["program"]
    Counts(species=236, reactions=416)
    """
    inputs, outputs, updates = len(circuit.system.inputs), circuit.outputs, Updates.of(circuit)
    heads = len(circuit.read)
    rails = 1 if circuit.system.inputs[0].name in circuit.non_negative else 2
    sums, read = 6 * heads * (rails * inputs + 1), 2 * outputs * (2 * heads + 1)
    trained = frozenset({"theta", "w", "b"})
    count = 3 * heads * (inputs + 1) + outputs * (heads + 1)
    learned = trained if updates.kind == "direct" else frozenset({"g"})
    error = frozenset({updates.error})
    phases = (
        CountedPhase("feedforward", sums, _STATES | {"theta", "x"}),
        CountedPhase("feedforward-2", 4 * heads, frozenset({"q", "k", "s"})),
        CountedPhase("feedforward-3", 4 * heads, frozenset({"s", "v", "z"})),
        CountedPhase("readout", read, frozenset({"w", "b", "z", "e"})),
        CountedPhase("error", outputs, frozenset({"e"})),
        *updates.errors(outputs),
        CountedPhase("backpropagate-3", 4 * outputs * heads, error | {"w", "a"}),
        CountedPhase("backpropagate-2", 4 * heads, frozenset({"a", "v", "a_s"})),
        CountedPhase("backpropagate", 12 * heads, _ADJOINTS | {"a", "a_s", "q", "k", "s"}),
        CountedPhase("gradients", sums + read, _ADJOINTS | learned | error | {"x", "z"}),
        *updates.phases(count, trained, frozenset({"g"})),
    )
    sizes = {
        "x": rails * inputs,
        **dict.fromkeys((*_STATES, *_ADJOINTS, "z", "a"), 2 * heads),
        **dict.fromkeys(("s", "a_s"), 2),
        "theta": 6 * heads * (inputs + 1),
        "w": 2 * outputs * heads,
        "b": 2 * outputs,
        "g": 2 * count,
        **updates.sizes(outputs, count),
    }
    return counts_of(phases, sizes)
