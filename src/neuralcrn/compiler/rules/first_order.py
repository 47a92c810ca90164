"""The adjoint to first order in the horizon: only gradients change in the feedback phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.rules.adjoint import AdjointRule, Endpoint, Reversal

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle
    from neuralcrn.compiler.solution import Vector


@final
class FirstOrder(AdjointRule):
    """States and adjoint are held; reactions grow linearly with the inputs."""

    name = "first-order"
    summary = "states and adjoint are held; reactions grow linearly with the inputs"
    reference = "T_b (df/dtheta)^T a(T)"
    reversal = Reversal.NONE
    moves_adjoint = False
    needs_sensitivities = False

    def inner_gradient(self, oracle: Oracle, endpoint: Endpoint) -> Vector:
        """Return T_b (df/dtheta)^T a(T)."""
        by_parameter = oracle.matrix(oracle.by_parameter, endpoint.states, endpoint.known)
        return oracle.circuit.feedback_duration * by_parameter.T @ endpoint.adjoint

    def caveat(self, circuit: Circuit) -> str:
        """Return nothing: the reference is the definition of the rule."""
        return ""
