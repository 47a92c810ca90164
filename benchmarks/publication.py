"""The publication's experiments by its own settings, over many seeds, beside its figures.

    python benchmarks/publication.py [--seeds 10] [--jobs 2] [--only NAME ...] [--json]

Figures: arXiv 2409.00034 and its public code (losses and counts read from its plots and logs).
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from neuralcrn.training import train_task


@dataclass(frozen=True)
class Experiment:
    """One row: a task, a circuit, what is measured, the published figure and the goal.

    `options` replace parts of the recorded setting; rows that have them, and those without a
    published figure, are ours.
    """

    name: str
    task: str
    circuit: str
    gradient: str
    measure: str
    published: float | None
    goal: float | None
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def smaller_is_better(self) -> bool:
        """Whether the measure is a loss."""
        return self.measure == "validation_loss"


LOSS, GRID, HELD = "validation_loss", "test_accuracy", "accuracy"
RELU, REDUCED = "smooth-relu", "cubic-quadratic"
EXPERIMENTS = (
    Experiment("linear regression", "linear-regression", "linear", "exact", LOSS, 0.1188, 0.12),
    Experiment(
        "  with supply 1", "linear-regression", "linear", "exact", LOSS, None, 0.12, (("supply", 1.0),)
    ),
    Experiment("linear classification", "linear-classification", "linear", "exact", GRID, 0.944, 0.94),
    Experiment("bilinear exact", "bilinear", "quadratic", "exact", LOSS, 0.119, 0.12),
    Experiment("bilinear first-order", "bilinear", "quadratic", "first-order", LOSS, 0.0703, 0.10),
    Experiment("  at rate 0.3", "bilinear", "quadratic", "first-order", LOSS, None, 0.10, (("rate", 0.3),)),
    Experiment("sin-square first-order", "sin-square", "quadratic", "first-order", LOSS, 0.0750, 0.075),
    Experiment("XOR cubic", "xor", "cubic", "exact", GRID, 0.847, 0.84),
    Experiment("XOR cubic-quadratic", "xor", REDUCED, "linear-reversal", GRID, 0.788, 0.78),
    Experiment("rings cubic", "rings", "cubic", "exact", HELD, 0.726, 0.72),
    Experiment("rings cubic-quadratic", "rings", REDUCED, "linear-reversal", HELD, 0.822, None),
    Experiment("rings smooth-relu", "rings", RELU, "exact", HELD, 0.935, 0.93),
    Experiment("AND smooth-relu", "and", RELU, "exact", GRID, 0.914, None),
    Experiment("OR smooth-relu", "or", RELU, "exact", GRID, 0.874, None),
    Experiment("XOR smooth-relu", "xor", RELU, "exact", GRID, 0.832, None),
    Experiment("iris smooth-relu", "iris", RELU, "exact", HELD, 0.867, 0.86),
    Experiment("  at rate 0.03", "iris", RELU, "exact", HELD, None, 0.86, (("rate", 0.03),)),
    Experiment("XOR mixing", "xor", "mixing", "exact", GRID, None, 0.92),
    Experiment("rings mixing", "rings", "mixing", "exact", HELD, None, 0.95),
)


def measure(job: tuple[Experiment, int]) -> tuple[Experiment, int, float, float]:
    """Train once; return the measured figure and the seconds."""
    experiment, seed = job
    start = time.perf_counter()
    trained = train_task(
        experiment.task,
        experiment.circuit,
        gradient=experiment.gradient,
        seed=seed,
        **dict(experiment.options),
    )
    metrics = trained.metrics[-1]
    return experiment, seed, float(getattr(metrics, experiment.measure)), time.perf_counter() - start


def summarise(experiment: Experiment, values: list[float], seconds: list[float]) -> dict[str, Any]:
    """Return one row of the table."""
    median = statistics.median(values)
    met = None
    if experiment.goal is not None:
        met = median <= experiment.goal if experiment.smaller_is_better else median >= experiment.goal
    return {
        **asdict(experiment),
        "median": median,
        "lowest": min(values),
        "highest": max(values),
        "seeds": len(values),
        "seconds": statistics.median(seconds),
        "met": met,
    }


def run(experiments: Sequence[Experiment], seeds: int, jobs: int) -> list[dict[str, Any]]:
    """Run experiments over seeds in parallel; return a row for each."""
    work = [(experiment, seed) for experiment in experiments for seed in range(seeds)]
    with ProcessPoolExecutor(jobs) as pool:
        results = list(pool.map(measure, work))
    rows: list[dict[str, Any]] = []
    for experiment in experiments:
        own = [result for result in results if result[0] == experiment]
        rows.append(summarise(experiment, [r[2] for r in own], [r[3] for r in own]))
    return rows


def print_rows(rows: Sequence[dict[str, Any]]) -> None:
    """Print the table."""
    print(f"{'experiment':24} {'measure':16} {'published':>9} {'goal':>6} {'median':>7} ", end="")
    print(f"{'range':>15} {'s':>6}  met")
    for row in rows:
        published = "" if row["published"] is None else f"{row['published']:.4f}"
        goal = "" if row["goal"] is None else f"{row['goal']:.3f}"
        met = {None: "", True: "yes", False: "no"}[row["met"]]
        spread = f"{row['lowest']:.4f}-{row['highest']:.4f}"
        print(
            f"{row['name']:24} {row['measure']:16} {published:>9} {goal:>6} {row['median']:7.4f} "
            f"{spread:>15} {row['seconds']:6.1f}  {met}"
        )


def main(experiments: Sequence[Experiment] = EXPERIMENTS, description: str | None = __doc__) -> None:
    """Run all experiments over all seeds and print the table."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    chosen = [
        e for e in experiments if not options.only or any(w in f"{e.task} {e.circuit}" for w in options.only)
    ]
    rows = run(chosen, options.seeds, options.jobs)
    if options.json:
        print(json.dumps(rows))
    else:
        print_rows(rows)


if __name__ == "__main__":
    main()
