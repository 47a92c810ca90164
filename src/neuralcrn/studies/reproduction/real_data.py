"""Real data sets learned by reactions, compared with scikit-learn models on the same folds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.studies.reproduction.baselines import multilayer_perceptron, scaled

DATASETS: Mapping[str, str] = MappingProxyType(
    {
        "iris": "load_iris",
        "wine": "load_wine",
        "breast cancer": "load_breast_cancer",
        "diabetes": "load_diabetes",
        "digits": "load_digits",
    }
)
"""Loader of each data set in `sklearn.datasets`; all are included in scikit-learn."""

CIRCUITS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "linear": {"epochs": 20, "update": "direct"},
        "quadratic": {"epochs": 20, "update": "direct"},
        "mixing": {"epochs": 40, "decay": 1e-4},
        "perceptron": {},
    }
)
"""Circuits to compare, with options that differ from the defaults of the estimators."""

_LARGE = ("breast cancer", "digits")
BASELINES = ("linear model", "MLP")
"""Baselines: logistic regression or ridge regression, and a hidden layer of 32 units."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RealDataRow:
    """Results of one learner on one data set.

    Attributes
    ----------
    dataset, learner, rule : str
        Names; baselines have no learning rule.
    scores : tuple of float
        Accuracy, or R2 for a regression, on the held-out samples of each fold.
    seconds : float
        Time of all fits, divided by their number. The folds of a circuit are simulated together.
    species, reactions, max_order : int
        Size of the program; 0 for a baseline.
    doses : int
        Median number of dosed samples per fit.
    """

    dataset: str
    learner: str
    rule: str
    scores: tuple[float, ...]
    seconds: float
    species: int = 0
    reactions: int = 0
    max_order: int = 0
    doses: int = 0

    @property
    def mean(self) -> float:
        """Mean of the scores."""
        return statistics.fmean(self.scores)

    @property
    def deviation(self) -> float:
        """Standard deviation of the scores over the folds; 0 for one fold."""
        return statistics.stdev(self.scores) if len(self.scores) > 1 else 0.0


def contenders(quick: bool) -> tuple[tuple[str, str, str], ...]:
    """Return data set, learner and learning rule of every comparison; baselines have no mode.

    All modes of `linear` give the same chemistry, and `mixing` with held states learns less. Comparisons that
    take minutes are omitted: mixing on the large data sets, and more in the quick form.
    """
    modes = {
        "linear": ("exact",),
        "quadratic": ("exact", "first-order"),
        "mixing": ("exact",),
        "perceptron": ("backpropagation",),
    }
    left_out = {("mixing", dataset) for dataset in (DATASETS if quick else _LARGE)}
    if quick:
        left_out |= {("quadratic", dataset) for dataset in _LARGE}
    modes |= dict.fromkeys(BASELINES, ("",))
    return tuple(
        (dataset, learner, mode)
        for dataset in DATASETS
        for learner, chosen in modes.items()
        for mode in chosen
        if (learner, dataset) not in left_out
    )


def compare(dataset: str, learner: str, rule: str = "exact", folds: int = 5, seed: int = 0) -> RealDataRow:
    """Fit one learner to the folds of a data set and score it on held-out samples.

    Parameters
    ----------
    dataset : str
        Name in `DATASETS`.
    learner : str
        Name in `CIRCUITS` or `BASELINES`.
    rule : str
        Learning rule of a circuit; baselines have none.
    folds : int
        Number of folds of a shuffled cross-validation, stratified for classes; 1 for a single split with a
        quarter held out.
    seed : int
        Seed of the folds and of the fits.

    Raises
    ------
    UnknownNameError
        If a name is unknown.
    InvalidValueError
        If the number of folds is out of range.

    Examples
    --------
    >>> row = compare("wine", "linear", folds=1)
    >>> row.mean > 0.9, row.species, row.reactions, row.max_order
    (True, 202, 675, 2)
    """
    for kind, name, known in (("data set", dataset, DATASETS), ("learner", learner, (*CIRCUITS, *BASELINES))):
        if name not in known:
            raise UnknownNameError(kind, name, known)
    if not 1 <= folds <= 20:
        raise InvalidValueError(f"folds = {folds}: choose 1 (a single split) to 20")
    from neuralcrn.sklearn import fit_many

    features, labels = _load(dataset)
    splits = list(_splits(dataset, labels, folds, seed))
    models = [_model(dataset, learner, rule, seed) for _ in splits]
    tables = [(features[train], labels[train]) for train, _ in splits]
    begin = time.perf_counter()
    if learner in CIRCUITS and folds > 1:  # a single fit generates machine code of its own
        fit_many(models, tables)
    else:
        for model, table in zip(models, tables, strict=True):
            model.fit(*table)
    seconds = (time.perf_counter() - begin) / len(models)
    parts = [(features[held], labels[held]) for _, held in splits]
    scores = tuple(float(model.score(*part)) for model, part in zip(models, parts, strict=True))
    size: dict[str, int] = {}
    if learner in CIRCUITS:
        program = models[0].program_
        size = {
            "species": len(program.species),
            "reactions": program.reaction_count,
            "max_order": program.max_order,
            "doses": int(statistics.median(model.t_ for model in models)),
        }
    return RealDataRow(
        dataset=dataset,
        learner=learner,
        rule=rule if learner in CIRCUITS else "",
        scores=scores,
        seconds=seconds,
        **size,
    )


def _load(dataset: str) -> tuple[NDArray[np.float64], NDArray[Any]]:
    from sklearn import datasets

    bunch: Any = getattr(datasets, DATASETS[dataset])()
    return bunch.data, bunch.target


def _is_regression(dataset: str) -> bool:
    return dataset == "diabetes"


def _splits(
    dataset: str, labels: NDArray[Any], folds: int, seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold, StratifiedShuffleSplit

    plain = _is_regression(dataset)
    if folds == 1:
        single = ShuffleSplit if plain else StratifiedShuffleSplit
        splitter: Any = single(n_splits=1, test_size=0.25, random_state=seed)
    else:
        splitter = (KFold if plain else StratifiedKFold)(folds, shuffle=True, random_state=seed)
    return splitter.split(labels, labels)


def _model(dataset: str, learner: str, rule: str, seed: int) -> Any:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.preprocessing import StandardScaler

    from neuralcrn.sklearn.estimators import NeuralCRNClassifier, NeuralCRNRegressor

    regression = _is_regression(dataset)
    if learner in CIRCUITS:
        estimator: Any = NeuralCRNRegressor if regression else NeuralCRNClassifier
        return estimator(learner, rule=rule, random_state=seed, **CIRCUITS[learner])
    if learner == "linear model":
        return scaled(Ridge() if regression else LogisticRegression(max_iter=1000))
    if not regression:
        return scaled(multilayer_perceptron(MLPClassifier, seed, alpha=1.0))
    model = scaled(multilayer_perceptron(MLPRegressor, seed, alpha=1.0))
    return TransformedTargetRegressor(model, transformer=StandardScaler())
