"""Closed formula for networks of smooth rectifiers that learn at a fixed point."""

from __future__ import annotations

from neuralcrn.chemistry.network import Counts
from neuralcrn.compiler import Circuit


def fixed_point_counts(circuit: Circuit) -> dict[str, Counts]:
    """Return the counts of both phases and of the program.

    With n rails of inputs, m units, o outputs, and p parameters of two rails each, the weighted sums have
    2nm + 5m reactions with their annihilation, the rectifiers 4m, outputs 2mo + 5o, targets one for each of
    their rails, the adjoints 4mo + 12m, parameters 2nm + 2m + 2mo + 2o and their annihilation p.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> fixed_point_counts(make_circuit("fixed-point-network", 2, hidden=4))["learn"]
    Counts(species=67, reactions=181)
    """
    rails, units, outputs = _rails(circuit, "x"), len(circuit.read), circuit.outputs
    inputs = rails * circuit.features
    parameters = (circuit.features + 1 + outputs) * units + outputs
    targets = _rails(circuit, "y") * outputs
    predict = 2 * inputs * units + 9 * units + 2 * units * outputs + 5 * outputs
    adjoints = 4 * units * outputs + 12 * units
    updates = 2 * (inputs * units + units + units * outputs + outputs) + parameters
    read = inputs + 3 * units + 2 * outputs + 2 * parameters
    learn = Counts(read + targets + 4 * units, predict + targets + adjoints + updates)
    return {
        "learn": learn,
        "predict": Counts(read, predict),
        "program": Counts(learn.species, learn.reactions + predict),
    }


def _rails(circuit: Circuit, name: str) -> int:
    return 1 if name in circuit.non_negative else 2
