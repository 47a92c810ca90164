"""Networks that are trained to reach goals: oscillations, concentrations, and levels in time windows.

The rate constants of a family of candidate reactions are trained by gradient descent on a computer (arXiv
2302.02714); most of them are removed. Nothing learns in the resulting network while it reacts.

>>> spec = DesignSpec(goals=("B > 0.8 in 4:8",), initial=(("A", 1.0),))
>>> problem = make_problem(spec)
>>> problem.candidates.parameters
('k1', 'k2', 'k3', 'k4', 'k5', 'k6')
"""

from neuralcrn.in_silico.design.building import make_problem
from neuralcrn.in_silico.design.chambers import candidate_network
from neuralcrn.in_silico.design.families import FAMILIES, conserving, elementary
from neuralcrn.in_silico.design.goals import Bound, Goal, Oscillation, Rest, Value
from neuralcrn.in_silico.design.measuring import Measured, isolated, measure, variation_alone
from neuralcrn.in_silico.design.notation import parse_goal
from neuralcrn.in_silico.design.objective import Objective
from neuralcrn.in_silico.design.problem import Condition, DesignProblem
from neuralcrn.in_silico.design.running import Designed, best_of, design
from neuralcrn.in_silico.design.spec import DesignSpec
from neuralcrn.in_silico.design.training import Trained, TrainingOptions, train

__all__ = [
    "FAMILIES",
    "Bound",
    "Condition",
    "DesignProblem",
    "DesignSpec",
    "Designed",
    "Goal",
    "Measured",
    "Objective",
    "Oscillation",
    "Rest",
    "Trained",
    "TrainingOptions",
    "Value",
    "best_of",
    "candidate_network",
    "conserving",
    "design",
    "elementary",
    "isolated",
    "make_problem",
    "measure",
    "parse_goal",
    "train",
    "variation_alone",
]
