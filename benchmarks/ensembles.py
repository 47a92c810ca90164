"""Trainings at once compared with single trainings, in the same process and on one core.

    python benchmarks/ensembles.py [--seeds 64] [--epochs 10] [--repeats 3] [--json]

XOR is learned by the default perceptron and by two neural ODEs, with several seeds: one after the other, with
the loops and with machine code, and by `train_many`. Times are those of the processor, so that other programs
of the machine do not affect them, without the compilation of kernels. Every training includes its validation
and, as by default, the predictions for the test samples after every epoch. All results are compared, to the
last bit. The largest memory of a process that trains with one seed, or with all, is measured in processes of
their own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neuralcrn.engines.native.executor import NativeExecutable
from neuralcrn.engines.native.lowering import specialised
from neuralcrn.engines.work import executed
from neuralcrn.learning import Progress, TrainingSpec, begin_training, plan, train_many
from neuralcrn.learning.loop import trained

CIRCUITS: dict[str, str | None] = {"perceptron": None, "cubic-quadratic": "cubic-quadratic", "cubic": "cubic"}
SINGLE = 8
"""Number of single trainings that are timed; the time of all is scaled from theirs."""
_PEAK = """
import resource
from ensembles import spec_of, trained_seeds
trained_seeds(spec_of({name!r}, {epochs}), range({seeds}))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def spec_of(name: str, epochs: int) -> TrainingSpec:
    """Return the recorded training of a circuit on XOR, with fewer epochs."""
    return plan("xor", CIRCUITS[name], epochs=epochs)


def trained_seeds(spec: TrainingSpec, seeds: Sequence[int]) -> dict[int, np.ndarray]:
    """Train with all seeds at once; return the final contents of each pot."""
    many = train_many(spec, seeds=seeds, threads=1)
    return {seed: one.state.pot for seed, one in many.trained.items()}


def trained_alone(
    spec: TrainingSpec, seeds: Sequence[int], prepare: Callable[[Progress], None] = lambda _: None
) -> dict[int, np.ndarray]:
    """Train with one seed after the other; the circuit is compiled once."""
    program = spec.make_program(spec.make_task())
    found: dict[int, np.ndarray] = {}
    for seed in seeds:
        own = replace(spec, seed=seed)
        start = begin_training(own, own.make_task(), program=program, threads=1)
        prepare(start)
        found[seed] = executed(trained(start)).state.pot
    return found


def seconds_of(run: Callable[[], Any], repeats: int) -> float:
    """Return the least time of the processor for a call."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        run()
        times.append(time.process_time() - begin)
    return min(times)


def peak(name: str, epochs: int, seeds: int) -> float:
    """Return the largest memory of a process that trains with some seeds, MB."""
    code = _PEAK.format(name=name, epochs=epochs, seeds=seeds)
    here = Path(__file__).parent
    done = subprocess.run([sys.executable, "-c", code], cwd=here, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1000.0


def measured(name: str, seeds: int, epochs: int, repeats: int) -> dict[str, float]:
    """Return the ratios of one circuit."""
    spec, few = spec_of(name, epochs), range(min(seeds, SINGLE))
    code = specialised(begin_training(spec, spec.make_task()).trainer.executable.lowered)

    def with_code(start: Progress) -> None:
        executable = start.trainer.executable
        assert isinstance(executable, NativeExecutable)
        executable.lowered = code

    together = trained_seeds(spec, range(seeds))  # compiles the kernels, and generates machine code
    for alone in (trained_alone(spec, few), trained_alone(spec, few, with_code)):
        assert all(np.array_equal(pot, together[seed]) for seed, pot in alone.items())
    loops = seconds_of(lambda: trained_alone(spec, few), repeats) / len(few)
    machine_code = seconds_of(lambda: trained_alone(spec, few, with_code), repeats) / len(few)
    at_once = seconds_of(lambda: trained_seeds(spec, range(seeds)), repeats) / seeds
    one, all_of_them = peak(name, epochs, 1), peak(name, epochs, seeds)
    return {
        f"{name}_ms": 1e3 * at_once,
        f"{name}_ratio_loops": loops / at_once,
        f"{name}_ratio": machine_code / at_once,
        f"{name}_mb_single": one,
        f"{name}_mb": all_of_them,
    }


def main() -> None:
    """Measure all, print the table or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results: dict[str, float] = {}
    for name in CIRCUITS:
        row = measured(name, options.seeds, options.epochs, options.repeats)
        results |= row
        if not options.json:
            ms, loops, ratio, single, many = row.values()
            print(
                f"{name:16} {ms:8.1f} ms a training; times as many trainings as single ones: with loops "
                f"{loops:.1f}, with machine code {ratio:.1f}; memory {many:.0f} MB, single {single:.0f} MB"
            )
    if options.json:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
