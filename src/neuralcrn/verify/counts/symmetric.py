"""Closed formula for networks with symmetric weights that learn by equilibrium propagation."""

from __future__ import annotations

from neuralcrn.chemistry.network import Counts
from neuralcrn.compiler import Circuit
from neuralcrn.verify.counts.phases import CountedPhase, Updates, counts_of


def symmetric_counts(circuit: Circuit) -> dict[str, Counts]:
    """Return the counts of all phases and of the program.

    With n rails of inputs, m hidden units and o outputs, the relaxation has 2nm + 4mo + 9(m + o) reactions:
    every weight between units is read in both directions by both rails, and each unit has four reactions of
    its activity, and five that produce its drive from the bias, remove it and annihilate its rails.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> symmetric_counts(make_circuit("symmetric-network", 2, hidden=4))["free"]
    Counts(species=56, reactions=77)
    """
    x_rails, y_rails = (1 if name in circuit.non_negative else 2 for name in "xy")
    features, outputs = circuit.features, circuit.outputs
    units = sum(z.name == "s" for z in circuit.system.states)
    weights, others = features * units, units * outputs + units + outputs
    parameters = weights + others
    updates = Updates.of(circuit)
    sizes = {
        **updates.sizes(outputs, parameters),
        "x": x_rails * features,
        "y": y_rails * outputs,
        "drives": 2 * (units + outputs),
        **dict.fromkeys(("s", "t"), units),
        **dict.fromkeys(("o", "q", "e"), outputs),
        "p": 2 * parameters,
        **dict.fromkeys(("g_theta+", "g_theta-"), weights),
        **dict.fromkeys(("g+", "g-"), others),
    }
    free = 2 * x_rails * weights + 4 * units * outputs + 9 * (units + outputs)
    nudged = free + (y_rails + 1) * outputs
    relaxing = frozenset({"x", "drives", "s", "t", "o", "q", "p"})
    products, read = x_rails * weights + others, {"x", "s", "o"}

    def produced(sign: str) -> frozenset[str]:
        signs = (sign,) if x_rails == 1 else ("+", "-")
        return frozenset({*read, f"g{sign}", *(f"g_theta{s}" for s in signs)})

    gradients = frozenset({"g+", "g-", "g_theta+", "g_theta-"})
    phases = (
        CountedPhase("free", free, relaxing),
        CountedPhase("readout", outputs, frozenset({"o", "e"})),
        CountedPhase("nudge", nudged, relaxing | {"y"}),
        CountedPhase("hebb", products, produced("-")),
        CountedPhase("opposite", nudged, relaxing | {"y"}),
        CountedPhase("antihebb", products, produced("+")),
        *updates.phases(parameters, frozenset({"p"}), gradients),
    )
    return counts_of(phases, sizes)
