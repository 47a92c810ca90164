"""The adjoint along states that are reversed by the part of f that does not depend on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from neuralcrn.algebra import PolynomialMap
from neuralcrn.compiler.circuit import Circuit, adjoint_of, gradient_of
from neuralcrn.compiler.rules.adjoint import AdjointRule, Endpoint, Reversal
from neuralcrn.compiler.stages import Integrate

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle
    from neuralcrn.compiler.solution import Vector


@final
class LinearReversal(AdjointRule):
    """States are reversed along their drive only, as in the authors' "linapprox" study."""

    name = "linear-reversal"
    summary = "states are reversed along the part of f that does not depend on them"
    reference = "feedback phase integrated numerically"
    reversal = Reversal.DRIVE
    moves_adjoint = True
    needs_sensitivities = False

    def inner_gradient(self, oracle: Oracle, endpoint: Endpoint) -> Vector:
        """Integrate the feedback phase of the schedule."""
        circuit, system = oracle.circuit, oracle.circuit.system
        (phase,) = (
            stage
            for stage in self.schedule(circuit).flows
            if isinstance(stage, Integrate) and gradient_of(circuit.inner_parameters[0]) in stage.equations
        )
        adjoints = [adjoint_of(z) for z in system.states]
        changing = tuple(phase.equations)
        held = (*system.states, *adjoints, *circuit.errors, *system.inputs, *system.parameters)
        numbers = np.concatenate([endpoint.states, endpoint.adjoint, endpoint.error, endpoint.known])
        values = dict(zip(held, numbers, strict=True))
        constants = [v for v in held if v not in phase.equations]
        rest = np.array([values[v] for v in constants])
        slope = PolynomialMap.of(list(phase.equations.values()), [*changing, *constants])
        start = np.array([values.get(v, 0.0) for v in changing])
        end = oracle.integrate(lambda _, y: slope(np.concatenate([y, rest])), start, phase.duration)
        reached = dict(zip(changing, end, strict=True))
        return np.array([reached.get(gradient_of(p), 0.0) for p in circuit.inner_parameters])

    def caveat(self, circuit: Circuit) -> str:
        """Return nothing: the reference is the definition of the rule."""
        return ""
