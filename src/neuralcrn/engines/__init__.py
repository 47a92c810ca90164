"""Engines: simulation of networks, and execution of the protocols of programs."""

from neuralcrn.engines.base import Executable, Executor, Stop, Tolerances, default_tolerances
from neuralcrn.engines.executors import DEFAULT_EXECUTOR, EXECUTORS
from neuralcrn.engines.kinetics import Kinetics
from neuralcrn.engines.moments import Ensemble
from neuralcrn.engines.native.ensemble import simulate_stochastic
from neuralcrn.engines.native.events import simulate_events
from neuralcrn.engines.native.sensitivity import SensitivitySolver
from neuralcrn.engines.native.simulate import Solver, simulate
from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.recording import Recording
from neuralcrn.engines.sensitivities import Sensitivities
from neuralcrn.engines.trajectory import Trajectory

__all__ = [
    "DEFAULT_EXECUTOR",
    "EXECUTORS",
    "Ensemble",
    "Executable",
    "Executor",
    "Kinetics",
    "Outcome",
    "Recording",
    "Sensitivities",
    "SensitivitySolver",
    "Solver",
    "Stop",
    "Tolerances",
    "Trajectory",
    "default_tolerances",
    "simulate",
    "simulate_events",
    "simulate_stochastic",
]
