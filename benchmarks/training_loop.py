"""Speed of the training loop compared with other simulators that execute the same protocol.

    python benchmarks/training_loop.py [--samples 2000] [--repeats 3] [--json]

Two circuits learn: the D = 3 element-wise quadratic circuit, most of whose time is integration, and a
perceptron of 16 units, whose phases all have a closed form. Every phase of every sample is simulated by each
tool at rtol 1e-6, atol 1e-8. Neuralcrn runs its compiled loop, once with the data-driven kernel and once
specialised; the other simulators are called from a Python loop, as usual; one that is not installed is left
out. Times are processor times. The error is the largest difference of the parameters from the reference
executor at rtol 1e-12, after the same few samples. Because our error at rtol 1e-6 is smaller than that of the
others, the loop is also timed at rtol 1e-4.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from neuralcrn.circuits import FAMILIES, make_circuit
from neuralcrn.circuits.initial import draw
from neuralcrn.compiler import Circuit
from neuralcrn.engines import EXECUTORS, Executable, Tolerances
from neuralcrn.engines.native.executor import NativeExecutable, NativeExecutor
from neuralcrn.engines.native.lowering import LoweredProgram, specialised
from peers import BioscrapePeer, Peer, RoadRunnerPeer, play_with_peer

RTOL, ATOL = 1e-6, 1e-8
PEER_SAMPLES = 100
"""Number of samples for the slow simulators; their time is scaled."""
ERROR_SAMPLES = 5
"""Number of samples after which errors are measured: the reference needs seconds for each."""
FORMS = ("ratio_data_driven", "ratio", "ratio_at_1e-4")
"""Names of the ratios of our rows: loops, machine code, and machine code at a larger tolerance."""
PEERS: dict[str, tuple[str, Callable[..., Peer]]] = {
    "libRoadRunner": ("roadrunner", RoadRunnerPeer),
    "bioscrape": ("bioscrape", BioscrapePeer),
}
"""Module and interface of every other simulator."""


class Case(NamedTuple):
    """A circuit and what it learns from."""

    circuit: Circuit
    features: np.ndarray
    targets: np.ndarray

    def head(self, count: int) -> Case:
        """Return the first samples."""
        return Case(self.circuit, self.features[:count], self.targets[:count])

    def start(self, executable: Executable) -> np.ndarray:
        """Return a pot with parameters drawn from the initial distributions of the family."""
        initial = FAMILIES.find(self.circuit.name).initial
        rng = np.random.default_rng(0)
        return executable.new_pot(draw(initial, self.circuit.trained_parameters, rng))


def cases(count: int) -> dict[str, Case]:
    """Return the circuits with `count` samples of a bilinear task."""
    x = np.random.default_rng(0).uniform(0.5, 2.0, (count, 3))
    y = x[:, :1] * x[:, 1:2] + x[:, 1:2] ** 2
    return {
        "quadratic": Case(make_circuit("quadratic", 3, hidden=3, horizon=0.4, learning_rate=0.2), x, y),
        "perceptron": Case(make_circuit("perceptron", 2, hidden=16), x[:, :2], y),
    }


def prepared(
    case: Case, lowered: LoweredProgram | None = None, rtol: float = RTOL, atol: float = ATOL
) -> NativeExecutable:
    """Return the program of a circuit at an accuracy, in the form in which it was lowered, if given."""
    executable = NativeExecutor().prepare(case.circuit.compile(), Tolerances(rtol, atol, 1_000_000))
    executable.lowered = lowered or executable.lowered
    return executable


def learned(executable: Executable, case: Case) -> tuple[float, np.ndarray]:
    """Return seconds for the samples of a case, and the parameters after them."""
    state, count = case.start(executable), len(case.features)
    measured, times, order = np.zeros_like(case.targets), np.zeros(count), np.arange(count)
    begin = time.thread_time()
    stop = executable.learn(
        state, case.features, case.targets, order, measured, times, begun=0, part=1.0, limit=1e9
    )
    seconds = time.thread_time() - begin
    if stop is not None:
        raise executable.error_of(stop)
    return seconds, executable.signed(state, case.circuit.trained_parameters)


def learned_by_peer(
    make: Callable[..., Peer],
    executable: NativeExecutable,
    case: Case,
    rtol: float = RTOL,
    atol: float = ATOL,
) -> tuple[float, np.ndarray]:
    """Return the same for another simulator."""
    species, phases = list(executable.species), executable.program.phases
    peers = [make(phase.network, species, rtol, atol) for phase in phases]
    state, first = case.start(executable), case.head(3)
    play_with_peer(executable.lowered, peers, state.copy(), first.features, first.targets)
    begin = time.thread_time()
    play_with_peer(executable.lowered, peers, state, case.features, case.targets)
    seconds = time.thread_time() - begin
    return seconds, executable.signed(state, case.circuit.trained_parameters)


def row(
    engine: str, run: Callable[[Case], tuple[float, np.ndarray]], case: Case, exact: np.ndarray, repeats: int
) -> dict[str, Any]:
    """Return the least time per sample of an engine, and its error relative to the largest parameter."""
    error = np.abs(run(case.head(ERROR_SAMPLES))[1] - exact).max() / np.abs(exact).max()
    seconds = min(run(case)[0] for _ in range(repeats))
    return {"engine": engine, "us": 1e6 * seconds / len(case.features), "error": float(error)}


def measured(case: Case, repeats: int) -> list[dict[str, Any]]:
    """Return the rows of one circuit: ours, then those of the simulators that are installed."""
    tight = Tolerances(1e-12, 1e-14, 1_000_000)
    reference = EXECUTORS.find("reference").prepare(case.circuit.compile(), tight)
    _, exact = learned(reference, case.head(ERROR_SAMPLES))
    driven = prepared(case)
    code = specialised(driven.lowered)
    rows = [
        row(name, partial(learned, executable), case, exact, repeats)
        for name, executable in (
            ("neuralcrn, data-driven", driven),
            ("neuralcrn, specialised", prepared(case, code)),
            ("neuralcrn, rtol 1e-4", prepared(case, code, 1e-4, 1e-6)),
        )
    ]
    for name, (module, make) in PEERS.items():
        if importlib.util.find_spec(module) is None:
            print(f"{name} is not installed: left out", file=sys.stderr)
            continue
        rows.append(
            row(name, partial(learned_by_peer, make, driven), case.head(PEER_SAMPLES), exact, repeats)
        )
    return rows


def result(case: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the rows of a circuit, and how many times faster than the fastest other simulator each form of
    our loop is.
    """
    if len(rows) == len(FORMS):
        sys.exit("no other simulator is installed: pip install -c constraints.txt -e '.[bench]'")
    fastest = min(row["us"] for row in rows[len(FORMS) :])
    ratios = {f"{case}_{name}": fastest / row["us"] for name, row in zip(FORMS, rows, strict=False)}
    return {**ratios, f"{case}_us": rows[1]["us"], f"{case}_rows": rows}


def main() -> None:
    """Measure all, print the table or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    for name, case in cases(options.samples).items():
        rows = measured(case, options.repeats)
        results |= result(name, rows)
        if not options.json:
            print(f"{name}:")
            for line in rows:
                print(f"  {line['engine']:24} {line['us']:9.1f} us a sample   error {line['error']:.1e}")
            print("  faster than the fastest other: ", end="")
            print(", ".join(f"{form} {results[f'{name}_{form}']:.1f}" for form in FORMS))
    if options.json:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
