"""Handwritten digits as tasks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError
from neuralcrn.tasks.sampling import check_count, streams
from neuralcrn.tasks.tables import classification_from_table
from neuralcrn.tasks.task import Samples, Task

_SIDE = 8
_PIXELS = tuple(f"row {i + 1} column {j + 1}" for i in range(_SIDE) for j in range(_SIDE))
_FEWEST = 174
"""Number of samples of the rarest digit."""


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
    table = _table()
    kinds = tuple(str(digit) for digit in range(10))
    return classification_from_table(
        "digits",
        table[:, :-1].astype(np.float64),
        table[:, -1],
        classes=kinds,
        feature_names=_PIXELS,
        target_name="digit",
        validation=check_count("validation", validation, len(table) - len(kinds), low=len(kinds)),
        rng=rng,
    )


def digit_pair(
    rng: int | np.random.Generator = 0,
    *,
    first: int = 0,
    second: int = 1,
    pixels: int = 13,
    train: int = 10,
) -> Task:
    """Return two of the handwritten digits as black and white patterns, with a few training samples each.

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed or random generator of the split.
    first, second : int
        The two digits.
    pixels : int
        Number of the brightest of the 64 pixels that are 1; the others are 0.
    train : int
        Training samples of each digit, 1 to 173; the others are used for validation.

    Returns
    -------
    Task
        A classification with 64 inputs and two outputs, one-hot targets.

    Raises
    ------
    InvalidValueError
        If an option is out of range, or both digits are the same.

    Examples
    --------
    >>> task = digit_pair(rng=3, first=6, second=7)
    >>> task.classes, len(task.train), len(task.validation), set(task.train.features.sum(axis=1).tolist())
    (('6', '7'), 20, 340, {13.0})
    """
    kinds = (check_count("first", first, 9, low=0), check_count("second", second, 9, low=0))
    if first == second:
        raise InvalidValueError(f"options first and second are both {first}: give two different digits")
    bright, count = check_count("pixels", pixels, _SIDE**2), check_count("train", train, _FEWEST - 1)
    table = _table()
    parts: tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]] = ([], [])
    for kind, stream in zip(kinds, streams(rng, 2), strict=True):
        rows = stream.permutation(np.flatnonzero(table[:, -1] == kind))
        parts[0].append(rows[:count])
        parts[1].append(rows[count:])

    def samples(chosen: list[NDArray[np.int64]]) -> Samples:
        rows = np.concatenate(chosen)
        levels = table[rows, :-1]
        order = np.argsort(-levels, axis=1, kind="stable")[:, :bright]
        features = np.zeros(levels.shape)
        np.put_along_axis(features, order, 1.0, axis=1)
        return Samples(features, np.eye(2)[(table[rows, -1] == kinds[1]).astype(np.int64)])

    names = (str(first), str(second))
    return Task(
        name="digit-pair", kind="classification", train=samples(parts[0]), validation=samples(parts[1]),
        test=None, threshold=None, classes=names, feature_names=_PIXELS, target_names=names, scaling=None,
        bounds=np.array([[0.0, 1.0]] * _SIDE**2),
    )  # fmt: skip


def _table() -> NDArray[np.int64]:
    """Return 64 pixels and the digit of every sample."""
    return np.loadtxt(Path(__file__).with_name("digits.csv.gz"), delimiter=",", dtype=np.int64)
