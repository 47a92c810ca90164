"""Fitting: parameters of networks from measurements.

A `FitProblem` is a network with parameters, experiments, observables with noise, and measurements. `fit`
estimates the parameters, with standard errors and 95 % confidence intervals; `Objective` is the negative
log-likelihood with gradient and Fisher information. `sample` draws samples of the posterior distribution. The
simulated values, and their derivatives, are those of the reactions.
"""

from neuralcrn.fitting.build import FitOptions, make_problem
from neuralcrn.fitting.data import DataRow, read_data
from neuralcrn.fitting.multistart import fit
from neuralcrn.fitting.objective import Evaluation, Objective
from neuralcrn.fitting.optimise import LocalFit, local_fit, starting_points
from neuralcrn.fitting.parameters import FitParameter, Prior
from neuralcrn.fitting.posterior import Posterior
from neuralcrn.fitting.problem import Experiment, FitProblem, Measurement, Observable, Period
from neuralcrn.fitting.result import Fit
from neuralcrn.fitting.running import run_fit
from neuralcrn.fitting.sampling import Sampling, sample
from neuralcrn.fitting.statistics import Combination, Estimate

__all__ = [
    "Combination",
    "DataRow",
    "Estimate",
    "Evaluation",
    "Experiment",
    "Fit",
    "FitOptions",
    "FitParameter",
    "FitProblem",
    "LocalFit",
    "Measurement",
    "Objective",
    "Observable",
    "Period",
    "Posterior",
    "Prior",
    "Sampling",
    "fit",
    "local_fit",
    "make_problem",
    "read_data",
    "run_fit",
    "sample",
    "starting_points",
]
