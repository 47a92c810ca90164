"""Learning at a fixed point: states, error, adjoint and parameters change at once, without a clock.

::

    learn      dz/dt = f(z, x; theta)
               de/dt = r (W z + b - y - e)
               da/dt = (df/dz)^T a + W^T e
               dp/dt = -eps dg/dt,   dg_theta/dt = (df/dtheta)^T a,  dg_w/dt = e z^T,  dg_b/dt = e
    predict    dz/dt = f,   de/dt = r (W z + b - e)

The experimenter replaces inputs x and targets y and waits for the hold, which is the horizon of the circuit.
All other species remain in the pot. If the Jacobian J = df/dz is stable, states and adjoint approach f = 0
and ``a = -(J^-1)^T W^T e``, where parameters change against the gradient of the loss at the fixed point. The
learning rate eps is a rate constant: a sample changes the parameters by about eps, times the hold, times this
gradient. The error of this gradient is proportional to 1 / hold, because states and adjoint of the sample
before remain for a relaxation time, and to eps, because parameters move meanwhile.

One pot without a clock, with slow training reactions: Kang and Kim (arXiv 2410.11919), for layers of smooth
rectifiers. The formulation for any polynomial f is ours.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, final

import numpy as np

from neuralcrn.algebra import Polynomial, PolynomialMap, weighted_gradient
from neuralcrn.compiler.circuit import Circuit, adjoint_of, gradient_of, target_of
from neuralcrn.compiler.protocol import Dose, Read
from neuralcrn.compiler.rules.base import RELAXATIONS, LearningRule, Limit, check_duration
from neuralcrn.compiler.rules.ideal import solve_schedule
from neuralcrn.compiler.schedule import Schedule, outputs_of, sample_feeds
from neuralcrn.compiler.solution import Solution, Vector
from neuralcrn.compiler.stages import Equations, Integrate
from neuralcrn.errors import CompileError, SimulationError

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle

_FACTORS = (8.0, 16.0, 32.0, 64.0)
"""Factors of the hold at which the certificate measures the order of the limit."""


@final
class FixedPoint(LearningRule):
    """The gradient of the loss at a stable fixed point."""

    name = "fixed-point"
    summary = "all equations run at once, without a clock: the gradient of the loss at the fixed point"
    reference = "the integral of all equations together"
    constants = MappingProxyType({"response": 10.0})

    def schedule(self, circuit: Circuit) -> Schedule:
        """Return one stage in which everything runs, and its forward part for predictions.

        Raises
        ------
        CompileError
            If the circuit has options that this rule cannot use, does not relax, or is held too briefly.
        """
        _check_options(circuit)
        _check_hold(circuit)
        learning, predicting = self._equations(circuit)
        forward = (*circuit.system.states, *circuit.errors)
        relaxing = (*forward, *map(adjoint_of, circuit.system.states))
        remaining = (*relaxing, *circuit.trained_parameters)
        feeds = sample_feeds(circuit)
        targets = tuple(Dose(target_of(e), "target", o) for o, e in enumerate(circuit.errors))
        learn = Integrate("learn", circuit.horizon, learning, annihilated=remaining)
        predict = Integrate("predict", circuit.horizon, predicting, annihilated=forward)
        return Schedule(
            training=(*feeds, *targets, learn, Read(circuit.errors)),
            prediction=(*feeds, predict, Read(circuit.errors)),
            kept=(*remaining, *circuit.fixed_parameters),
            relaxing=relaxing,
        )

    def _equations(self, circuit: Circuit) -> tuple[Equations, Equations]:
        """Return the equations of learning, and their part that predicts."""
        outputs, response = outputs_of(circuit), self.constant(circuit, "response")
        output = {e: (value - Polynomial.of(e)) * response for e, value in outputs.items()}
        error = {e: f - Polynomial.of(target_of(e)) * response for e, f in output.items()}
        forward = dict(circuit.system.equations)
        weighted = [*outputs.items(), *((adjoint_of(z), f) for z, f in forward.items())]
        backward = weighted_gradient(weighted, circuit.system.states)
        products = weighted_gradient(weighted, circuit.trained_parameters)
        learning = {
            **forward,
            **error,
            **{adjoint_of(z): f for z, f in backward.items()},
            **{gradient_of(p): f for p, f in products.items()},
        }
        return learning, {**forward, **output}

    def exact(self, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Solution:
        """Return the result of the equations above, which start at 0; the gradient is its integral."""
        return solve_schedule(self.schedule(oracle.circuit), oracle, parameters, features, targets)

    def caveat(self, circuit: Circuit) -> str:
        """Return nothing: see `limits`."""
        return ""

    def limits(self, circuit: Circuit) -> tuple[Limit, ...]:
        """Return the limit of long holds and slow learning, in which the gradient at the fixed point, times
        the hold, is approached with order 1.
        """

        def slower(factor: float) -> Circuit:
            rate = circuit.learning_rate / factor**2
            return circuit.with_(horizon=factor * circuit.horizon, learning_rate=rate)

        circuits = {1.0 / (factor * circuit.horizon): slower(factor) for factor in _FACTORS}
        return (Limit("1 / hold", circuits, 1.0, gradient_at_rest),)

    def instability(self, oracle: Oracle, states: Vector, parameters: Vector, features: Vector) -> str:
        """Return the eigenvalue of the Jacobian with the largest real part, if it is not negative."""
        fastest = _leading_eigenvalue(oracle.by_state, states, oracle.known(parameters, features))
        if fastest.real < 0.0:
            return ""
        shown = f"{fastest:.3g}" if fastest.imag else f"{fastest.real:.3g}"
        return (
            f"the Jacobian has the eigenvalue {shown}, but rule {self.name} needs a stable fixed point: "
            "lower the learning rate or the initial parameters"
        )


def rest_of(flow: PolynomialMap, by_state: PolynomialMap, known: Vector) -> Vector:
    """Return the fixed point that the states approach from 0.

    Steps of the implicit Euler method become longer until they are Newton steps (pseudo-transient
    continuation).

    Parameters
    ----------
    flow, by_state : PolynomialMap
        f, and its derivatives with respect to the states.
    known : ndarray
        Values of the other variables.

    Raises
    ------
    SimulationError
        If there is no fixed point.
    """
    states, step = np.zeros(flow.count), 0.1
    for _ in range(200):
        slope = flow(np.concatenate([states, known]))
        change = np.linalg.solve(np.eye(flow.count) / step - _jacobian(by_state, states, known), slope)
        states = states + change
        if np.linalg.norm(change) <= 1e-13 * (1.0 + np.linalg.norm(states)):
            return states
        step = min(2.0 * step, 1e12)
    raise SimulationError("the states do not come to rest")


def gradient_at_rest(oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Vector:
    """Return the gradient of the loss at the fixed point, times the hold."""
    circuit = oracle.circuit
    known = oracle.known(parameters, features)
    states = rest_of(oracle.flow, oracle.by_state, known)
    weights, biases = oracle.readout(parameters)
    error = weights @ states + biases - targets
    parts = [gradient_through_rest(oracle, states, known, weights.T @ error)]
    if circuit.readout.trained:
        read = [z in circuit.read for z in circuit.system.states]
        parts.append(np.outer(error, states[read]).ravel())
    if circuit.readout.bias:
        parts.append(error)
    return circuit.horizon * np.concatenate(parts)


def gradient_through_rest(oracle: Oracle, states: Vector, known: Vector, slope: Vector) -> Vector:
    """Return the gradient of a function of the fixed point with respect to the parameters of f, for its
    derivatives with respect to the states.
    """
    adjoint = np.linalg.solve(-_jacobian(oracle.by_state, states, known).T, slope)
    return oracle.matrix(oracle.by_parameter, states, known).T @ adjoint


def _jacobian(by_state: PolynomialMap, states: Vector, known: Vector) -> Vector:
    return by_state(np.concatenate([states, known])).reshape(len(states), -1)


def _leading_eigenvalue(by_state: PolynomialMap, states: Vector, known: Vector) -> complex:
    """Return the eigenvalue of the Jacobian with the largest real part."""
    eigenvalues = np.linalg.eigvals(_jacobian(by_state, states, known))
    return complex(eigenvalues[np.argmax(eigenvalues.real)])


def _check_options(circuit: Circuit) -> None:
    """Reject options that have no effect while everything runs at once."""
    readout = circuit.readout
    refused = {
        "its states start at the inputs": circuit.starts_at_input,
        "the output accumulates in the error": readout.accumulated,
        f"its readout has the activation {readout.activation}": readout.activation != "identity",
        "its readout has centres and gains": bool(readout.scales),
        "it has a feedback horizon": circuit.feedback_horizon is not None,
        f"update is {circuit.update} instead of direct": circuit.update != "direct",
        "parameters decay in an update, which it does not have": circuit.decay != 0.0,
    }
    for reason, found in refused.items():
        if found:
            raise CompileError(
                f"circuit {circuit.name}: rule fixed-point lets everything run at once, but {reason}: choose "
                "another rule, or change the circuit"
            )


def _check_hold(circuit: Circuit) -> None:
    """Reject a hold that is shorter than the relaxation of the circuit whose trained parameters and inputs
    are all 0.
    """
    system = circuit.system
    variables = (*system.states, *system.inputs, *system.parameters)
    flow = PolynomialMap.of([f for _, f in system.equations], variables)
    by_state = flow.derivatives(range(flow.count))
    known = np.array([circuit.fixed.get(v.name, 0.0) for v in variables[flow.count :]])
    try:
        rate = -_leading_eigenvalue(by_state, rest_of(flow, by_state, known), known).real
    except SimulationError:
        rate = 0.0
    if rate <= 0.0:
        raise CompileError(
            f"circuit {circuit.name}: rule fixed-point needs states that relax by themselves, but with all "
            "parameters 0 they do not: choose circuit fixed-point-network, or another rule"
        )
    what = "with all parameters 0 the states relax"
    check_duration(circuit, "horizon", circuit.horizon, RELAXATIONS / rate, what)
