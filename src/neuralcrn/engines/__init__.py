"""Engines: from a network to its trajectory."""

from neuralcrn.engines.kinetics import Kinetics
from neuralcrn.engines.moments import Ensemble
from neuralcrn.engines.native.ensemble import simulate_stochastic
from neuralcrn.engines.native.events import simulate_events
from neuralcrn.engines.native.lowering import LoweredProgram, lower, specialised
from neuralcrn.engines.native.simulate import Solver, simulate
from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.trajectory import Trajectory

__all__ = [
    "Ensemble",
    "Kinetics",
    "LoweredProgram",
    "Outcome",
    "Solver",
    "Trajectory",
    "lower",
    "simulate",
    "simulate_events",
    "simulate_stochastic",
    "specialised",
]
