"""scikit-learn baselines for the experiments, trained on the same samples."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np

from neuralcrn.studies.reproduction.experiments import GRID, Experiment
from neuralcrn.studies.reproduction.training import task_of
from neuralcrn.tasks import Task

_FOLDS = 5
_HIDDEN = 32


def scikit_is_there() -> bool:
    """Return whether scikit-learn is installed."""
    return importlib.util.find_spec("sklearn") is not None


def judge(experiment: Experiment, seed: int) -> dict[str, float]:
    """Fit scikit-learn models to the samples of an experiment and return their measures by name.

    Hyperparameters are selected by cross-validation on the training samples.
    """
    task = task_of(experiment, seed)
    make = _regressors if task.kind == "regression" else _classifiers
    models = make(seed, task.inputs)
    return {name: _score(model, task, experiment) for name, model in models.items()}


def _score(model: Any, task: Task, experiment: Experiment) -> float:
    held = task.test if experiment.measure == GRID and task.test is not None else task.validation
    if task.kind == "regression":
        model.fit(task.train.features, task.train.targets[:, 0])
        return float(0.5 * np.mean((model.predict(held.features) - held.targets[:, 0]) ** 2))
    model.fit(task.train.features, task.labels(task.train.targets))
    return float(np.mean(model.predict(held.features) == task.labels(held.targets)))


def _classifiers(seed: int, inputs: int) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.svm import SVC

    kernels = {"C": [1.0, 10.0, 100.0], "gamma": _gammas([0.6, 2.0, 6.0], inputs)}
    return {
        "logistic regression": scaled(LogisticRegression(max_iter=1000)),
        "support vectors": _searched(SVC(), kernels),
        "MLP": scaled(multilayer_perceptron(MLPClassifier, seed)),
    }


def _regressors(seed: int, inputs: int) -> dict[str, Any]:
    from sklearn.kernel_ridge import KernelRidge
    from sklearn.linear_model import LinearRegression
    from sklearn.neural_network import MLPRegressor

    kernels = {"alpha": [1e-3, 1e-2, 1e-1], "gamma": _gammas([0.06, 0.2, 0.6], inputs)}
    return {
        "least squares": scaled(LinearRegression()),
        "kernel ridge": _searched(KernelRidge(kernel="rbf"), kernels),
        "MLP": scaled(multilayer_perceptron(MLPRegressor, seed)),
    }


def _gammas(factors: list[float], inputs: int) -> list[float]:
    """Return coefficients of radial kernels: squared distances of standardised features are proportional to
    their number.
    """
    return [factor / inputs for factor in factors]


def multilayer_perceptron(kind: Any, seed: int, alpha: float = 1e-2) -> Any:
    """Return a multilayer perceptron of scikit-learn with one hidden layer, trained to convergence."""
    return kind(
        hidden_layer_sizes=(_HIDDEN,),
        solver="lbfgs",
        alpha=alpha,
        max_iter=20_000,
        max_fun=200_000,
        random_state=seed,
    )


def scaled(model: Any) -> Any:
    """Return a model with standardised features."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), model)


def _searched(model: Any, choices: dict[str, list[float]]) -> Any:
    from sklearn.model_selection import GridSearchCV

    name = type(model).__name__.lower()
    return GridSearchCV(
        scaled(model), {f"{name}__{key}": values for key, values in choices.items()}, cv=_FOLDS
    )
