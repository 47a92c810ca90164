"""Fitting: parameters of networks from measurements.

A `FitProblem` is a network with parameters, experiments, observables with noise, and measurements.
"""

from neuralcrn.fitting.parameters import FitParameter, Prior
from neuralcrn.fitting.problem import Experiment, FitProblem, Measurement, Observable, Period

__all__ = ["Experiment", "FitParameter", "FitProblem", "Measurement", "Observable", "Period", "Prior"]
