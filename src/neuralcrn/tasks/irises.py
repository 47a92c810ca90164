"""Fisher's iris data as a task."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neuralcrn.tasks.sampling import check_count
from neuralcrn.tasks.tables import classification_from_table
from neuralcrn.tasks.task import Task


def iris(rng: int | np.random.Generator = 0, *, validation: int = 30) -> Task:
    """Return Fisher's iris data, 150 samples of three species, split with stratification.

    Measurements by E. Anderson, published by R. A. Fisher (doi:10.1111/j.1469-1809.1936.tb02137.x), with the
    two erroneous values of the UCI repository corrected. Features are scaled into [0, 1] by the training
    part. Validation features below that range become 0, since concentrations cannot be negative, and those
    above it may exceed 1.

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed or random generator of the split.
    validation : int
        Number of validation samples, 3 to 147; the others are used for training.

    Returns
    -------
    Task
        A classification with four inputs and three outputs, one-hot targets.

    Raises
    ------
    InvalidValueError
        If `validation` is out of range.

    Examples
    --------
    >>> task = iris(rng=3)
    >>> len(task.train), len(task.validation), task.classes
    (120, 30, ('setosa', 'versicolor', 'virginica'))
    """
    table = np.loadtxt(Path(__file__).with_name("iris.csv"), delimiter=",", skiprows=1)
    return classification_from_table(
        "iris",
        table[:, :-1],
        table[:, -1].astype(np.int64),
        classes=("setosa", "versicolor", "virginica"),
        feature_names=("sepal length", "sepal width", "petal length", "petal width"),
        target_name="species",
        validation=check_count("validation", validation, 147, low=3),
        rng=rng,
    )
