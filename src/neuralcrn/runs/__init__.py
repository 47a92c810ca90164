"""Runs: folders that hold everything about a training, and the list of them."""

from neuralcrn.runs.listing import list_runs
from neuralcrn.runs.predicting import Predictions, predict_file
from neuralcrn.runs.session import Session, resume, start

__all__ = ["Predictions", "Session", "list_runs", "predict_file", "resume", "start"]
