"""Fisher's irises as a task."""

from __future__ import annotations

import numpy as np

from neuralcrn.tasks.sampling import check_count
from neuralcrn.tasks.tables import classification_from_table
from neuralcrn.tasks.task import Task


def iris(rng: int | np.random.Generator = 0, *, validation: int = 30) -> Task:
    """Return Fisher's 150 irises of three kinds, split so that each kind keeps its share in both parts.

    The copy is scikit-learn's, which corrects two values of the UCI repository's. Features are
    mapped into [0, 1] by the training part; a validation feature below that range becomes 0, since
    a concentration cannot be negative, and one above it may exceed 1.

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed or source of randomness of the split.
    validation : int
        Number of validation samples, 3 to 147; the others are for training.

    Returns
    -------
    Task
        A classification with four inputs and three outputs, one-hot targets.

    Raises
    ------
    InvalidValueError
        When `validation` is out of range.

    Examples
    --------
    >>> task = iris(rng=3)
    >>> len(task.train), len(task.validation), task.classes
    (120, 30, ('setosa', 'versicolor', 'virginica'))
    """
    from sklearn.datasets import load_iris  # slow to import, and needed here only

    features, species = load_iris(return_X_y=True)
    return classification_from_table(
        "iris",
        np.asarray(features, dtype=np.float64),
        np.asarray(species, dtype=np.int64),
        classes=("setosa", "versicolor", "virginica"),
        feature_names=("sepal length", "sepal width", "petal length", "petal width"),
        target_name="species",
        validation=check_count("validation", validation, 147, low=3),
        rng=rng,
    )
