"""Estimators for scikit-learn (extra ``sklearn``) that learn, or only predict, by simulated chemistry."""

from neuralcrn.sklearn.estimators import NeuralCRNClassifier, NeuralCRNRegressor
from neuralcrn.sklearn.many import fit_many
from neuralcrn.sklearn.rate_independent import RateIndependentClassifier

__all__ = ["NeuralCRNClassifier", "NeuralCRNRegressor", "RateIndependentClassifier", "fit_many"]
