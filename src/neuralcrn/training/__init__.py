"""Training: protocols played on the engine, by recorded settings."""

from neuralcrn.training.api import Trained, circuit_for, plan, train_circuit, train_task
from neuralcrn.training.bars import progress_bar
from neuralcrn.training.dosing import dosing_of
from neuralcrn.training.kinetics import Kinetics
from neuralcrn.training.lowering import LoweredProgram, lower, specialised
from neuralcrn.training.progress import Callback, Progress, continue_training
from neuralcrn.training.settings import (
    DEFAULT_CIRCUIT,
    SETTINGS,
    Setting,
    default_gradient,
    find_setting,
    initial_laws,
    override,
)
from neuralcrn.training.trainer import Metrics, Retry, Tolerances, Trainer, TrainingState, default_tolerances

__all__ = [
    "DEFAULT_CIRCUIT",
    "SETTINGS",
    "Callback",
    "Kinetics",
    "LoweredProgram",
    "Metrics",
    "Progress",
    "Retry",
    "Setting",
    "Tolerances",
    "Trained",
    "Trainer",
    "TrainingState",
    "circuit_for",
    "continue_training",
    "default_gradient",
    "default_tolerances",
    "dosing_of",
    "find_setting",
    "initial_laws",
    "lower",
    "override",
    "plan",
    "progress_bar",
    "specialised",
    "train_circuit",
    "train_task",
]
