"""Closed formulas for banks of units with memory and a readout that is learned by least squares.

Symbols: n units, m = n + 1 features with the constant one, O outputs, P = O m parameters.

================= =============================== ==================================================
phase             reactions                       reason
================= =============================== ==================================================
states            3 n, 2 n if electrical          switches: two spontaneous conversions, a driven one;
                                                  synapses: production, leak, removal by the drive
features          2 n + 1                         state and centre of each; the constant
part-features     n                               annihilation
readout           4 P                             two rails of the weight times two of the feature
error             O                               annihilation
gradients         4 P                             two rails of the error times two of the feature
direction         4 m^2                           two rails of P times two of the feature
part-direction    m                               annihilation
length            6 m                             copies, and two rails times two
part-length       1                               annihilation
learn             1 + 4 m + 2 O + 2 m (m + 1)     decay; one half of P; gradients
                  + 4 P
update            of the optimiser
settle-covariance m (m + 1)/2                     annihilation
================= =============================== ==================================================

Least mean squares has the phase ``gradients``, recursive least squares those from ``direction`` to ``learn``
and ``settle-covariance`` instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from neuralcrn.chemistry.network import Counts
from neuralcrn.compiler import Circuit
from neuralcrn.verify.counts.phases import CountedPhase, Updates, counts_of

_STATES = {"electrical-synapse": 2}
"""Reactions of one unit, if they are not three."""
_FEATURES, _WEIGHTS = frozenset({"n", "constant", "constant_n"}), frozenset({"w"})


def bank_counts(circuit: Circuit) -> dict[str, Counts]:
    """Return the counts of a family of banks.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> bank_counts(make_circuit("switches", 1, hidden=3))["program"]
    Counts(species=63, reactions=218)
    """
    units, outputs = len(circuit.read), circuit.outputs
    forms = {z.name for z in circuit.system.states}
    updates = Updates.of(circuit)
    m, parameters = units + 1, outputs * (units + 1)
    half = m * (m + 1) // 2
    sizes = {
        **dict.fromkeys(("z", "q"), units),
        **dict.fromkeys(("d", "c"), 2 * m),
        **dict.fromkeys(("s_p", "s_n", "constant", "constant_n"), 1),
        **dict.fromkeys(("w", "g"), 2 * parameters),
        **updates.sizes(outputs, parameters),
        "x": circuit.features,
        "n": 2 * units,
        "p": 2 * half,
    }
    recursive = circuit.rule == "recursive-least-squares"
    learning = _recursive(m, outputs, updates) if recursive else _mean(parameters, updates)
    phases = (
        CountedPhase("states", _STATES.get(circuit.name, 3) * units, frozenset({"x", *forms})),
        CountedPhase("features", 2 * units + 1, frozenset({"z", "n", "constant"})),
        CountedPhase("part-features", units, frozenset({"n"})),
        CountedPhase("readout", 4 * parameters, _FEATURES | _WEIGHTS | {"e"}),
        CountedPhase("error", outputs, frozenset({"e"})),
        *updates.errors(outputs),
        *learning,
        *updates.phases(parameters, _WEIGHTS, frozenset({"g"})),
        CountedPhase("settle-covariance", half * recursive, frozenset({"p"})),
    )
    return counts_of(phases, sizes)


def _learned(updates: Updates) -> str:
    """Return what the products of errors are added to."""
    return "w" if updates.kind == "direct" else "g"


def _mean(parameters: int, updates: Updates) -> Iterator[CountedPhase]:
    yield CountedPhase("gradients", 4 * parameters, _FEATURES | {updates.error, _learned(updates)})


def _recursive(m: int, outputs: int, updates: Updates) -> Iterator[CountedPhase]:
    yield CountedPhase("direction", 4 * m**2, _FEATURES | {"p", "d"})
    yield CountedPhase("part-direction", m, frozenset({"d"}))
    yield CountedPhase("length", 6 * m, _FEATURES | {"d", "c", "s_p", "s_n"})
    yield CountedPhase("part-length", 1, frozenset({"s_p", "s_n"}))
    reactions = 1 + 4 * m + 2 * outputs + 2 * m * (m + 1) + 4 * outputs * m
    yield CountedPhase("learn", reactions, frozenset({"s_p", "d", "c", "e", "p", _learned(updates)}))
