"""Forward-forward: a layer learns to be active for right labels and inactive for wrong ones.

::

    feedforward   z <- f(x, c; theta)            c is the label: 1 and -1 for the two classes
    rectify       the rails of z annihilate
    goodness      k <- sum of max(0, z)^2
    exponential   dr/dt = -k r, from r = e^threshold:  r = e^(threshold - k)
    judgment      d -> q,  r + q -> r + d, from d = 1:  q = sigmoid(k - threshold), d = 1 - q
    praise        a <- -2 d max(0, z)            after the right label
    blame         a <- +2 q max(0, z)            after the wrong one
    gradients     g <- (df/dtheta)^T a
    update        theta is updated by g

Training runs the stages up to the gradients with the right label, removes everything but inputs, gradients
and parameters, and runs them again with the wrong label. Prediction runs the first three with either label;
the output is the goodness of the high label minus that of the low one, scaled to the targets. There is no
backward path.

Hinton (arXiv 2212.13345). No chemistry has been published for it; the reactions are ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, final

import numpy as np

from neuralcrn.algebra import Polynomial, Variable, parameter_gradient
from neuralcrn.compiler.activation import ACTIVATIONS
from neuralcrn.compiler.circuit import Circuit, adjoint_of, gradient_of
from neuralcrn.compiler.protocol import Dose, Read, Withdraw
from neuralcrn.compiler.rules.base import RELAXATIONS, LearningRule, check_duration
from neuralcrn.compiler.schedule import Schedule, sample_feeds
from neuralcrn.compiler.solution import Solution, Vector
from neuralcrn.compiler.stages import Evaluate, Integrate, Rectify, Stage, Update
from neuralcrn.errors import CompileError

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle

LAYER = "z"
"""Name of the weighted sums."""
LABEL, GOODNESS, ODDS, POSITIVE, NEGATIVE = map(Variable, "ckrqd")
"""The label, and the states that judge a layer: goodness, the odds of a wrong label, and the judgments."""


@final
class ForwardForward(LearningRule):
    """The gradient of the cross entropy of the judgments of right and wrong labels."""

    name = "forward-forward"
    summary = "a right and a wrong label, and no backward path: the gradient of the loss of a layer"
    reference = "the closed form of the judgments"
    constants = MappingProxyType({"threshold": 2.0, "settling": 15.0})
    needs_classes = True

    def schedule(self, circuit: Circuit) -> Schedule:
        """Return the stages listed above.

        Raises
        ------
        CompileError
            If the circuit has no layer with a goodness, or options that this rule cannot use.
        """
        _check(circuit)
        middle, half = _coding(circuit)
        layer = tuple(z for z in circuit.system.states if z.name == LAYER)
        judged = (LABEL, *layer, GOODNESS, ODDS, POSITIVE, NEGATIVE, *map(adjoint_of, layer))
        (error,) = circuit.errors
        active = {z: ACTIVATIONS["relu"].of(z) for z in layer}
        praise = {adjoint_of(z): h * Polynomial.of(NEGATIVE) * -2.0 for z, h in active.items()}
        blame = {adjoint_of(z): h * Polynomial.of(POSITIVE) * 2.0 for z, h in active.items()}
        adjoint = {z: adjoint_of(z) for z in circuit.system.states}
        products = parameter_gradient(circuit.system, adjoint, circuit.trained_parameters)
        learn = Evaluate("gradients", {gradient_of(p): product for p, product in products.items()})
        goodness = Polynomial.of(GOODNESS) * half
        judge = self._judging(circuit)
        forward = judge[:3]
        start = sample_feeds(circuit)
        return Schedule(
            training=(
                *start,
                *self._feeds(circuit, 1.0),
                *judge,
                Evaluate("praise", {**praise, error: Polynomial.of(NEGATIVE)}),
                learn,
                Withdraw(judged),
                *self._feeds(circuit, -1.0),
                *judge,
                Evaluate("blame", {**blame, error: Polynomial.of(POSITIVE)}),
                learn,
                Read(circuit.errors),
                Update("update", circuit.trained_parameters),
            ),
            prediction=(
                *start,
                Dose(error, "constant", factor=middle),
                Dose(LABEL, "constant"),
                *forward,
                Evaluate("add", {error: goodness}),
                Withdraw(judged),
                Dose(LABEL, "constant", factor=-1.0),
                *forward,
                Evaluate("subtract", {error: -goodness}),
                Read(circuit.errors),
            ),
            kept=circuit.trained_parameters,
        )

    def _feeds(self, circuit: Circuit, sign: float) -> tuple[Dose, ...]:
        """Return the doses before a label is judged: the label with a sign, and what the judgment uses up."""
        middle, half = _coding(circuit)
        return (
            Dose(LABEL, "target", factor=sign / half),
            *([Dose(LABEL, "constant", factor=-sign * middle / half)] if middle else []),
            Dose(ODDS, "constant", factor=math.exp(self.constant(circuit, "threshold"))),
            Dose(NEGATIVE, "constant"),
        )

    def _judging(self, circuit: Circuit) -> tuple[Stage, ...]:
        """Return the stages from the weighted sums to the judgment."""
        equations = dict(circuit.system.equations)
        layer = {z: f for z, f in equations.items() if z.name == LAYER}
        judgment = {z: equations[z] for z in (POSITIVE, NEGATIVE)}
        settling = self.constant(circuit, "settling")
        check_duration(circuit, "settling", settling, RELAXATIONS, "judgments relax")  # with a rate of 1 + r
        return (
            Evaluate("feedforward", layer),
            Rectify("rectify", tuple(layer)),
            Evaluate("goodness", {GOODNESS: equations[GOODNESS]}),
            Integrate("exponential", 1.0, {ODDS: equations[ODDS]}),
            Integrate("judgment", settling, judgment, conserved=((POSITIVE, NEGATIVE),)),
        )

    def exact(self, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Solution:
        """Return goodness and gradient in closed form, with exact sigmoids."""
        circuit = oracle.circuit
        middle, half = _coding(circuit)
        right = (float(targets[0]) - middle) / half
        passes = {label: _Pass.of(oracle, parameters, features, label) for label in (1.0, -1.0)}
        threshold = self.constant(circuit, "threshold")

        def judged(label: float) -> float:
            return 1.0 / (1.0 + math.exp(threshold - passes[label].goodness))

        wrong = judged(-right)
        missed = 1.0 - judged(right)
        gradient = wrong * passes[-right].slope - missed * passes[right].slope
        output = middle + half * (passes[1.0].goodness - passes[-1.0].goodness)
        states = np.zeros(len(circuit.system.states))
        error = np.array([missed + wrong])
        return Solution(states, np.array([output]), error, np.zeros_like(states), gradient)

    def caveat(self, circuit: Circuit) -> str:
        """Return nothing: the gradient is that of the loss of the layer."""
        return ""


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Pass:
    """Exact values with one label.

    Attributes
    ----------
    goodness : float
        Sum of the squares of the positive weighted sums.
    slope : ndarray, shape (trained parameters,)
        Its derivatives.
    """

    goodness: float
    slope: Vector

    @classmethod
    def of(cls, oracle: Oracle, parameters: Vector, features: Vector, label: float) -> _Pass:
        """Evaluate the layer."""
        system = oracle.circuit.system
        known = oracle.known(parameters, features)
        known[system.inputs.index(LABEL)] = label
        states = np.zeros(len(system.states))
        rows = [i for i, z in enumerate(system.states) if z.name == LAYER]
        active = np.maximum(oracle.flow(np.concatenate([states, known]))[rows], 0.0)
        slopes = oracle.matrix(oracle.by_parameter, states, known)[rows]
        return cls(float(active @ active), 2.0 * active @ slopes)


def _coding(circuit: Circuit) -> tuple[float, float]:
    """Return the mean of the targets of both classes, and half of their difference."""
    low, high = circuit.target_low, circuit.target_high
    return 0.5 * (low + high), 0.5 * (high - low)


def _check(circuit: Circuit) -> None:
    """Reject circuits without a layer that is judged, and options that this rule cannot use."""
    names = {LAYER, *(z.name for z in (GOODNESS, ODDS, POSITIVE, NEGATIVE))}
    refused = {
        f"its states are not {', '.join(sorted(names))}": {z.name for z in circuit.system.states} != names,
        f"it has no input {LABEL} for the label": LABEL not in circuit.system.inputs,
        f"it has {circuit.outputs} outputs": circuit.outputs != 1,
        "its states start at the inputs": circuit.starts_at_input,
        "its readout is trained": circuit.readout.trained or circuit.readout.bias,
        "update is direct, which would change the weights before the wrong label": circuit.update == "direct",
    }
    for reason, found in refused.items():
        if found:
            raise CompileError(
                f"circuit {circuit.name}: rule forward-forward is for circuit goodness-layer, "
                f"but {reason}: choose another rule, or change the circuit"
            )
