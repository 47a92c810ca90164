"""The adjoint along states that are held at their final values."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.rules.adjoint import AdjointRule, Endpoint, Reversal

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle
    from neuralcrn.compiler.solution import Vector


@final
class Frozen(AdjointRule):
    """States are held at z(T), the adjoint is integrated."""

    name = "frozen"
    summary = "states are held at their final values, the adjoint is integrated"
    reference = "adjoint at the held z(T)"
    reversal = Reversal.NONE
    moves_adjoint = True
    needs_sensitivities = False

    def inner_gradient(self, oracle: Oracle, endpoint: Endpoint) -> Vector:
        """Return the integral of (df/dtheta)^T a along da/ds = (df/dz)^T a, both at z(T)."""
        count = len(endpoint.states)
        transposed = oracle.matrix(oracle.by_state, endpoint.states, endpoint.known).T
        by_parameter = oracle.matrix(oracle.by_parameter, endpoint.states, endpoint.known)
        # df/dtheta is constant here, so integrating a is sufficient
        end = oracle.integrate(
            lambda _, y: np.concatenate([transposed @ y[:count], y[:count]]),
            np.concatenate([endpoint.adjoint, np.zeros(count)]),
            oracle.circuit.feedback_duration,
        )
        return by_parameter.T @ end[count:]

    def caveat(self, circuit: Circuit) -> str:
        """Return nothing: the reference is the definition of the rule."""
        return ""
