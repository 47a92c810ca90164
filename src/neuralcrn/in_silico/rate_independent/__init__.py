"""Networks of rectifiers whose final amounts do not depend on rate constants: training, compiling, verifying.

The weights are trained by conventional computation (in silico); nothing is learned in the pot.

>>> fit = train([[0.0], [1.0], [2.0]], [0, 1, 0], Settings(hidden=(4,), batch=3))
>>> compiled = compile_relu(fit.network).reduced()
>>> verify_rate_independence(compiled.network).passed
True
"""

from neuralcrn.in_silico.rate_independent.classifier import RateIndependentModel
from neuralcrn.in_silico.rate_independent.compile import CompiledRelu, compile_relu
from neuralcrn.in_silico.rate_independent.network import ReluNetwork
from neuralcrn.in_silico.rate_independent.reduction import reduce_network
from neuralcrn.in_silico.rate_independent.rest import RestSolver
from neuralcrn.in_silico.rate_independent.training import Fit, Settings, train
from neuralcrn.in_silico.rate_independent.verification import (
    Check,
    RateIndependence,
    complete,
    maximise_extents,
    verify_rate_independence,
)

__all__ = [
    "Check",
    "CompiledRelu",
    "Fit",
    "RateIndependence",
    "RateIndependentModel",
    "ReluNetwork",
    "RestSolver",
    "Settings",
    "compile_relu",
    "complete",
    "maximise_extents",
    "reduce_network",
    "train",
    "verify_rate_independence",
]
