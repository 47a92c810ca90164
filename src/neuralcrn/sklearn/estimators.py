"""Estimators for scikit-learn (extra ``sklearn``) that learn by simulated chemistry."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.errors import DataError, InvalidValueError
from neuralcrn.learning.recipes import has_one_output
from neuralcrn.sklearn.base import THRESHOLD, ChemicalEstimator, Table
from neuralcrn.sklearn.classes import LargestOutputClassifier, checked_labels
from neuralcrn.sklearn.scikit import (
    RegressorMixin,
    StrOptions,
    check_classes,
    compute_sample_weight,
    fit_context,
    validate_data,
)


class NeuralCRNRegressor(RegressorMixin, ChemicalEstimator):
    """Regression by a chemical reaction network, trained online.

    Features and targets are scaled to concentrations and dosed. Every prediction and every update comes from
    simulated reactions. Predictions are in the units of the targets. The parameters are described in
    `ChemicalEstimator`.

    Attributes
    ----------
    network_ : dict of str to Network
        The network of each phase, with the learned concentrations as initial concentrations.
    program_ : Program
        The compiled program: networks and protocol.
    loss_curve_ : list of float
        Mean of half the squared error in each epoch, measured for each sample immediately before training on
        it (concentration squared); for `partial_fit`, of each call.
    n_iter_ : int
        Number of epochs, or of calls of `partial_fit`.
    t_ : int
        Number of training steps.
    pot_ : ndarray, shape (n_species,), concentration
        Contents of the pot between two samples.
    scaling_ : Scaling
        Scaling of the data to concentrations.
    spec_ : TrainingSpec
        The description of the training.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of str
        Names of the features, if X has names that are all strings.
    n_outputs_ : int
        Number of targets.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = NeuralCRNRegressor("linear", epochs=5, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.45), model.program_.max_order, len(model.program_.species)
    (True, 2, 90)
    """

    _kind = "regression"

    n_outputs_: int

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train once on each sample, in order, with one training step each.

        The first call determines the scaling, so its samples should cover the range of every feature and
        target.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Features.
        y : array-like, shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like, shape (n_samples,), optional
            Number of times that a sample is dosed; see `fit` for fractions.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If the first call has only one sample, or the number of targets changes.
        DivergenceError
            If a step fails even after the learning rate was halved eight times; the message gives the row.
            The pot is then unchanged.
        """
        begun = hasattr(self, "pot_")
        features, labels, rows, parts = self._validated_samples(X, y, sample_weight, reset=not begun)
        if not begun:
            self._note_labels(labels)
        elif (labels.ndim == 1) != self._flat or self._as_targets(labels).shape[1] != self.n_outputs_:
            raise DataError(
                f"y of shape {labels.shape}, but the first call had {self.n_outputs_} targets a sample: give "
                "the same targets in every call"
            )
        return self._learn_in_order(features, labels, rows, parts)

    def predict(self, X: ArrayLike) -> Table:
        """Return predictions in the units of the targets.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray, shape (n_samples,) or (n_samples, n_outputs)
        """
        outputs = self._outputs(X)
        values = self.scaling_.unscale_targets(outputs)
        return values[:, 0] if self._flat else values

    def __sklearn_tags__(self) -> Any:
        """Declare support for several targets."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = not has_one_output(self.circuit or "")
        return tags

    def _validated(self, X: ArrayLike, y: ArrayLike, *, reset: bool) -> tuple[Table, Table]:
        several = not has_one_output(self.circuit or "")
        features, labels = validate_data(
            self, X, y, reset=reset, dtype=np.float64, y_numeric=True, multi_output=several
        )
        return features, np.asarray(labels, dtype=np.float64)

    def _note_labels(self, labels: Table) -> None:
        self._flat = labels.ndim == 1
        self.n_outputs_ = 1 if self._flat else labels.shape[1]

    def _as_targets(self, labels: Table) -> Table:
        return labels.reshape(len(labels), -1)


def _with_parameters_of(base: type) -> Callable[[Any], Any]:
    """Expose the parameters of a constructor that passes them on, as scikit-learn requires."""

    def shown(constructor: Any) -> Any:
        own = inspect.signature(constructor)
        theirs = inspect.signature(base.__init__).parameters.values()
        added = [p for name, p in own.parameters.items() if name not in {p.name for p in theirs}]
        kept = [p for p in added if p.kind is not p.VAR_KEYWORD]
        constructor.__signature__ = own.replace(parameters=[*theirs, *kept])
        return constructor

    return shown


class NeuralCRNClassifier(LargestOutputClassifier, ChemicalEstimator):
    """Classification by a chemical reaction network, trained online.

    Two classes share one output with the targets 0 and 1. More classes have one output each, with the target
    1 for its class and 0 for others, and the largest output determines the class. Features are scaled to
    concentrations and dosed. Every output and every update comes from simulated reactions. The parameters are
    described in `ChemicalEstimator`.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
        Factors of the sample weights by label; "balanced" gives all classes the same total weight. A weight
        is the number of times that a sample is dosed, see `fit`.
    **parameters
        See `ChemicalEstimator`.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        The sorted labels.
    network_, program_, loss_curve_, n_iter_, t_, pot_, scaling_, spec_, n_features_in_, feature_names_in_
        See `NeuralCRNRegressor`.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> X, y = load_wine(return_X_y=True)
    >>> model = NeuralCRNClassifier("linear", epochs=5, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.95), model.program_.max_order, len(model.program_.species)
    (True, 2, 314)
    """

    _kind = "classification"

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ChemicalEstimator._parameter_constraints,
        "class_weight": [StrOptions({"balanced"}), dict, None],
    }

    @_with_parameters_of(ChemicalEstimator)
    def __init__(
        self,
        circuit: str | None = None,
        *,
        class_weight: Mapping[Any, float] | str | None = None,
        **parameters: Any,
    ):
        super().__init__(circuit, **parameters)
        self.class_weight = class_weight

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train once on each sample, in order, with one training step each.

        The first call determines the scaling, so its samples should cover the range of every feature.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Features.
        y : array-like, shape (n_samples,)
            Labels.
        classes : array-like, shape (n_classes,)
            All labels; only needed in the first call.
        sample_weight : array-like, shape (n_samples,), optional
            Number of times that a sample is dosed; see `fit` for fractions.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If the first call has only one sample, or a label is not in `classes`.
        DivergenceError
            If a step fails even after the learning rate was halved eight times; the message gives the row.
            The pot is then unchanged.
        """
        if self.class_weight == "balanced":
            raise InvalidValueError(
                "class_weight = 'balanced' needs all samples at once: give partial_fit the weights as a dict"
            )
        check_classes(self, classes)
        self._check_two_classes()
        begun = hasattr(self, "pot_")
        features, labels, rows, parts = self._validated_samples(X, y, sample_weight, reset=not begun)
        unknown = np.setdiff1d(labels, self.classes_)
        if len(unknown):
            raise DataError(
                f"y holds {unknown.tolist()!r:.80}, which is not among the classes of the first call: "
                f"{self.classes_.tolist()!r:.200}; pass every label that can occur as classes there"
            )
        return self._learn_in_order(features, labels, rows, parts)

    def decision_function(self, X: ArrayLike) -> Table:
        """Return the outputs of the trained chemistry.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray, shape (n_samples,) or (n_samples, n_classes), concentration
            For two classes the output minus 1/2, so that positive values mean the second class; for more
            classes the outputs.
        """
        outputs = self._outputs(X)
        return outputs[:, 0] - THRESHOLD if len(self.classes_) == 2 else outputs

    def predict_proba(self, X: ArrayLike) -> Table:
        """Return normalised outputs; they rank the classes but are not calibrated probabilities.

        An output is a concentration fitted to 0 and 1 by least squares. It estimates the probability of its
        class as far as the circuit can represent it, and may be outside [0, 1]. Outputs are clipped at 0 (for
        two classes also at 1) and divided by their sum. For calibrated probabilities use
        `sklearn.calibration.CalibratedClassifierCV`.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray, shape (n_samples, n_classes)
            Rows with the sum 1; the predicted class has the largest value.
        """
        decision = self.decision_function(X)
        if decision.ndim == 1:
            second = np.clip(decision + THRESHOLD, 0.0, 1.0)
            return np.column_stack([1.0 - second, second])
        shares = np.maximum(decision, 0.0)
        silent = ~shares.any(axis=1)
        shares[silent, np.argmax(decision[silent], axis=1)] = 1.0
        return shares / shares.sum(axis=1, keepdims=True)

    def __sklearn_tags__(self) -> Any:
        """Declare support for multiclass classification."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = not has_one_output(self.circuit or "")
        return tags

    def _validated(self, X: ArrayLike, y: ArrayLike, *, reset: bool) -> tuple[Table, NDArray[Any]]:
        features, labels = validate_data(self, X, y, reset=reset, dtype=np.float64)
        return features, checked_labels(labels)

    def _weights(self, labels: NDArray[Any], weights: Table | None) -> Table | None:
        if self.class_weight is None:
            return weights
        of_classes = compute_sample_weight(self.class_weight, labels)
        return of_classes if weights is None else weights * of_classes

    def _as_targets(self, labels: NDArray[Any]) -> Table:
        places = np.searchsorted(self.classes_, labels)
        if len(self.classes_) == 2:
            return places[:, np.newaxis].astype(np.float64)
        return np.eye(len(self.classes_))[places]
