"""Runs: folders that hold everything about a training, and their index."""

from neuralcrn.runs.configuration import Configuration
from neuralcrn.runs.index import list_runs
from neuralcrn.runs.session import Session, predict_file, resume, start

__all__ = ["Configuration", "Session", "list_runs", "predict_file", "resume", "start"]
