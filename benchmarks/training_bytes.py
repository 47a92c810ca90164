"""Record the results of training every circuit, to the last bit, and compare two records.

    python benchmarks/training_bytes.py record before.json
    python benchmarks/training_bytes.py compare before.json after.json

Every family with every learning rule, at every level, with every optimiser and with stochastic simulation is
trained for two epochs on a few samples. A record contains the reactions by position (so names may change),
and the exact bits of all metrics, parameters and predictions; with ``--certificates`` also all values of the
certificates. It uses only the public interface, and takes about a minute (certificates: ten).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neuralcrn
from neuralcrn.circuits import supported_rules
from neuralcrn.engines import Kinetics
from neuralcrn.errors import NeuralCRNError

_UPDATES: dict[str, dict[str, Any]] = {
    "accumulate": {},
    "direct": {"update": "direct"},
    "momentum": {"momentum": 0.5},
    "decay, batch": {"decay": 1e-3, "batch": 2},
    "chopped": {"optimiser": "chop"},
}
_LEVELS = ("staged", "gated", "autonomous")


def cases() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield the name of each case, the options of its circuit and those of its training."""
    for family in neuralcrn.FAMILIES:
        for mode in supported_rules(family):
            for level in _LEVELS:
                yield f"{family}, {mode}, {level}", {"rule": mode}, {"level": level}
        for name, options in _UPDATES.items():
            yield f"{family}, {name}", options, {}
        for method in ("ssa", "tau", "langevin"):
            yield f"{family}, {method}", {}, {"kinetics": Kinetics(method, volume=50.0)}


def learned(family: str, circuit: dict[str, Any], training: dict[str, Any]) -> dict[str, Any]:
    """Train one case, and return the bits of the result, or the error."""
    task = neuralcrn.make_task("xor", 0, train=4, validation=3, test_side=2)
    try:
        chosen = neuralcrn.make_circuit(family, 2, hidden=3, non_negative=True, **circuit)
        laws = {p.name for p in chosen.trained_parameters}
        known = neuralcrn.FAMILIES[family].initial
        initial = {name: law for name, law in known.items() if name in laws}
        trained = neuralcrn.train_circuit(chosen, task, initial=initial, epochs=2, **training)
    except NeuralCRNError as error:
        return {"refused": type(error).__name__}
    program = chosen.compile(training.get("level", "staged"))
    measured = [
        [m.train_loss, m.validation_loss, m.accuracy, m.test_accuracy, m.period, *m.parameters]
        for m in trained.metrics
    ]
    return {
        "phases": [[phase.duration.hex(), *structure(phase.network)] for phase in program.phases],
        "metrics": [[None if value is None else float(value).hex() for value in row] for row in measured],
        "predictions": [float(value).hex() for value in trained.predict(task.validation.features).ravel()],
    }


def structure(network: neuralcrn.Network) -> tuple[int, int, str]:
    """Return species, reactions, and a digest of stoichiometry and rate constants, all by position."""
    rows = [
        (
            [(network.index[name], count) for name, count in reaction.reactants.terms],
            [(network.index[name], count) for name, count in reaction.products.terms],
            reaction.rate.hex(),
        )
        for reaction in network.reactions
    ]
    digest = hashlib.sha256(json.dumps([rows, [v.hex() for v in network.initial]]).encode()).hexdigest()
    return len(network.species), len(network.reactions), digest[:16]


def certified(family: str, mode: str, level: str) -> list[str]:
    """Return every number of a certificate."""
    circuit = neuralcrn.make_circuit(family, 2, rule=mode)
    certificate = neuralcrn.certify(circuit, level=level, samples=1)
    return [f"{check.name}: {check.measured} {check.passed}" for check in certificate.checks]


def record(file: Path, certificates: bool) -> None:
    """Train every case and write the results."""
    results: dict[str, Any] = {}
    for name, circuit, training in cases():
        results[name] = learned(name.split(",")[0], circuit, training)
        print(name, "refused" if "refused" in results[name] else "", file=sys.stderr)
    for family in neuralcrn.FAMILIES if certificates else ():
        for mode in supported_rules(family):
            for level in ("staged", "gated"):
                name = f"certificate of {family}, {mode}, {level}"
                results[name] = certified(family, mode, level)
                print(name, file=sys.stderr)
    file.write_text(json.dumps(results, indent=1) + "\n")


def compare(before: Path, after: Path) -> int:
    """Print every case that differs, and return how many do."""
    old, new = json.loads(before.read_text()), json.loads(after.read_text())
    differing = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    for name in differing:
        print(f"differs: {name}")
    print(f"{len(differing)} of {len({**old, **new})} cases differ")
    return len(differing)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("action", choices=["record", "compare"])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--certificates", action="store_true")
    chosen = parser.parse_args()
    if len(chosen.files) != (1 if chosen.action == "record" else 2):
        parser.error("record takes one file, compare takes two")
    if chosen.action == "record":
        record(*chosen.files, chosen.certificates)
    else:
        sys.exit(min(1, compare(*chosen.files)))


if __name__ == "__main__":
    main()
