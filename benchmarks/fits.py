"""Fits of estimators at once compared with single fits, in the same process and on one core.

    python benchmarks/fits.py [--json]

The default classifier is fitted to five folds of two data sets of scikit-learn with three learning rates, as
in a search of parameters: by `fit_many`, and one after the other. Times are those of the processor, without
the compilation of kernels; the results are compared, and must be the same to the last bit.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.model_selection import KFold

from neuralcrn.sklearn import NeuralCRNClassifier, fit_many

DATA: dict[str, Callable[..., Any]] = {"iris": load_iris, "breast cancer": load_breast_cancer}
RATES = (0.01, 0.02, 0.03)


def measure(load: Callable[..., Any]) -> dict[str, float]:
    """Return processor times of all fits, at once and one after the other."""
    features, labels = load(return_X_y=True)
    folds = [train for train, _ in KFold(5, shuffle=True, random_state=0).split(features)]
    tables = [(features[train], labels[train]) for _ in RATES for train in folds]

    def models() -> list[NeuralCRNClassifier]:
        return [NeuralCRNClassifier(random_state=0, learning_rate=rate) for rate in RATES for _ in folds]

    fit_many(models()[:2], tables[:2])  # kernels are loaded or compiled
    models()[0].fit(*tables[0])
    begun = time.process_time()
    together = fit_many(models(), tables)
    between = time.process_time()
    alone = [model.fit(*table) for model, table in zip(models(), tables, strict=True)]
    end = time.process_time()
    if not all(np.array_equal(a.pot_, b.pot_) for a, b in zip(together, alone, strict=True)):
        sys.exit("fits at once and single fits give different results")
    return {"fits": len(tables), "at_once_s": between - begun, "single_s": end - between}


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = {name: measure(load) for name, load in DATA.items()}
    if options.json:
        print(json.dumps(found))
        return
    for name, row in found.items():
        ratio = row["single_s"] / row["at_once_s"]
        times = f"at once {row['at_once_s']:.1f} s, single {row['single_s']:.1f} s"
        print(f"{name:14} {row['fits']:3} fits: {times}, {ratio:.1f} times; the results are the same")


if __name__ == "__main__":
    main()
