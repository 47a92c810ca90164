"""Fits of several estimators at once, for cross-validation and for searching parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from numpy.typing import ArrayLike

from neuralcrn.engines.work import Working, together
from neuralcrn.errors import InvalidValueError
from neuralcrn.sklearn.base import ChemicalEstimator

Model = TypeVar("Model", bound=ChemicalEstimator)


def fit_many(
    models: Sequence[Model], tables: Sequence[tuple[ArrayLike, ArrayLike]], *, threads: int = 1
) -> list[Model]:
    """Fit each model to its own table, all at once.

    Circuits that differ only in numbers, such as learning rates, are simulated together in the lanes of
    vector registers. The result of every model is that of its own ``fit``, to the last bit. Callbacks are not
    called.

    Parameters
    ----------
    models : sequence of NeuralCRNClassifier or NeuralCRNRegressor
        The models.
    tables : sequence of (X, y)
        Features and targets of each, as for ``fit``.
    threads : int
        Number of threads for simulations; the results do not depend on it.

    Returns
    -------
    list
        The fitted models.

    Raises
    ------
    InvalidValueError
        If there are not as many tables as models, or one model is given twice.
    DataError
        If a table cannot be used.
    DivergenceError
        If an epoch of a model diverges even after its learning rate was halved eight times.

    Examples
    --------
    >>> from sklearn.base import clone
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.model_selection import KFold, ParameterGrid
    >>> from neuralcrn.sklearn import NeuralCRNClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> folds = list(KFold(3, shuffle=True, random_state=0).split(X))
    >>> grid = list(ParameterGrid({"learning_rate": [0.01, 0.03]}))
    >>> model = NeuralCRNClassifier("linear", epochs=5, random_state=0)
    >>> models = [clone(model).set_params(**chosen) for chosen in grid for _ in folds]
    >>> tables = [(X[train], y[train]) for train, _ in folds] * len(grid)
    >>> fitted = fit_many(models, tables)
    >>> held = [test for _, test in folds] * len(grid)
    >>> scores = [model.score(X[test], y[test]) for model, test in zip(fitted, held, strict=True)]
    >>> bool(min(scores) > 0.8)
    True
    """
    if len(models) != len(tables):
        raise InvalidValueError(
            f"{len(models)} models and {len(tables)} tables: give one table for each model"
        )
    if len(set(map(id, models))) < len(models):
        raise InvalidValueError("a model is given twice: clone it, because each is fitted to one table")
    found = dict(together(map(_fitting, models, tables), threads=threads))
    return [found[place] for place in range(len(models))]


def _fitting(model: Model, table: tuple[ArrayLike, ArrayLike]) -> Working[Model]:
    return model.fitting(*table)
