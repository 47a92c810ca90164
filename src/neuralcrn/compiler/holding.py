"""Pass: the signed phases of a pot, in which nothing is run, read or washed by hand.

A value that one phase hands to the next is *tracked and held*: while the forward gate is open, a species
follows its target, ``dv/dt = h (target - v)``, and when the gate is shut it stays as it is. So
``h T`` must be large, and what is handed on lags by the last 1 / h of the forward phase.

::

  forward   dz/dt = f,  de/dt = h (W z + b - y - e),  da/dt = h (W^T e - a),  dr/dt = h (e z^T - r)
  feedback  dz/ds = -f,  da/ds = (df/dz)^T a,  dg/ds = (df/dtheta)^T a,  dg_w/ds = r / T_b,  dg_b/ds = e / T_b
  update    g -> theta, or nothing: a direct circuit has -eta theta in place of g in the feedback phase
  clear     what was dosed, and the states, are used up
"""

from __future__ import annotations

from neuralcrn.algebra import Polynomial, Variable
from neuralcrn.compiler.adjoint import SignedPhase, direct, signed_phases
from neuralcrn.compiler.circuit import Circuit, gradient_of

FORWARD, FEEDBACK, UPDATE, CLEAR = "forward", "feedback", "update", "clear"
"""Names of the phases of a pot, in their order."""


def target_of(error: Variable) -> Variable:
    """Return the variable that is dosed with the target of an output."""
    return Variable("y", error.index)


def held_of(weight: Variable) -> Variable:
    """Return the variable that holds the gradient of a readout weight while the states run back."""
    return Variable(f"r_{weight.name}", weight.index)


def pot_phases(circuit: Circuit) -> tuple[SignedPhase, SignedPhase]:
    """Return the forward and the feedback phase of a pot.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> for phase in pot_phases(make_circuit("linear", inputs=1, supply=0.0)):
    ...     print(phase)
    forward (duration 0.5)
      dz[0]/dt = theta[0]*x[0]
      de[0]/dt = -200*e[0] - 200*y[0] + 200*z[0]
    feedback (duration 0.5)
      dg_theta[0]/dt = e[0]*x[0]
    """
    staged = {phase.name: phase.equations for phase in signed_phases(circuit)}
    back = staged.get("backpropagate", {})
    feedback = dict(staged.get("feedback", {}))  # a readout may be all that learns
    targets = {e: f - Polynomial.of(target_of(e)) for e, f in staged.get("readout", {}).items()}
    targets |= {v: f for v, f in back.items() if v.name == "a"}
    own = {gradient_of(p): p for p in (*circuit.weights, *circuit.biases)}
    for gradient, parameter in own.items():
        value = back[gradient]
        if any(state in feedback for state in value.variables):
            held = held_of(parameter)
            targets[held], value = value, Polynomial.of(held)
        feedback[gradient] = value * (1.0 / circuit.feedback_duration)
    rate = circuit.hold / circuit.horizon
    tracked = {v: (f - Polynomial.of(v)) * rate for v, f in targets.items()}
    return (
        SignedPhase(FORWARD, circuit.horizon, {**staged["feedforward"], **tracked}),
        SignedPhase(FEEDBACK, circuit.feedback_duration, direct(circuit, feedback)),
    )
