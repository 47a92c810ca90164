"""Training under perturbation: errors of rates and doses, leaks, finite numbers of molecules."""

from neuralcrn.studies.robustness.disturbances import DISTURBANCES, Disturbance, disturb
from neuralcrn.studies.robustness.figure import robustness_figure
from neuralcrn.studies.robustness.sweep import RobustnessReport, Sweep, make_sweep, run_sweep

__all__ = [
    "DISTURBANCES",
    "Disturbance",
    "RobustnessReport",
    "Sweep",
    "disturb",
    "make_sweep",
    "robustness_figure",
    "run_sweep",
]
