"""Handwritten digits as a task."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neuralcrn.tasks.sampling import check_count
from neuralcrn.tasks.tables import classification_from_table
from neuralcrn.tasks.task import Task

_SIDE = 8


def digits(rng: int | np.random.Generator = 0, *, validation: int = 449) -> Task:
    """Return 1,797 handwritten digits of 8 x 8 pixels, split with stratification.

    E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, test part, UCI Machine Learning
    Repository (1998), doi:10.24432/C50P49, CC BY 4.0. Pixels have 17 levels of grey and are scaled into
    [0, 1] by the training part.

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed or random generator of the split.
    validation : int
        Number of validation samples, 10 to 1,787; the others are used for training.

    Returns
    -------
    Task
        A classification with 64 inputs and ten outputs, one-hot targets.

    Raises
    ------
    InvalidValueError
        If `validation` is out of range.

    Examples
    --------
    >>> task = digits(rng=3)
    >>> task.inputs, task.outputs, len(task.train), len(task.validation)
    (64, 10, 1348, 449)
    """
    table = np.loadtxt(Path(__file__).with_name("digits.csv.gz"), delimiter=",", dtype=np.int64)
    kinds = tuple(str(digit) for digit in range(10))
    return classification_from_table(
        "digits",
        table[:, :-1].astype(np.float64),
        table[:, -1],
        classes=kinds,
        feature_names=tuple(f"row {i + 1} column {j + 1}" for i in range(_SIDE) for j in range(_SIDE)),
        target_name="digit",
        validation=check_count("validation", validation, len(table) - len(kinds), low=len(kinds)),
        rng=rng,
    )
