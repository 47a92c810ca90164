r"""Readouts of states that persist from sample to sample, learned by least squares.

::

    states         dz/dt = f(z, x) for T, from where the sample before has left them
    features       n <- gain (z - centre), and 1 for the bias           fixed rate constants
    readout        e <- W n, from e = -y                                e becomes the error
    error          the two rails of e annihilate

Least mean squares:

    gradients      g_w <- e n
    update         W is updated by g_w

Recursive least squares, with P = (sum of n n^T + 1/p)^-1 over the samples so far:

    direction      d <- P n
    length         c <- d,  s <- n^T d
    learn          ds = -s^2,  dd = -s d,  dc = -s c,  de = -s e,  dP = -d c^T,  dg_w = e d    for 1
    update         W is updated by g_w
    settle         the rails of P annihilate

As :math:`d(t) = d(0)/(1 + s(0) t)`, and e likewise, P changes by :math:`-d d^T/(1 + s)` and W by
:math:`-\eta\, e d^T/(1 + s)`: these are the equations of recursive least squares (Plackett 1950), exactly, in
bimolecular reactions. The copy c of d avoids squares, for which the two rails of d would have to annihilate
completely. These reactions are ours; so is the use of least squares for switches (arXiv 2508.15451 has a
linear readout that is fitted outside of the chemistry).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, final

import numpy as np

from neuralcrn.algebra import Polynomial, Variable, elements_of, sum_of
from neuralcrn.chemistry import Network
from neuralcrn.compiler.circuit import Circuit, gradient_of
from neuralcrn.compiler.protocol import Read
from neuralcrn.compiler.rails import Rails, joined, reactions_of
from neuralcrn.compiler.rules.base import LearningRule
from neuralcrn.compiler.schedule import Schedule, sample_feeds, target_feeds
from neuralcrn.compiler.solution import Solution, Vector
from neuralcrn.compiler.stages import Compare, Evaluate, Integrate, React, Rectify, Stage, Update
from neuralcrn.errors import CompileError

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle

_SCALE = Variable("s")
_COVARIANCE = "p"


class LeastSquares(LearningRule):
    """Base class of rules that learn the readout of states that persist."""

    @abstractmethod
    def learning(self, circuit: Circuit) -> tuple[Stage, ...]:
        """Return the stages between the measurement of the errors and the update."""

    @abstractmethod
    def correction(self, circuit: Circuit, features: Vector) -> Vector:
        """Return the vector whose product with the errors is the gradient, shape (features,)."""

    def initial(self, circuit: Circuit) -> Mapping[Variable, float]:
        """Return the variables of the rule that are kept, with their values in a new pot."""
        return {}

    @final
    def schedule(self, circuit: Circuit) -> Schedule:
        """Return the stages listed above."""
        _check(circuit)
        initial = self.initial(circuit)
        forward = (*sample_feeds(circuit), _states(circuit), *_features(circuit))
        readout = Evaluate("readout", _outputs(circuit))
        return Schedule(
            training=(
                *forward,
                *target_feeds(circuit.errors),
                readout,
                Compare("error", circuit.errors),
                Read(circuit.errors),
                *self.learning(circuit),
                Update("update", circuit.trained_parameters),
                *((Rectify("settle-covariance", tuple(initial)),) if initial else ()),
            ),
            prediction=(*forward, readout, Read(circuit.errors)),
            kept=(*circuit.trained_parameters, *circuit.fixed_parameters, *circuit.system.states, *initial),
            initial={**_resting(circuit), **initial},
        )

    @final
    def exact(self, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Solution:
        """Return the exact result for the first sample in a new pot."""
        circuit = oracle.circuit
        start = np.array(list(_resting(circuit).values()))
        known = oracle.known(parameters, features)
        states = oracle.integrate(
            lambda _, z: oracle.flow(np.concatenate([z, known])), start, circuit.horizon
        )
        read = dict(zip(circuit.system.states, states.tolist(), strict=True))
        values = np.array([f.evaluate(read) for f in _normalised(circuit)])
        weights = _weights(circuit, parameters)
        outputs = weights @ values
        error = outputs - targets
        products = np.outer(error, self.correction(circuit, values))
        count = len(circuit.read)
        gradient = np.concatenate([products[:, :count].ravel(), products[:, count:].ravel()])
        return Solution(states, outputs, error, weights[:, :count].T @ error, gradient)

    def caveat(self, circuit: Circuit) -> str:
        """Return nothing: the reference is the definition of the rule."""
        return ""


@final
class LeastMeanSquares(LeastSquares):
    """The gradient of the loss with respect to the readout."""

    name = "least-mean-squares"
    summary = "the readout of states that persist follows the gradient of the loss; states are not changed"
    reference = "error times features"

    def learning(self, circuit: Circuit) -> tuple[Stage, ...]:
        """Return one stage, in which products of errors and features become gradients."""
        features = [Polynomial.of(n) for n in _feature_variables(circuit)]
        return (Evaluate("gradients", _products(circuit, features)),)

    def correction(self, circuit: Circuit, features: Vector) -> Vector:
        """Return the features."""
        return features


@final
class RecursiveLeastSquares(LeastSquares):
    """The readout with the smallest squared error of all samples so far, if the learning rate is 1."""

    name = "recursive-least-squares"
    summary = "the readout of states that persist is the least-squares fit of all samples so far"
    reference = "Plackett's equations"
    constants = MappingProxyType({"covariance": 1000.0})
    """Initial covariance of the weights: the ridge parameter is its inverse."""

    def initial(self, circuit: Circuit) -> Mapping[Variable, float]:
        """Return P, of which the upper half is represented."""
        diagonal = self.constant(circuit, "covariance")
        count = len(_feature_variables(circuit))
        return {_covariance(i, j): diagonal if i == j else 0.0 for i in range(count) for j in range(i, count)}

    def learning(self, circuit: Circuit) -> tuple[Stage, ...]:
        """Return the stages that compute d, c and s, and the one that learns."""
        if circuit.loss != "squared" or circuit.optimiser != "plain" or circuit.batch > 1 or circuit.momentum:
            raise CompileError(
                f"circuit {circuit.name}: rule {self.name} needs loss = squared, optimiser = plain, batch = "
                "1 and momentum = 0: choose these, or rule least-mean-squares"
            )
        features = _feature_variables(circuit)
        direction, copy = (elements_of(name, len(features)) for name in ("d", "c"))
        n, d, c = ([Polynomial.of(v) for v in array] for array in (features, direction, copy))
        scale = Polynomial.of(_SCALE)
        positive = (scale + abs(scale)) * 0.5
        covariance = {(i, j): Polynomial.of(_covariance(i, j)) for i in range(len(n)) for j in range(len(n))}
        learned = {v: -positive * Polynomial.of(v) for v in (_SCALE, *direction, *copy, *circuit.errors)}
        learned |= {_covariance(i, j): -d[i] * c[j] for i in range(len(n)) for j in range(i, len(n))}
        learned |= _products(circuit, d)
        return (
            Evaluate(
                "direction",
                {v: sum_of(covariance[i, j] * n[j] for j in range(len(n))) for i, v in enumerate(direction)},
            ),
            Rectify("part-direction", direction),
            Evaluate(
                "length",
                {**dict(zip(copy, d, strict=True)), _SCALE: sum_of(a * b for a, b in zip(n, d, strict=True))},
            ),
            Rectify("part-length", (_SCALE,)),
            Integrate("learn", 1.0, learned),
        )

    def correction(self, circuit: Circuit, features: Vector) -> Vector:
        """Return P n / (1 + n^T P n) for the initial P."""
        direction = self.constant(circuit, "covariance") * features
        return direction / (1.0 + features @ direction)


def _check(circuit: Circuit) -> None:
    """Reject circuits with other trained parameters than a readout, or whose states cannot persist."""
    own = {"n", "d", "c", _SCALE.name, _COVARIANCE}
    system, readout = circuit.system, circuit.readout
    activations = (circuit.state_activation, readout.activation, readout.output_activation)
    refused = {
        "its readout is not trained": not circuit.weights,
        "its states or outputs have an activation": any(name != "identity" for name in activations),
        "it has other trained parameters": bool(circuit.inner_parameters),
        "its states start at the inputs of every sample": circuit.starts_at_input,
        f"{', '.join(sorted(own))} are names of the rule": not own.isdisjoint(
            v.name for v in (*system.states, *system.inputs, *system.parameters)
        ),
    }
    for reason, found in refused.items():
        if found:
            raise CompileError(
                f"circuit {circuit.name}: rule {circuit.rule} learns only a readout of states that persist, "
                f"but {reason}: choose another rule, or circuit switches"
            )


def _states(circuit: Circuit) -> Stage:
    """Return the stage in which the states change; with one rail for each, equal rates are one reaction."""
    equations = dict(circuit.system.equations)
    if circuit.non_negative.issuperset(z.name for z in equations):
        network = Network.of(joined(reactions_of(equations, Rails(circuit.non_negative))))
        return React("states", circuit.horizon, network)
    return Integrate("states", circuit.horizon, equations)


def _resting(circuit: Circuit) -> dict[Variable, float]:
    """Return the values of the states in a new pot."""
    return {z: circuit.resting.get(z, 0.0) for z in circuit.system.states}


def _feature_variables(circuit: Circuit) -> tuple[Variable, ...]:
    return elements_of("n", len(circuit.read) + bool(circuit.biases))


def _normalised(circuit: Circuit) -> list[Polynomial]:
    """Return the features as functions of the states."""
    scales = circuit.readout.scales or [(0.0, 1.0)] * len(circuit.read)
    features = [
        (Polynomial.of(z) - Polynomial.constant(centre)) * gain
        for z, (centre, gain) in zip(circuit.read, scales, strict=True)
    ]
    return [*features, Polynomial.constant(1.0)] if circuit.biases else features


def _features(circuit: Circuit) -> tuple[Stage, ...]:
    variables = _feature_variables(circuit)
    values = dict(zip(variables, _normalised(circuit), strict=True))
    return Evaluate("features", values), Rectify("part-features", variables[: len(circuit.read)])


def _outputs(circuit: Circuit) -> dict[Variable, Polynomial]:
    """Return W n by error."""
    features = [Polynomial.of(n) for n in _feature_variables(circuit)]
    return {
        error: sum_of(Polynomial.of(p) * n for p, n in zip(row, features, strict=True))
        for error, row in zip(circuit.errors, _rows(circuit), strict=True)
    }


def _products(circuit: Circuit, factors: Sequence[Polynomial]) -> dict[Variable, Polynomial]:
    """Return the gradients: products of errors and factors."""
    return {
        gradient_of(p): Polynomial.of(error) * factor
        for error, row in zip(circuit.errors, _rows(circuit), strict=True)
        for p, factor in zip(row, factors, strict=True)
    }


def _rows(circuit: Circuit) -> list[tuple[Variable, ...]]:
    """Return weights and bias of every output."""
    count = len(circuit.read)
    rows = [circuit.weights[i * count : (i + 1) * count] for i in range(circuit.outputs)]
    return [(*row, *circuit.biases[i : i + 1]) for i, row in enumerate(rows)]


def _weights(circuit: Circuit, parameters: Vector) -> Vector:
    """Return the values of weights and biases, shape (outputs, features)."""
    values = dict(zip(circuit.trained_parameters, parameters.tolist(), strict=True))
    return np.array([[values[p] for p in row] for row in _rows(circuit)])


def _covariance(i: int, j: int) -> Variable:
    """Return an element of P, which is symmetric."""
    return Variable(_COVARIANCE, (min(i, j), max(i, j)))
