"""Names of the quantities that the compiler adds to those of a circuit."""

from __future__ import annotations

from neuralcrn.algebra import Variable
from neuralcrn.compiler.activation import SIGMOID

OUTPUT = "out"
"""Name of outputs to which a smooth activation is applied."""
TARGET = "y"
"""Name of the variables into which targets are dosed, if they are not dosed into errors."""
TOLERATED, FLAG = "tolerated", "flag"
"""Names of the threshold of errors, and of the flag that permits an update (`rules.modules`)."""
RESERVED = {
    "e": "error",
    "e_x": "exchanged error",
    "e_h": "error of the hinge loss",
    "l": "label",
    "a": "adjoint",
    "ah": "adjoint of activations",
    "w": "readout weights",
    "b": "readout bias",
    TARGET: "target",
    "r_w": "held gradients",
    OUTPUT: "activated output",
    "judged": "judged error",
    TOLERATED: "threshold of errors",
    FLAG: "flag of an update",
}
"""Names that the compiler uses; a system must not contain them."""


def argument_of(value: Variable) -> Variable:
    """Return the variable of the argument of an activated quantity."""
    return Variable(f"arg_{value.name}", value.index)


def exponential_of(value: Variable) -> Variable:
    """Return the variable of exp(-n) for a quantity sigmoid(n)."""
    return Variable(f"exp_{value.name}", value.index)


def complement_of(value: Variable) -> Variable:
    """Return the variable of 1 - h for a quantity h = sigmoid(n)."""
    return Variable(f"rest_{value.name}", value.index)


def slope_of(value: Variable) -> Variable:
    """Return the variable of the derivative of an activated quantity with respect to its argument."""
    return Variable(f"slope_{value.name}", value.index)


def one_rail_names(name: str, activation: str) -> frozenset[str]:
    """Return the names of the quantities of an activated array that are never negative."""
    if activation != SIGMOID:
        return frozenset()
    value = Variable(name)
    return frozenset(
        v.name for v in (value, *(of(value) for of in (exponential_of, complement_of, slope_of)))
    )
