"""The squared hinge loss for classes, without a comparator.

A target is one of two numbers, on either side of a middle m, and an output is right if it lies on the side of
its target or beyond it. With the label l = target - m, a positive error of a positive label and a negative
error of a negative label are on the safe side, and the backward path starts from the others::

    label     l <- target - m, its rails annihilate
    hinge     e_h <- (e |l| - |e| l) / (2 |l|)          E_p + L_n -> E_h,p   E_n + L_p -> E_h,n

As |l| is the same for both targets, the values are products of two rails. The loss is half the square of the
remaining error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuralcrn.algebra import Polynomial, Variable
from neuralcrn.compiler.protocol import Dose
from neuralcrn.compiler.stages import Evaluate, Rectify, Stage

if TYPE_CHECKING:
    from neuralcrn.compiler.circuit import Circuit
    from neuralcrn.compiler.solution import Vector

LABEL, HINGE = "label", "hinge"
"""Names of the stages."""


def label_of(error: Variable) -> Variable:
    """Return the variable of the label of an output."""
    return Variable("l", error.index)


def unsafe_of(error: Variable) -> Variable:
    """Return the variable of the error that is not on the safe side."""
    return Variable("e_h", error.index)


def label_feeds(circuit: Circuit) -> tuple[Dose, ...]:
    """Return the doses of the labels: the target, and the negative middle."""
    middle = 0.5 * (circuit.target_low + circuit.target_high)
    doses: list[Dose] = []
    for number, error in enumerate(circuit.errors):
        doses.append(Dose(label_of(error), "target", number))
        if middle:
            doses.append(Dose(label_of(error), "constant", factor=-middle))
    return tuple(doses)


def hinge_stages(circuit: Circuit) -> tuple[Stage, ...]:
    """Return the stages between the measurement of the errors and the backward path."""
    half = 0.5 * abs(circuit.target_high - circuit.target_low)
    values: dict[Variable, Polynomial] = {}
    for error in circuit.errors:
        e, label = Polynomial.of(error), Polynomial.of(label_of(error))
        values[unsafe_of(error)] = (e * abs(label) - abs(e) * label) * (0.5 / half)
    return (Rectify(LABEL, tuple(map(label_of, circuit.errors))), Evaluate(HINGE, values))


def hinge_targets(circuit: Circuit, outputs: Vector, targets: Vector) -> Vector:
    """Return targets for which the squared loss has the gradient of the hinge loss: safe outputs are their
    own targets.
    """
    middle = 0.5 * (circuit.target_low + circuit.target_high)
    safe = (outputs - targets) * (targets - middle) >= 0.0
    result = targets.copy()
    result[safe] = outputs[safe]
    return result
