"""Estimators of scikit-learn whose learning is chemistry; they need the extra ``sklearn``."""

from neuralcrn.sklearn.estimators import NeuralCRNClassifier, NeuralCRNRegressor

__all__ = ["NeuralCRNClassifier", "NeuralCRNRegressor"]
