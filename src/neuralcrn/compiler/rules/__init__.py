"""Learning rules by name, one file each.

A circuit refers to its rule by name. `RULES` contains built-in rules and rules that other packages declare
as entry points of the group ``neuralcrn.rules``.
"""

from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.rules.backpropagation import Backpropagation
from neuralcrn.compiler.rules.base import LearningRule
from neuralcrn.compiler.rules.equilibrium_propagation import EquilibriumPropagation
from neuralcrn.compiler.rules.exact import Exact
from neuralcrn.compiler.rules.first_order import FirstOrder
from neuralcrn.compiler.rules.fixed_point import FixedPoint
from neuralcrn.compiler.rules.forward_forward import ForwardForward
from neuralcrn.compiler.rules.frozen import Frozen
from neuralcrn.compiler.rules.least_squares import LeastMeanSquares, RecursiveLeastSquares
from neuralcrn.compiler.rules.linear_reversal import LinearReversal
from neuralcrn.compiler.rules.modules import Modules
from neuralcrn.compiler.rules.multiplicative import ExpertGains, MultiplicativeWeights
from neuralcrn.compiler.rules.weight_perturbation import WeightPerturbation
from neuralcrn.compiler.rules.winner_take_all import WinnerTakeAll
from neuralcrn.registry import Registry

__all__ = ["RULES", "LearningRule", "needs_classes"]

_OWN: tuple[LearningRule, ...] = (
    Exact(),
    Frozen(),
    FirstOrder(),
    LinearReversal(),
    Backpropagation(),
    LeastMeanSquares(),
    RecursiveLeastSquares(),
    FixedPoint(),
    EquilibriumPropagation(),
    Modules(),
    WeightPerturbation(),
    ForwardForward(),
    MultiplicativeWeights(),
    ExpertGains(),
    WinnerTakeAll(),
)
RULES = Registry("rule", "rules", _OWN, LearningRule)
"""All learning rules by name."""


def needs_classes(circuit: Circuit) -> bool:
    """Return whether a circuit only learns two classes, by its loss or its rule."""
    return circuit.loss == "squared-hinge" or RULES.find(circuit.rule).needs_classes
