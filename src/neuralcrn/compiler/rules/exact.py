"""The full adjoint: states and adjoint are integrated backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.rules.adjoint import AdjointRule, Endpoint, Reversal

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle
    from neuralcrn.compiler.solution import Vector


@final
class Exact(AdjointRule):
    """Gradient of the loss, if feedback and feedforward phase have equal durations.

    The reference is computed by forward sensitivities ``dS/dt = (df/dz) S + df/dtheta``, which are
    independent of the adjoint used by the chemistry and, unlike its reversed states, stable.
    """

    name = "exact"
    summary = "states run backwards, the adjoint follows them: the gradient of the loss"
    reference = "forward sensitivities"
    reversal = Reversal.WHOLE
    moves_adjoint = True
    needs_sensitivities = True

    def inner_gradient(self, oracle: Oracle, endpoint: Endpoint) -> Vector:
        """Return (dz(T)/dtheta)^T a(T)."""
        return endpoint.sensitivities.T @ endpoint.adjoint

    def caveat(self, circuit: Circuit) -> str:
        """Report different horizons."""
        if circuit.feedback_duration == circuit.horizon:
            return ""
        return (
            f"the feedback phase runs for {circuit.feedback_duration:g}, the states for "
            f"{circuit.horizon:g}: the exact gradient needs equal horizons"
        )
