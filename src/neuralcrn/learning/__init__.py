"""Learning: description of a training, and the training loop with simulated reactions."""

from neuralcrn.learning.api import Trained, plan, plan_scaled, train_circuit, train_task
from neuralcrn.learning.dose_schedule import dosing_of
from neuralcrn.learning.ensembles import SeedCallback, TrainedSeeds, train_many
from neuralcrn.learning.loop import Callback, Progress, begin_training, continue_training
from neuralcrn.learning.settings import SETTINGS, default_rule, recorded_spec
from neuralcrn.learning.spec import DataFile, TrainingSpec
from neuralcrn.learning.state import Metrics, Retry, TrainingState, pack
from neuralcrn.learning.trainer import Trainer

__all__ = [
    "SETTINGS",
    "Callback",
    "DataFile",
    "Metrics",
    "Progress",
    "Retry",
    "SeedCallback",
    "Trained",
    "TrainedSeeds",
    "Trainer",
    "TrainingSpec",
    "TrainingState",
    "begin_training",
    "continue_training",
    "default_rule",
    "dosing_of",
    "pack",
    "plan",
    "plan_scaled",
    "recorded_spec",
    "train_circuit",
    "train_many",
    "train_task",
]
