"""Speed of the training loop compared with other simulators that execute the same protocol.

    python benchmarks/training_loop.py [--samples 2000] [--repeats 3] [--json]

The D = 3 element-wise quadratic circuit learns from 2,000 samples; every phase of every sample is simulated
by each tool at rtol 1e-6, atol 1e-8. Neuralcrn runs its compiled loop, once with the data-driven kernel and
once specialised; the other simulators are called from a Python loop, as usual. Accuracy is the largest
difference of the parameters from a run with the same samples at rtol 1e-12. Because our error is much smaller
than the tolerance, the loop is also timed at rtol 1e-4.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from neuralcrn.circuits import make_circuit
from neuralcrn.compiler import Program
from neuralcrn.engines import Executable, Tolerances
from neuralcrn.engines.native.executor import NativeExecutable, NativeExecutor
from neuralcrn.engines.native.lowering import LoweredProgram, specialised
from peers import BioscrapePeer, Peer, RoadRunnerPeer, play_with_peer

RTOL, ATOL = 1e-6, 1e-8
PEER_SAMPLES = 200
"""Number of samples for the slow simulators; their time is scaled."""


def samples(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return features (count, 3) and targets (count, 1) of a bilinear task."""
    x = np.random.default_rng(0).uniform(0.5, 2.0, (count, 3))
    return x, x[:, :1] * x[:, 1:2] + x[:, 1:2] ** 2


def prepared(
    program: Program, lowered: LoweredProgram | None = None, rtol: float = RTOL, atol: float = ATOL
) -> NativeExecutable:
    """Return a program of an accuracy, in the form in which it was lowered, if given."""
    executable = NativeExecutor().prepare(program, Tolerances(rtol, atol, 1_000_000))
    executable.lowered = lowered or executable.lowered
    return executable


def start_pot(executable: Executable) -> np.ndarray:
    """Return a pot with small positive parameters."""
    return executable.new_pot(dict.fromkeys(executable.program.circuit.trained_parameters, 0.2))


def run_ours(executable: Executable, count: int) -> tuple[float, np.ndarray]:
    """Return seconds and final parameters of our loop."""
    features, targets = samples(count)
    state = start_pot(executable)
    measured, times, order = np.zeros((count, 1)), np.zeros(count), np.arange(count)
    begin = time.perf_counter()
    executable.learn(state, features, targets, order, measured, times, begun=0, part=1.0, limit=1e9)
    seconds = time.perf_counter() - begin
    return seconds, parameters(executable, state)


def parameters(executable: Executable, state: np.ndarray) -> np.ndarray:
    """Return the trained parameters, rail minus rail."""
    return executable.signed(state, executable.program.circuit.trained_parameters)


def run_peer(make: Callable[..., Peer], executable: NativeExecutable) -> tuple[float, np.ndarray]:
    """Return seconds for PEER_SAMPLES samples, and the parameters after them."""
    features, targets = samples(PEER_SAMPLES)
    species, phases = list(executable.species), executable.program.phases
    peers = [make(phase.network, species, RTOL, ATOL) for phase in phases]
    state = start_pot(executable)
    play_with_peer(executable.lowered, peers, state.copy(), features[:3], targets[:3])
    begin = time.perf_counter()
    play_with_peer(executable.lowered, peers, state, features, targets)
    return time.perf_counter() - begin, parameters(executable, state)


def main() -> None:
    """Measure all, print the table or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    circuit = make_circuit("quadratic", 3, hidden=3, horizon=0.4, learning_rate=0.2)
    program = circuit.compile()
    driven = prepared(program)
    code = specialised(driven.lowered)
    machine, coarse = prepared(program, code), prepared(program, code, 1e-4, 1e-6)
    _, exact = run_ours(prepared(program, None, 1e-12, 1e-14), PEER_SAMPLES)
    rows: list[dict[str, Any]] = []
    for name, executable in (("neuralcrn, data-driven", driven), ("neuralcrn, specialised", machine)):
        _, short = run_ours(executable, PEER_SAMPLES)
        seconds = min(run_ours(executable, options.samples)[0] for _ in range(options.repeats))
        rows.append({"engine": name, "us": 1e6 * seconds / options.samples, "error": error(short, exact)})
    seconds = min(run_ours(coarse, options.samples)[0] for _ in range(options.repeats))
    _, short = run_ours(coarse, PEER_SAMPLES)
    loose = {
        "engine": "neuralcrn, rtol 1e-4",
        "us": 1e6 * seconds / options.samples,
        "error": error(short, exact),
    }
    for name, make in (("libRoadRunner", RoadRunnerPeer), ("bioscrape", BioscrapePeer)):
        runs = [run_peer(make, driven) for _ in range(options.repeats)]
        fastest = min(seconds for seconds, _ in runs)
        rows.append({"engine": name, "us": 1e6 * fastest / PEER_SAMPLES, "error": error(runs[0][1], exact)})
    peer = min(row["us"] for row in rows[2:4])
    rows.append(loose)
    result = {
        "ratio": peer / rows[1]["us"],
        "ratio_data_driven": peer / rows[0]["us"],
        "ratio_at_1e-4": peer / loose["us"],
        "rows": rows,
    }
    if options.json:
        print(json.dumps(result))
        return
    for row in rows:
        print(f"{row['engine']:24} {row['us']:9.1f} us a sample   largest error {row['error']:.1e}")
    print(f"faster than the faster peer: data-driven {result['ratio_data_driven']:.1f}, ", end="")
    print(
        f"specialised {result['ratio']:.1f} (at 1e-4, still the more accurate: {result['ratio_at_1e-4']:.1f})"
    )


def error(values: np.ndarray, exact: np.ndarray) -> float:
    """Return the largest difference relative to the largest parameter."""
    return float(np.max(np.abs(values - exact)) / np.max(np.abs(exact)))


if __name__ == "__main__":
    main()
