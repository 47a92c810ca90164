"""Scores of ``neuralcrn train FILE.csv`` and of the estimators with default options.

    python benchmarks/own_data.py                       # data sets, seeds 0 to 7
    python benchmarks/own_data.py --circuits --seeds 3  # what each circuit can represent
    python benchmarks/own_data.py --circuits --csv docs/reference/representation.csv

Scores are those of the validation rows, a fifth of the table: accuracy for a classification, R² for a
regression. Data sets are included in scikit-learn (extra ``sklearn``); synthetic ones are generated here.
"""

from __future__ import annotations

import argparse
import csv
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import datasets

from neuralcrn import Task, train_task
from neuralcrn.circuits import FAMILIES, EquationFamily
from neuralcrn.errors import NeuralCRNError
from neuralcrn.learning.trainer import determination
from neuralcrn.studies.baselines import baselines
from neuralcrn.tasks import classification_from_table, regression_from_table

DATA = ("breast cancer", "diabetes", "line", "iris", "petal width")
SHAPES = ("line", "square", "wave", "product", "exclusive or", "petal width")
"""Test functions: monotonic, with one turning point, with two, products, classes on a line."""


def table(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return features and targets; whole numbers are classes."""
    rng = np.random.default_rng(0)
    square = rng.uniform(-1.0, 1.0, (200, 2))
    match name:
        case "line":
            x = np.linspace(10.0, 20.0, 41)
            return x[:, np.newaxis], 50.0 - 2.0 * x
        case "square":
            x = np.linspace(-3.0, 3.0, 61)
            return x[:, np.newaxis], x**2
        case "wave":
            x = np.linspace(0.0, 2.0 * np.pi, 101)
            return x[:, np.newaxis], np.sin(x)
        case "product":
            return square, square[:, 0] * square[:, 1]
        case "exclusive or":
            return square, (square[:, 0] * square[:, 1] > 0.0).astype(np.int64)
        case "petal width":
            irises = datasets.load_iris()
            return irises.data[:, 3:], irises.target
        case _:
            data = getattr(datasets, f"load_{name.replace(' ', '_')}")()
            return data.data, data.target


def task_of(name: str, seed: int) -> Task:
    """Return a table as a task, as on the command line: a fifth for validation, the rest scaled and
    centred.
    """
    features, targets = table(name)
    named: dict[str, Any] = {
        "feature_names": tuple(f"x{i + 1}" for i in range(features.shape[1])),
        "target_name": "y",
        "validation": round(0.2 * len(features)),
        "rng": seed,
        "non_negative": False,
    }
    if targets.dtype.kind in "iu":
        classes = tuple(map(str, range(int(targets.max()) + 1)))
        return classification_from_table(name, features, targets.astype(np.int64), classes=classes, **named)
    return regression_from_table(name, features, targets.astype(float), **named)


def score(task: Task, circuit: str | None, seed: int) -> tuple[float, int]:
    """Train with default options; return accuracy or R² on the validation rows, and halvings of the rate."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            trained = train_task(task, circuit, seed=seed)
        except NeuralCRNError as error:
            print(f"    {error}")
            return float("nan"), 0
    last = trained.metrics[-1]
    value = last.accuracy
    if value is None:
        value = determination(last.validation_loss, task.validation.targets)
    return float("nan") if value is None else value, len(trained.state.retries)


def measure(name: str, circuit: str | None, seeds: int) -> list[float]:
    """Print the scores on a data set for each seed, with baseline models; return them."""
    begin = time.perf_counter()
    scores, halvings = zip(*(score(task_of(name, s), circuit, s) for s in range(seeds)), strict=True)
    others = [baselines(task_of(name, s)) for s in range(seeds)]
    beside = ", ".join(
        f"{model} {np.median([known[model] for known in others]):.3f}" for model in others[0]
    )  # fmt: skip
    print(
        f"{name:14} {circuit or 'default':16} median {np.median(scores):6.3f}  "
        f"{' '.join(f'{value:.3f}' for value in scores)}  rate halved {sum(halvings)} times  "
        f"[{beside}]  {time.perf_counter() - begin:.0f} s",
        flush=True,
    )
    return list(scores)


def write_circuits(path: Path | None, seeds: int, names: Sequence[str]) -> None:
    """Measure every circuit on every test function, and return the medians."""
    rows: list[list[str]] = []
    for name in names:
        family, cells = FAMILIES[name], []
        single = isinstance(family, EquationFamily) and family.accumulated
        for shape in SHAPES:
            if single and task_of(shape, 0).outputs > 1:
                cells.append("")
                continue
            cells.append(f"{np.median(measure(shape, name, seeds)):.2f}")
        rows.append([name, *cells])
    if path is not None:
        with path.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([["circuit", *SHAPES], *rows])


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", nargs="*", default=DATA, help="data sets to learn")
    parser.add_argument("--circuit", help="a circuit in place of the default")
    parser.add_argument("--seeds", type=int, default=8, help="seeds 0 to SEEDS - 1 [8]")
    parser.add_argument("--circuits", nargs="*", help="measure these circuits, or all, on made-up shapes")
    parser.add_argument("--csv", type=Path, help="where to keep what circuits reach")
    options = parser.parse_args()
    if options.circuits is not None:
        write_circuits(options.csv, options.seeds, options.circuits or list(FAMILIES))
        return
    for name in options.data:
        measure(name, options.circuit, options.seeds)


if __name__ == "__main__":
    main()
