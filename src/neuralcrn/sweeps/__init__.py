"""Sweeps: many trainings in processes, each kept as it is done, and what they show together."""

from neuralcrn.sweeps.jobs import Job, Result, Store, Told, collect, compute

__all__ = ["Job", "Result", "Store", "Told", "collect", "compute"]
