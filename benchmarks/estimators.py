"""Real data learned by reactions beside electronic models, on the same folds, as a Markdown table.

    python benchmarks/estimators.py [--folds 5] [--seed 0] [--only WORD ...]

With `--folds 1` a single split of three quarters and one. A WORD is part of a data set's or a learner's
name. The slow circuit `mixing` is not asked to learn the digits unless it is named.
"""

from __future__ import annotations

import argparse

from neuralcrn.reproduction.real_data import BASELINES, CIRCUITS, DATASETS, compare, markdown

MODES = ("exact", "first-order")


def learners(dataset: str, words: list[str]) -> list[tuple[str, str]]:
    """Return learners and gradient modes for a data set; those of `linear` do not differ."""
    pairs = [(name, mode) for name in CIRCUITS for mode in (MODES if name != "linear" else MODES[:1])]
    slow = dataset == "digits" and "mixing" not in words
    pairs += [(name, "") for name in BASELINES]
    chosen = [pair for pair in pairs if not (slow and pair[0] == "mixing")]
    named = [pair for pair in chosen if any(word in pair[0] for word in words)]
    return named or chosen


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD")
    options = parser.parse_args()
    named = [name for name in DATASETS if any(word in name for word in options.only)]
    rows = (
        compare(dataset, learner, gradient, folds=options.folds, seed=options.seed)
        for dataset in named or DATASETS
        for learner, gradient in learners(dataset, options.only)
    )
    for line in markdown(rows):
        print(line, flush=True)


if __name__ == "__main__":
    main()
