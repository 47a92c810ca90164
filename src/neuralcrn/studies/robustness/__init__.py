"""Training under perturbation: errors of rates and doses, leaks, finite numbers of molecules."""

from neuralcrn.studies.robustness.cases import Case
from neuralcrn.studies.robustness.disturbances import DISTURBANCES, Disturbance, disturb
from neuralcrn.studies.robustness.figure import robustness_figure
from neuralcrn.studies.robustness.parts import PARTS, parts_of
from neuralcrn.studies.robustness.report import RobustnessReport
from neuralcrn.studies.robustness.running import run_sweep
from neuralcrn.studies.robustness.sweep import Sweep, Trial, make_sweep

__all__ = [
    "DISTURBANCES",
    "PARTS",
    "Case",
    "Disturbance",
    "RobustnessReport",
    "Sweep",
    "Trial",
    "disturb",
    "make_sweep",
    "parts_of",
    "robustness_figure",
    "run_sweep",
]
