"""Engines: from a network to its trajectory."""

from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.simulate import simulate
from neuralcrn.engines.trajectory import Trajectory

__all__ = ["Outcome", "Trajectory", "simulate"]
