"""Tasks from a table of rows, split with a seed and scaled by the training part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import DataError, printable
from neuralcrn.tasks.columns import Column, with_blanks
from neuralcrn.tasks.sampling import streams
from neuralcrn.tasks.scaling import Scaling
from neuralcrn.tasks.task import Kind, Samples, Task


def classification_from_table(
    name: str,
    features: NDArray[np.float64],
    labels: NDArray[np.int64],
    *,
    classes: tuple[str, ...],
    feature_names: tuple[str, ...],
    target_name: str,
    validation: int,
    rng: int | np.random.Generator,
    non_negative: bool = True,
    columns: tuple[Column, ...] = (),
) -> Task:
    """Return a classification with a stratified split.

    Two classes get one output with targets 0 and 1 and threshold 0.5, more get one-hot targets.

    Parameters
    ----------
    name : str
        One sample per row.
    features : array (n, d), raw units
        Index into `classes` for each row; each class occurs at least twice.
    labels : array (n,) of int
        Index into `classes` of each row; each class occurs at least twice.
    classes, feature_names : tuple of str
        Names in label order and in column order.
    target_name : str
        Name of the target.
    validation : int
        Number of validation rows; fewer if a class would lose its last training row.
    rng : int or numpy.random.Generator
        Random generator of the split.
    non_negative : bool
        Whether features are scaled into [0, 1], for inputs with one rail, or centred in [-1, 1].
    columns : tuple of Column
        Columns of the file from which the features were computed, if any.
    """
    two = len(classes) == 2
    targets = labels[:, np.newaxis].astype(np.float64) if two else np.eye(len(classes))[labels]
    fit = Scaling.fit if non_negative else Scaling.fit_centred
    parts = _stratified(labels, validation, streams(rng, 1)[0])
    columns, features = with_blanks(columns, features, parts[0])
    return _from_parts(
        name, "classification", features, targets, parts, fit(features[parts[0]]),
        classes=classes, feature_names=feature_names, target_names=(target_name,) if two else classes,
        columns=columns,
    )  # fmt: skip


def regression_from_table(
    name: str,
    features: NDArray[np.float64],
    targets: NDArray[np.float64],
    *,
    feature_names: tuple[str, ...],
    target_name: str,
    validation: int,
    rng: int | np.random.Generator,
    non_negative: bool = True,
    columns: tuple[Column, ...] = (),
) -> Task:
    """Return a regression with a random split; targets are scaled like features.

    Parameters
    ----------
    name : str
        Name of the task.
    features : array (n, d), raw units
        One sample per row.
    targets : array (n,), raw units
        Target of each row.
    feature_names : tuple of str
        Names in column order.
    target_name : str
        Name of the target.
    validation : int
        Number of validation rows.
    rng : int or numpy.random.Generator
        Random generator of the split.
    non_negative : bool
        Whether features and targets are scaled into [0, 1], for one rail, or centred in [-1, 1].
    columns : tuple of Column
        Columns of the file from which the features were computed, if any.

    Raises
    ------
    DataError
        If all targets of the training part are equal.
    """
    order = streams(rng, 1)[0].permutation(len(features))
    parts = (order[validation:], order[:validation])
    column = targets[:, np.newaxis]
    if np.ptp(column[parts[0]]) == 0.0:
        raise DataError(
            f"task {name!r}: {printable(target_name)!r} is the same in all training rows: "
            "keep fewer rows for validation or split by another seed"
        )
    columns, features = with_blanks(columns, features, parts[0])
    fit = Scaling.fit if non_negative else Scaling.fit_centred
    scaling = fit(features[parts[0]], column[parts[0]])
    return _from_parts(
        name, "regression", features, scaling.scale_targets(column), parts, scaling,
        classes=(), feature_names=feature_names, target_names=(target_name,), columns=columns,
    )  # fmt: skip


_Parts = tuple[NDArray[np.int64], NDArray[np.int64]]


def _from_parts(
    name: str,
    kind: Kind,
    features: NDArray[np.float64],
    targets: NDArray[np.float64],
    parts: _Parts,
    scaling: Scaling,
    *,
    classes: tuple[str, ...],
    feature_names: tuple[str, ...],
    target_names: tuple[str, ...],
    columns: tuple[Column, ...],
) -> Task:
    scaled = scaling.scale_features(features)
    if scaling.low >= 0.0:  # one rail: validation values below the training range cannot be dosed
        scaled = np.maximum(scaled, 0.0)
    train, validation = (Samples(scaled[part], targets[part]) for part in parts)
    return Task(
        name=name, kind=kind, train=train, validation=validation, test=None,
        threshold=0.5 if len(classes) == 2 else None, classes=classes, feature_names=feature_names,
        target_names=target_names, scaling=scaling,
        bounds=np.array([[scaling.low, scaling.high]] * len(feature_names)), columns=columns,
    )  # fmt: skip


def _stratified(labels: NDArray[np.int64], validation: int, rng: np.random.Generator) -> _Parts:
    """Return shuffled row numbers for training and validation, by largest remainders of each class."""
    sizes = np.bincount(labels)
    quotas = validation * sizes / len(labels)
    shares = np.floor(quotas).astype(np.int64)
    left = validation - int(shares.sum())
    shares[np.argsort(shares - quotas, kind="stable")[:left]] += 1
    shares = np.minimum(shares, sizes - 1)
    order = rng.permutation(len(labels))
    chosen = np.zeros(len(labels), dtype=bool)
    for label, share in enumerate(shares):
        chosen[order[labels[order] == label][:share]] = True
    return order[~chosen[order]], order[chosen[order]]
