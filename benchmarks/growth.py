"""Time and memory to compile, prepare and learn with circuits of 25,000 to 200,000 reactions.

    python benchmarks/growth.py [--circuit perceptron] [--sizes 1000 2000 4000 8000] [--json]

The element-wise quadratic circuit with many inputs, or a perceptron with many units, is compiled to
reactions, these are reduced and prepared for the engine, and samples are learned. Times are processor times
of one thread. Each size is measured in a process of its own, whose largest memory is given beside that of
size 10. Slopes of the logarithms against that of the number of reactions are 1 if the cost is proportional
to it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np

from neuralcrn.circuits import Circuit, make_circuit
from neuralcrn.engines.native.executor import NativeExecutor

SMALLEST = 10
SAMPLES = 5
COSTS = ("compile_s", "prepare_s", "sample_s", "memory_mb")


def circuit_of(name: str, size: int) -> Circuit:
    """Return the quadratic circuit with so many inputs, or a perceptron with so many units."""
    if name == "perceptron":
        return make_circuit(name, 2, hidden=size, learning_rate=0.01 / size)
    return make_circuit(name, size, horizon=0.4, learning_rate=0.01 / size)


def measure(name: str, size: int) -> dict[str, float]:
    """Return the costs of one size in this process."""
    begun = time.process_time()
    program = circuit_of(name, size).compile()
    compiled = time.process_time()
    executable = NativeExecutor().prepare(program)
    prepared = time.process_time()
    features = np.random.default_rng(1).uniform(0.5, 2.0, (SAMPLES, program.circuit.features))
    targets = features.sum(axis=1, keepdims=True)
    errors, times, order = np.zeros((SAMPLES, 1)), np.zeros(SAMPLES), np.arange(SAMPLES)
    pot = executable.new_pot(dict.fromkeys(program.circuit.trained_parameters, 0.1 / size))

    def learn() -> float:
        begun = time.process_time()
        executable.learn(pot.copy(), features, targets, order, errors, times, begun=0, part=1.0, limit=1e9)
        return time.process_time() - begun

    learn()  # kernels are loaded or compiled
    return {
        "size": size,
        "reactions": program.reaction_count,
        "compile_s": compiled - begun,
        "prepare_s": prepared - compiled,
        "sample_s": learn() / SAMPLES,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def measured_apart(name: str, size: int) -> dict[str, float]:
    """Return the costs of one size, measured in another process."""
    command = [sys.executable, __file__, "--circuit", name, "--one", str(size)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--circuit", choices=("quadratic", "perceptron"), default="quadratic")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 2000, 4000, 8000])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.circuit, options.one)))
        return
    smallest = measured_apart(options.circuit, SMALLEST)["memory_mb"]
    rows = [measured_apart(options.circuit, size) for size in options.sizes]
    for row in rows:
        row["memory_mb"] -= smallest
    reactions = np.log([row["reactions"] for row in rows])
    slopes = {name: float(np.polyfit(reactions, np.log([row[name] for row in rows]), 1)[0]) for name in COSTS}
    if options.json:
        print(json.dumps({"smallest_mb": smallest, "rows": rows, "slopes": slopes}))
        return
    print(f"{'size':>8} {'reactions':>10}" + "".join(f"{name:>12}" for name in COSTS))
    for row in rows:
        costs = "".join(f"{row[name]:12.3g}" for name in COSTS)
        print(f"{row['size']:>8} {row['reactions']:>10,}{costs}")
    print(f"{'slope':>19}" + "".join(f"{slopes[name]:12.2f}" for name in COSTS))
    print(f"memory in addition to the {smallest:.0f} MB of size {SMALLEST}")


if __name__ == "__main__":
    main()
