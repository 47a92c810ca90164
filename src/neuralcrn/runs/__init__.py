"""Runs: folders that hold everything about a training, and the list of them."""

from neuralcrn.runs.listing import list_runs
from neuralcrn.runs.predicting import Predictions, Predictor, predict_file, predictor_of
from neuralcrn.runs.session import Session, resume, start

__all__ = [
    "Predictions",
    "Predictor",
    "Session",
    "list_runs",
    "predict_file",
    "predictor_of",
    "resume",
    "start",
]
