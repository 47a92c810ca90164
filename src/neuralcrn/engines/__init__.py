"""Engines: from a network to its trajectory."""

from neuralcrn.engines.ensemble import simulate_stochastic
from neuralcrn.engines.events import simulate_events
from neuralcrn.engines.moments import Ensemble
from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.simulate import Solver, simulate
from neuralcrn.engines.trajectory import Trajectory

__all__ = [
    "Ensemble",
    "Outcome",
    "Solver",
    "Trajectory",
    "simulate",
    "simulate_events",
    "simulate_stochastic",
]
