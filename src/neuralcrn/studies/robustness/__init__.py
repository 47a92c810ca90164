"""Training under perturbation: wrong rates and doses, leaks, finite numbers of molecules."""

from neuralcrn.studies.robustness.disturbances import DISTURBANCES, Disturbance, disturb, find_disturbance

__all__ = ["DISTURBANCES", "Disturbance", "disturb", "find_disturbance"]
