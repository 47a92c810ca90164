"""What classifiers have in common: checked labels, and the class of the largest output."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.errors import DataError
from neuralcrn.sklearn.scikit import ClassifierMixin, check_classification_targets, column_or_1d


class LargestOutputClassifier(ClassifierMixin):
    """A classifier with one output per class, or one output for two classes.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        The sorted labels.
    """

    classes_: NDArray[Any]

    @abstractmethod
    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the outputs; for two classes one number, which is positive for the second class."""

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return predicted labels.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray, shape (n_samples,)
        """
        decision = self.decision_function(X)
        chosen = decision > 0.0 if decision.ndim == 1 else np.argmax(decision, axis=1)
        return self.classes_[np.asarray(chosen, dtype=np.int64)]

    def _note_labels(self, labels: NDArray[Any]) -> None:
        """Store the classes.

        Raises
        ------
        DataError
            If there is only one.
        """
        self.classes_ = np.unique(labels)
        self._check_two_classes()

    def _check_two_classes(self) -> None:
        if len(self.classes_) < 2:
            raise DataError(
                f"the data contain 1 class, {self.classes_.tolist()[0]!r:.80}: a classification needs "
                "samples of two classes or more"
            )


def checked_labels(labels: ArrayLike) -> NDArray[Any]:
    """Return labels of classes as a vector; numbers that are not whole are rejected."""
    check_classification_targets(labels)
    return column_or_1d(labels, warn=True)
