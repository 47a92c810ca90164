"""Baseline models for the samples of a task, for comparison with the chemistry."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

from neuralcrn.learning.trainer import determination, half_squared_error, normalised_error
from neuralcrn.tasks import Task

_LAGS = 20
"""Number of samples that a linear model of a time series has."""


def baselines(task: Task) -> Mapping[str, float | None]:
    """Fit baseline models to the training samples of a task and return their scores on the validation
    samples.

    Returns
    -------
    mapping of str to float or None
        For a regression R² of the mean of the training targets and of linear regression, None if all
        validation targets are equal; for a classification the accuracy of the most frequent class and of
        logistic regression. If the samples are ordered, NRMSE of linear regression, or the accuracy of
        logistic regression, on the present sample and on the last 20 samples.

    Examples
    --------
    >>> from neuralcrn.tasks import make_task
    >>> {name: round(value, 2) for name, value in baselines(make_task("xor")).items()}
    {'most frequent class': 0.52, 'logistic regression': 0.61}
    """
    train, held = standardised(task.train.features, task.validation.features)
    if task.ordered:
        return _ordered(task)
    if task.kind == "classification":
        return _classified(task, train, held)
    targets = task.train.targets
    constant = np.broadcast_to(targets.mean(axis=0), task.validation.targets.shape)
    weights, *_ = np.linalg.lstsq(train, targets)
    return {"mean": _r2(constant, task), "linear regression": _r2(held @ weights, task)}


def _ordered(task: Task) -> Mapping[str, float | None]:
    """Return the scores of linear models of the present sample and of the last samples."""
    series = np.concatenate([task.train.features, task.validation.features])
    scores: dict[str, float | None] = {}
    for name, lags in (("present sample", 1), (f"last {_LAGS} samples", _LAGS)):
        rows = np.column_stack([np.roll(series, lag, axis=0) for lag in range(lags)])
        # The first rows contain the end of the series instead of earlier samples.
        train, held = standardised(rows[lags - 1 : len(task.train)], rows[len(task.train) :])
        targets = task.train.targets[lags - 1 :]
        if task.kind == "classification":
            scores[name] = _logistic(task, train, held, targets)
            continue
        weights, *_ = np.linalg.lstsq(train, targets)
        true = task.validation.targets
        scores[name] = normalised_error(half_squared_error(held @ weights - true), true)
    return scores


def standardised(
    train: NDArray[np.float64], held: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return standardised features (by the training rows) and a column of ones.

    Examples
    --------
    >>> standardised(np.array([[1.0], [3.0]]), np.array([[2.0]]))[1].tolist()
    [[0.0, 1.0]]
    """
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    deviation = np.where(deviation > 0.0, deviation, 1.0)

    def scaled(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([(rows - mean) / deviation, np.ones(len(rows))])

    return scaled(train), scaled(held)


def logistic_weights(features: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the weights of multinomial logistic regression, shape (columns, classes).

    Minimises the sum of the logarithmic losses and half the squared weights. The last column of the features
    is the constant, whose weights are not penalised.
    """
    wanted = np.eye(labels.max() + 1)[labels]
    shape = (features.shape[1], wanted.shape[1])
    penalty = np.ones((shape[0], 1))
    penalty[-1] = 0.0

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(shape)
        logarithms = log_softmax(features @ weights, axis=1)
        value = -np.sum(wanted * logarithms) + 0.5 * np.sum(penalty * weights**2)
        return value, (features.T @ (np.exp(logarithms) - wanted) + penalty * weights).ravel()

    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 1_000})
    return found.x.reshape(shape)


def _classified(task: Task, train: NDArray[np.float64], held: NDArray[np.float64]) -> Mapping[str, float]:
    labels, true = task.labels(task.train.targets), task.labels(task.validation.targets)
    frequent = np.bincount(labels).argmax()
    return {
        "most frequent class": float(np.mean(true == frequent)),
        "logistic regression": _logistic(task, train, held, task.train.targets),
    }


def _logistic(
    task: Task, train: NDArray[np.float64], held: NDArray[np.float64], targets: NDArray[np.float64]
) -> float:
    weights = logistic_weights(train, task.labels(targets))
    true = task.labels(task.validation.targets)
    return float(np.mean(true == np.argmax(held @ weights, axis=1)))


def _r2(outputs: NDArray[np.float64], task: Task) -> float | None:
    true = task.validation.targets
    return determination(half_squared_error(outputs - true), true)
