"""Trainings per second with two dask workers compared with one, on this machine.

    python benchmarks/cluster.py [--seeds 64] [--epochs 100] [--repeats 3] [--json]

XOR is learned with the default circuit and several seeds, by workers that are started as the documentation
says. Before times are taken, all workers have loaded the kernels. The efficiency is the time with one worker
divided by that with two; the results must be the same. Other programs must not run meanwhile.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from neuralcrn.jobs import Cluster, Job, Store, compute
from neuralcrn.learning import plan
from neuralcrn.runs.spec_file import spec_to_json
from neuralcrn.studies.robustness.running import attempt


@contextmanager
def workers(folder: Path, count: int) -> Generator[Cluster]:
    """Start a scheduler and workers of one thread each; end them."""
    file = folder / f"scheduler-{count}.json"
    command = [sys.executable, "-m"]
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    parts = [
        ["distributed.cli.dask_scheduler", "--port", "0"],
        ["distributed.cli.dask_worker", "--nthreads", "1", "--nworkers", str(count)],
    ]
    started = [subprocess.Popen([*command, *part, *common], stderr=subprocess.DEVNULL) for part in parts]
    try:
        while not file.exists() and started[0].poll() is None:
            time.sleep(0.1)
        yield Cluster(str(file))
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def trained(cluster: Cluster, folder: Path, jobs: list[Job]) -> tuple[float, dict[str, Any]]:
    """Return the seconds and the results of some jobs."""
    begun = time.perf_counter()
    results = {job.name: result.value for job, result in compute(jobs, Store(folder), cluster)}
    return time.perf_counter() - begun, results


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    one = plan("xor", epochs=options.epochs)
    specs = [replace(one, seed=seed) for seed in range(options.seeds)]
    jobs = [Job(f"seed-{spec.seed}", attempt, (spec_to_json(spec), (), 1)) for spec in specs]
    seconds: dict[int, float] = {}
    results: dict[int, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        for count in (1, 2):
            with workers(Path(name), count) as cluster:
                runs = [
                    trained(cluster, Path(name) / f"{count}-{repeat}", jobs)
                    for repeat in range(options.repeats + 1)
                ]
            seconds[count] = median(spent for spent, _ in runs[1:])
            results[count] = runs[0][1]
    if results[1] != results[2]:
        sys.exit("one and two workers give different results")
    found = {
        "trainings": options.seeds,
        "seconds_one_worker": seconds[1],
        "seconds_two_workers": seconds[2],
        "efficiency": seconds[1] / seconds[2],
    }
    if options.json:
        print(json.dumps(found))
    else:
        print(f"{'workers':>8} {'seconds':>8} {'trainings/s':>12}")
        for count, spent in seconds.items():
            print(f"{count:>8} {spent:>8.2f} {options.seeds / spent:>12.2f}")
        print(f"two workers are {found['efficiency']:.2f} times as fast as one; the results are the same")


if __name__ == "__main__":
    main()
