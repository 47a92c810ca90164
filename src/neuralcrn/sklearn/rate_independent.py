"""Classifier for scikit-learn whose network is trained in silico and predicts by simulated reactions."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.chemistry import Network
from neuralcrn.in_silico.rate_independent import RateIndependentModel, Settings, train
from neuralcrn.sklearn.classes import LargestOutputClassifier, checked_labels
from neuralcrn.sklearn.scikit import (
    BaseEstimator,
    Interval,
    check_is_fitted,
    drawn_seed,
    fit_context,
    validate_data,
)

_PART = Interval(Real, 0.0, 1.0, closed="left")


class RateIndependentClassifier(LargestOutputClassifier, BaseEstimator):
    """Classification by rectifiers whose final amounts do not depend on rate constants, trained in silico.

    Weights of -1, 0 and 1 are trained by conventional computation; nothing learns in the pot. Every
    prediction comes from simulated reactions, which are run until nothing can react any more. Each class has
    one output, and the largest determines the class.

    Parameters
    ----------
    hidden : int or sequence of int
        Numbers of units of the hidden layers.
    threshold : float
        Real weights below it in magnitude are 0; 0 for binary weights.
    epochs, batch : int
        Passes over the samples, and samples of a training step.
    learning_rate : float
        First learning rate; it decreases to a tenth.
    dropout : float
        Fraction of inputs and of hidden units that are left out in a step.
    starts : int
        Number of random initial weights; the best result on the training samples is kept.
    residual : float
        A simulation ends when all amounts together can change by less than this, relative to the largest
        initial amount.
    random_state : int, RandomState or None
        Seed of initial weights, order of samples and dropout.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        The sorted labels.
    network_ : Network
        The reactions; initial amounts are those of the biases, and inputs are doses.
    model_ : RateIndependentModel
        The network with its inputs, outputs and layers.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of str
        Names of the features, if X has names that are all strings.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = RateIndependentClassifier(hidden=3, epochs=100, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.95), len(model.network_.reactions) <= 11
    (True, True)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "hidden": [Interval(Integral, 1, None, closed="left"), list, tuple],
        "threshold": [_PART],
        "epochs": [Interval(Integral, 1, 10_000_000, closed="both")],
        "batch": [Interval(Integral, 1, 1_000_000, closed="both")],
        "learning_rate": [Interval(Real, 0.0, 1.0, closed="right")],
        "dropout": [_PART],
        "starts": [Interval(Integral, 1, 10_000, closed="both")],
        "residual": [Interval(Real, 1e-9, 0.1, closed="both")],
        "random_state": ["random_state"],
    }

    network_: Network
    model_: RateIndependentModel
    n_features_in_: int

    def __init__(
        self,
        hidden: int | Sequence[int] = 16,
        *,
        threshold: float = 0.15,
        epochs: int = 300,
        batch: int = 16,
        learning_rate: float = 0.02,
        dropout: float = 0.0,
        starts: int = 8,
        residual: float = 1e-3,
        random_state: int | np.random.RandomState | None = None,
    ):
        self.hidden = hidden
        self.threshold = threshold
        self.epochs = epochs
        self.batch = batch
        self.learning_rate = learning_rate
        self.dropout = dropout
        self.starts = starts
        self.residual = residual
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train by conventional computation, and compile the result to reactions.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Features in any units; they are standardised.
        y : array-like, shape (n_samples,)
            Labels.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If there is only one class.
        """
        features, labels = validate_data(self, X, y, dtype=np.float64)
        known = checked_labels(labels)
        self._note_labels(known)
        places = np.searchsorted(self.classes_, known)
        seed = drawn_seed(self.random_state)
        self.model_ = RateIndependentModel.of(train(features, places, self._settings(), seed=seed).network)
        self.network_ = self.model_.network
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the outputs of the simulated reactions.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray, shape (n_samples,) or (n_samples, n_classes), concentration
            For two classes the second output minus the first; for more classes the outputs.
        """
        check_is_fitted(self)
        features = validate_data(self, X, reset=False, dtype=np.float64)
        outputs = self.model_.outputs(features, self.residual)
        return outputs[:, 1] - outputs[:, 0] if len(self.classes_) == 2 else outputs

    def _settings(self) -> Settings:
        hidden = self.hidden if isinstance(self.hidden, Sequence) else (self.hidden,)
        return Settings(
            hidden=tuple(map(int, hidden)),
            threshold=float(self.threshold),
            epochs=int(self.epochs),
            batch=int(self.batch),
            rates=(float(self.learning_rate), 0.1 * float(self.learning_rate)),
            dropout=(float(self.dropout), float(self.dropout)),
            starts=int(self.starts),
        )
