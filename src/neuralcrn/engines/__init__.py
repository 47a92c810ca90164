"""Engines: from a network to its trajectory."""

from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.simulate import Solver, simulate
from neuralcrn.engines.trajectory import Trajectory

__all__ = ["Outcome", "Solver", "Trajectory", "simulate"]
