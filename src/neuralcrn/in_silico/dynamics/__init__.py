"""Reactions whose concentrations follow given differential equations, trained in silico.

>>> from neuralcrn.in_silico.dynamics import approximate_dynamics
>>> logistic = approximate_dynamics("dx = x*(1 - x)", ["x=0.2:2"], nodes=1, starts=1)
>>> logistic.network.max_order
2
"""

from neuralcrn.in_silico.dynamics.approximate import Approximation, approximate_dynamics
from neuralcrn.in_silico.dynamics.courses import Course, check_duration, course_of
from neuralcrn.in_silico.dynamics.equations import Box, Equations
from neuralcrn.in_silico.dynamics.fixed_point import FixedPointLayers
from neuralcrn.in_silico.dynamics.measuring import largest_exponent, return_map, roughness
from neuralcrn.in_silico.dynamics.recurrent import RecurrentNetwork

__all__ = [
    "Approximation",
    "Box",
    "Course",
    "Equations",
    "FixedPointLayers",
    "RecurrentNetwork",
    "approximate_dynamics",
    "check_duration",
    "course_of",
    "largest_exponent",
    "return_map",
    "roughness",
]
