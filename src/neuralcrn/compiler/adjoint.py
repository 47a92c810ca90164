"""First pass: the phases of a learning step as signed polynomial systems.

::

    feedforward    dz/dt = f(z, x; theta)                        for T
    readout        de/dt = W z + b                               for 1, from e = -y: e becomes the error
    error          the two rails of e annihilate                 (chemistry alone, no equation)
    backpropagate  da/dt = W^T e,  dg_w/dt = e z^T,  dg_b/dt = e for 1, from 0
    feedback       dz/ds = -f,  da/ds = (df/dz)^T a,  dg/ds = (df/dtheta)^T a

In a phase of duration 1 whose right-hand side is constant the integral is exact, so readout and
backpropagation cost no steady state. Equations that nothing reads are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from neuralcrn.algebra import (
    Polynomial,
    Variable,
    jacobian_transpose_times,
    parameter_gradient,
    sum_of,
)
from neuralcrn.compiler.circuit import Circuit, GradientMode, gradient_of


@dataclass(frozen=True, slots=True)
class SignedPhase:
    """One phase in real mathematics.

    Attributes
    ----------
    name : str
        feedforward, readout, backpropagate or feedback.
    duration : float, time
        How long it runs.
    equations : mapping of Variable to Polynomial
        What changes, and how fast. What is not listed is held.
    """

    name: str
    duration: float
    equations: Mapping[Variable, Polynomial]

    def __str__(self) -> str:
        lines = [f"{self.name} (duration {self.duration:g})"]
        return "\n  ".join([*lines, *(f"d{variable}/dt = {f}" for variable, f in self.equations.items())])


def signed_phases(circuit: Circuit) -> tuple[SignedPhase, ...]:
    """Derive the phases of one learning step of `circuit`.

    The feedback phase follows the circuit's gradient mode. If the adjoint never changes and stems
    from one output with a fixed weight, it is that multiple of the error, and takes no species.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> circuit = make_circuit("quadratic", inputs=1, hidden=1, gradient="first-order")
    >>> for phase in signed_phases(circuit):
    ...     print(phase)
    feedforward (duration 0.5)
      dz[0]/dt = theta[0]*x[0] - 0.5*z[0]*|z[0]|
    readout (duration 1)
      de[0]/dt = z[0]
    feedback (duration 0.5)
      dg_theta[0]/dt = e[0]*x[0]
    """
    system = circuit.system
    adjoint = {z: Variable("a", z.index) for z in system.states}
    reversal, evolution = _reversed_states(circuit), _adjoint_evolution(circuit, adjoint)
    gradient = {
        gradient_of(parameter): polynomial
        for parameter, polynomial in parameter_gradient(system, adjoint, circuit.inner_parameters).items()
    }
    held = all(polynomial.is_zero for polynomial in evolution.values())
    backpropagation = _backpropagation(circuit, adjoint)
    if held and not circuit.readout.trained and circuit.outputs == 1:
        weight = circuit.readout.weight * Polynomial.of(circuit.errors[0])
        direct = dict.fromkeys(adjoint.values(), weight)
        gradient = {g: polynomial.substitute(direct) for g, polynomial in gradient.items()}
        backpropagation = {v: f for v, f in backpropagation.items() if v not in direct}
    feedback = _without_unread({**reversal, **evolution, **gradient}, keep=gradient)
    forward, readout = dict(system.equations), _readout(circuit)
    if circuit.readout.accumulated:
        total = sum_of(f for _, f in system.equations) * circuit.readout.weight
        forward, readout = {circuit.errors[0]: total}, {}
    phases = [
        SignedPhase("feedforward", circuit.horizon, forward),
        SignedPhase("readout", 1.0, readout),
        SignedPhase("backpropagate", 1.0, backpropagation),
        SignedPhase("feedback", circuit.feedback_duration, feedback),
    ]
    return tuple(phase for phase in phases if phase.equations)


def direct(circuit: Circuit, equations: Mapping[Variable, Polynomial]) -> dict[Variable, Polynomial]:
    """Let gradients act on their parameters at once, if the circuit says so: dtheta/ds = -eta dg/ds."""
    parameters = {gradient_of(p): p for p in circuit.trained_parameters if circuit.update == "direct"}
    return {parameters.get(v, v): f * -circuit.rate if v in parameters else f for v, f in equations.items()}


def _readout(circuit: Circuit) -> dict[Variable, Polynomial]:
    """Return de/dt = W z + b."""
    states = [Polynomial.of(z) for z in circuit.system.states]
    count = len(states)
    equations: dict[Variable, Polynomial] = {}
    for output, error in enumerate(circuit.errors):
        weights = circuit.weights[output * count : (output + 1) * count]
        factors = [Polynomial.of(w) for w in weights] or [Polynomial.constant(circuit.readout.weight)] * count
        bias = [Polynomial.of(circuit.biases[output])] if circuit.biases else []
        equations[error] = sum_of([*(w * z for w, z in zip(factors, states, strict=True)), *bias])
    return equations


def _backpropagation(circuit: Circuit, adjoint: Mapping[Variable, Variable]) -> dict[Variable, Polynomial]:
    """Return da/dt = W^T e and the gradients of the readout's own parameters."""
    errors = [Polynomial.of(e) for e in circuit.errors]
    states, weights = list(adjoint), circuit.weights
    count = len(states)
    equations: dict[Variable, Polynomial] = {}
    for i, state in enumerate(states):
        trained = [Polynomial.of(w) for w in weights[i::count]]
        factors = trained or [Polynomial.constant(circuit.readout.weight)] * len(errors)
        equations[adjoint[state]] = sum_of(w * e for w, e in zip(factors, errors, strict=True))
    for i, weight in enumerate(weights):
        equations[gradient_of(weight)] = errors[i // count] * Polynomial.of(states[i % count])
    for bias, error in zip(circuit.biases, errors, strict=False):
        equations[gradient_of(bias)] = error
    return equations


def _reversed_states(circuit: Circuit) -> dict[Variable, Polynomial]:
    """Return dz/ds in the feedback phase, as far as the gradient mode moves the states."""
    states = set(circuit.system.states)
    match circuit.gradient:
        case GradientMode.EXACT:
            return {z: -f for z, f in circuit.system.equations}
        case GradientMode.LINEAR_REVERSAL:
            return {
                z: Polynomial((m, -c) for m, c in f.terms if states.isdisjoint(m.variables))
                for z, f in circuit.system.equations
            }
        case GradientMode.FROZEN | GradientMode.FIRST_ORDER:
            return {}


def _adjoint_evolution(circuit: Circuit, adjoint: Mapping[Variable, Variable]) -> dict[Variable, Polynomial]:
    """Return da/ds = (df/dz)^T a, or nothing where the mode holds the adjoint."""
    if circuit.gradient is GradientMode.FIRST_ORDER:
        return {}
    products = jacobian_transpose_times(circuit.system, adjoint)
    return {adjoint[z]: polynomial for z, polynomial in products.items()}


def _without_unread(
    equations: Mapping[Variable, Polynomial], keep: Mapping[Variable, Polynomial]
) -> dict[Variable, Polynomial]:
    """Drop zero equations, and those of variables that no kept equation depends on."""
    needed = set(keep)
    pending = list(keep)
    while pending:
        for variable in equations[pending.pop()].variables:
            if variable in equations and variable not in needed:
                needed.add(variable)
                pending.append(variable)
    return {v: f for v, f in equations.items() if v in needed and not f.is_zero}
