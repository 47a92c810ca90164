"""Runs: folders that hold everything about a training, and their index."""

from neuralcrn.runs.index import list_runs
from neuralcrn.runs.predicting import Predictions, predict_file
from neuralcrn.runs.session import Session, resume, start

__all__ = ["Predictions", "Session", "list_runs", "predict_file", "resume", "start"]
