"""Training: protocols played on the engine, by recorded settings."""

from neuralcrn.learning.api import Trained, circuit_for, plan, train_circuit, train_task
from neuralcrn.learning.bars import progress_bar
from neuralcrn.learning.dose_schedule import dosing_of
from neuralcrn.learning.progress import Callback, Progress, continue_training
from neuralcrn.learning.settings import (
    SETTINGS,
    Setting,
    default_gradient,
    find_setting,
    initial_laws,
    override,
)
from neuralcrn.learning.trainer import Metrics, Retry, Tolerances, Trainer, TrainingState, default_tolerances

__all__ = [
    "SETTINGS",
    "Callback",
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
    "override",
    "plan",
    "progress_bar",
    "train_circuit",
    "train_task",
]
