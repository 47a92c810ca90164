"""A learning rule: errors go back along fixed weights instead of those of the readout.

Lillicrap, Cownden, Tweed and Akerman 2016, doi:10.1038/ncomms13276. Here every fixed weight is 1: the adjoint
of each state is the sum of the errors, and states and adjoint are held as in the rule "first-order".
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Polynomial, sum_of
from neuralcrn.compiler import RULES, Circuit, LearningRule, Schedule, adjoint_of
from neuralcrn.compiler.oracle import Oracle, Solution
from neuralcrn.compiler.stages import Evaluate

Vector = NDArray[np.float64]


class FeedbackAlignment(LearningRule):
    """The schedule of "first-order" with another adjoint."""

    name = "feedback-alignment"
    summary = "first-order, with errors that go back along fixed weights of 1"
    reference = "T_b (df/dtheta)^T B^T e with all B = 1"

    def schedule(self, circuit: Circuit) -> Schedule:
        """Return the stages of "first-order" with the sum of the errors as the adjoint of every state."""
        other = RULES.find("first-order").schedule(circuit)
        error = sum_of(Polynomial.of(e) for e in circuit.errors)
        adjoint = {adjoint_of(state): error for state in circuit.system.states}
        training = tuple(
            replace(stage, equations={v: adjoint.get(v, f) for v, f in stage.equations.items()})
            if isinstance(stage, Evaluate)
            else stage
            for stage in other.training
        )
        return replace(other, training=training)

    def exact(self, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Solution:
        """Return what "first-order" does to the readout, and the gradient of f along the other adjoint."""
        other = RULES.find("first-order").exact(oracle, parameters, features, targets)
        adjoint = np.full(len(other.states), other.error.sum())
        known = oracle.known(parameters, features)
        by_parameter = oracle.matrix(oracle.by_parameter, other.states, known)
        inner = oracle.circuit.feedback_duration * by_parameter.T @ adjoint
        gradient = np.concatenate([inner, other.gradient[len(inner) :]])
        return replace(other, adjoint=adjoint, gradient=gradient)

    def caveat(self, circuit: Circuit) -> str:
        """Return nothing: the reference is what the rule does."""
        return ""


FEEDBACK_ALIGNMENT = FeedbackAlignment()
