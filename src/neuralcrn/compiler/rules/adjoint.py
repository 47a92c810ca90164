"""Gradients by the adjoint, implemented as feedback reactions (arXiv 2409.00034).

::

    feedforward    dz/dt = f(z, x; theta)                        for T
    readout        e <- W z + b, from e = -y                     e becomes the error
    error          the two rails of e annihilate
    backpropagate  a <- W^T e,  g_w <- e z^T,  g_b <- e
    feedback       dz/ds = -f,  da/ds = (df/dz)^T a,  dg/ds = (df/dtheta)^T a
    update         theta is updated by g

The rules differ in the part of the feedback that they carry out. Equations of unused variables are omitted.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, final

import numpy as np

from neuralcrn.algebra import (
    Polynomial,
    Variable,
    jacobian_transpose_times,
    parameter_gradient,
    sum_of,
    weighted_gradient,
)
from neuralcrn.compiler.circuit import Circuit, adjoint_of, gradient_of
from neuralcrn.compiler.protocol import Read
from neuralcrn.compiler.rules.base import LearningRule
from neuralcrn.compiler.schedule import Schedule, outputs_of, sample_feeds, target_feeds
from neuralcrn.compiler.solution import Solution, Vector
from neuralcrn.compiler.stages import Compare, Evaluate, Integrate, Stage, Update
from neuralcrn.errors import CompileError

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle


class Reversal(Enum):
    """Extent of the reversal of states during the feedback."""

    NONE = "none"
    DRIVE = "drive"
    WHOLE = "whole"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """Exact values after the forward part.

    Attributes
    ----------
    states, error, adjoint : ndarray
        z(T), yhat - y and a(T).
    sensitivities : ndarray, shape (states, trained parameters of f)
        dz(T)/dtheta, if the rule needs them.
    known : ndarray
        Inputs and parameters of f.
    """

    states: Vector
    error: Vector
    adjoint: Vector
    sensitivities: Vector
    known: Vector


class AdjointRule(LearningRule):
    """Base class of rules that carry out the adjoint fully or partly.

    Attributes
    ----------
    reversal : Reversal
        Reversal of states: none, along the part of f that does not depend on them, or full.
    moves_adjoint : bool
        Whether the adjoint is integrated; otherwise it is held at a(T).
    needs_sensitivities : bool
        Whether the reference needs dz(T)/dtheta.
    """

    reversal: Reversal
    moves_adjoint: bool
    needs_sensitivities: bool

    @abstractmethod
    def inner_gradient(self, oracle: Oracle, endpoint: Endpoint) -> Vector:
        """Return the exact gradient with respect to the trained parameters of f."""

    def schedule(self, circuit: Circuit) -> Schedule:
        """Return the stages listed above, except those that a circuit does not need.

        If the adjoint is constant and stems from one output with a fixed weight, it equals the error times
        this weight, and needs no species.
        """
        _check_readout(circuit)
        system = circuit.system
        adjoint = {z: adjoint_of(z) for z in system.states}
        reversed_states, evolution = _reversed(circuit, self.reversal), self._evolution(circuit, adjoint)
        products = parameter_gradient(system, adjoint, circuit.inner_parameters)
        gradient = {gradient_of(parameter): polynomial for parameter, polynomial in products.items()}
        held = all(polynomial.is_zero for polynomial in evolution.values())
        backpropagation = _backpropagation(circuit, adjoint)
        if held and not circuit.readout.trained and circuit.outputs == 1:
            weight = circuit.readout.weight * Polynomial.of(circuit.errors[0])
            direct = dict.fromkeys(adjoint.values(), weight)
            gradient = {g: polynomial.substitute(direct) for g, polynomial in gradient.items()}
            backpropagation = {v: f for v, f in backpropagation.items() if v not in direct}
        feedback = _without_unread({**reversed_states, **evolution, **gradient}, keep=gradient)
        back: list[Stage] = [Compare("error", circuit.errors), Read(circuit.errors)]
        if backpropagation:
            back.append(Evaluate("backpropagate", backpropagation))
        if feedback:
            back.append(Integrate("feedback", circuit.feedback_duration, feedback))
        update = Update("update", circuit.trained_parameters)
        feedforward, readout = _forward(circuit)
        return Schedule(
            training=(
                *sample_feeds(circuit),
                feedforward,
                *target_feeds(circuit.errors),
                *readout,
                *back,
                update,
            ),
            prediction=(*sample_feeds(circuit), feedforward, *readout, Read(circuit.errors)),
            kept=(*circuit.trained_parameters, *circuit.fixed_parameters),
        )

    def exact(self, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Solution:
        """Return exact states, outputs, adjoint and gradients for one sample."""
        circuit = oracle.circuit
        known = oracle.known(parameters, features)
        states, sensitivities = oracle.forward(known, sensitive=self.needs_sensitivities)
        weights, biases = oracle.readout(parameters)
        predicted = weights @ states + biases
        error = predicted - targets
        adjoint = weights.T @ error
        endpoint = Endpoint(states, error, adjoint, sensitivities, known)
        parts = [self.inner_gradient(oracle, endpoint)]
        if circuit.readout.trained:
            parts.append(np.outer(error, states).ravel())
        if circuit.readout.bias:
            parts.append(error)
        return Solution(states, predicted, error, adjoint, np.concatenate(parts))

    def _evolution(
        self, circuit: Circuit, adjoint: Mapping[Variable, Variable]
    ) -> dict[Variable, Polynomial]:
        """Return da/ds = (df/dz)^T a, or nothing if the adjoint is held."""
        if not self.moves_adjoint:
            return {}
        products = jacobian_transpose_times(circuit.system, adjoint)
        return {adjoint[z]: polynomial for z, polynomial in products.items()}


def _check_readout(circuit: Circuit) -> None:
    """Reject readouts that do not read all states as they are."""
    nonlinear = circuit.state_activation != "identity" or not circuit.readout.is_plain
    if nonlinear or circuit.read != circuit.system.states:
        raise CompileError(
            f"circuit {circuit.name}: rule {circuit.rule} needs a readout that is linear in all states; "
            "choose a rule for layers, such as backpropagation"
        )


def _forward(circuit: Circuit) -> tuple[Integrate, tuple[Evaluate, ...]]:
    """Return the feedforward stage and, unless the output accumulates in the error, the readout e <- W z +
    b.
    """
    if circuit.readout.accumulated:
        total = sum_of(f for _, f in circuit.system.equations) * circuit.readout.weight
        return Integrate("feedforward", circuit.horizon, {circuit.errors[0]: total}), ()
    feedforward = Integrate("feedforward", circuit.horizon, dict(circuit.system.equations))
    return feedforward, (Evaluate("readout", outputs_of(circuit)),)


def _backpropagation(circuit: Circuit, adjoint: Mapping[Variable, Variable]) -> dict[Variable, Polynomial]:
    """Return a <- W^T e and the gradients of the readout parameters."""
    outputs = outputs_of(circuit).items()
    values = {adjoint[z]: f for z, f in weighted_gradient(outputs, adjoint).items()}
    readout = (*circuit.weights, *circuit.biases)
    return values | {gradient_of(p): f for p, f in weighted_gradient(outputs, readout).items()}


def _reversed(circuit: Circuit, reversal: Reversal) -> dict[Variable, Polynomial]:
    """Return dz/ds in the feedback according to the reversal."""
    states = set(circuit.system.states)
    match reversal:
        case Reversal.NONE:
            return {}
        case Reversal.DRIVE:
            return {
                z: Polynomial((m, -c) for m, c in f.terms if states.isdisjoint(m.variables))
                for z, f in circuit.system.equations
            }
        case Reversal.WHOLE:
            return {z: -f for z, f in circuit.system.equations}


def _without_unread(
    equations: Mapping[Variable, Polynomial], keep: Mapping[Variable, Polynomial]
) -> dict[Variable, Polynomial]:
    """Remove zero equations, and equations of variables on which no kept equation depends."""
    needed = set(keep)
    pending = list(keep)
    while pending:
        for variable in equations[pending.pop()].variables:
            if variable in equations and variable not in needed:
                needed.add(variable)
                pending.append(variable)
    return {v: f for v, f in equations.items() if v in needed and not f.is_zero}
