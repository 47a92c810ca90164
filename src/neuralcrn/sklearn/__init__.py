"""Estimators for scikit-learn (extra ``sklearn``) that learn by simulated chemistry."""

from neuralcrn.sklearn.estimators import NeuralCRNClassifier, NeuralCRNRegressor

__all__ = ["NeuralCRNClassifier", "NeuralCRNRegressor"]
