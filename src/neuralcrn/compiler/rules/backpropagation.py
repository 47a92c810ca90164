"""Backpropagation through systems whose states are computed one after the other, as in layers of rectifiers.

::

    feedforward    u <- f(x, h; theta), constant right-hand sides, layer by layer
    rectify        the two rails of u annihilate: the positive rail is max(0, u)
    readout        e <- W h + b, from e = -y            e becomes the error
    error          the two rails of e annihilate
    backpropagate  a <- W^T e, the adjoint of h
    switch         A + U_p -> D + U_p                   d is the adjoint of u: a where u > 0
    gradients      g <- (df/dtheta)^T d,  g_w <- e h^T,  g_b <- e
    update         theta is updated by g

No state runs backwards, and every phase but annihilation and switch is a quadrature. Deeper systems repeat
the first two and the fifth and sixth stage. Multilayer perceptrons as reactions: Lakin (Artificial Life 29,
308, 2023), Blount et al. (Artificial Life 23, 295, 2017), arXiv 2311.18313.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from neuralcrn.algebra import Factor, Monomial, Polynomial, Variable, weighted_gradient
from neuralcrn.compiler.circuit import Circuit, adjoint_of, gradient_of
from neuralcrn.compiler.protocol import Read
from neuralcrn.compiler.rails import read_nonlinearly
from neuralcrn.compiler.rules.base import LearningRule
from neuralcrn.compiler.schedule import Schedule, outputs_of, sample_feeds, target_feeds
from neuralcrn.compiler.solution import Solution, Vector
from neuralcrn.compiler.stages import Compare, Evaluate, Passage, Rectify, Stage, Switch, Update
from neuralcrn.errors import CompileError

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle


@final
class Backpropagation(LearningRule):
    """The gradient of the loss, for systems without feedback between states."""

    name = "backpropagation"
    summary = "layer by layer; derivatives of rectifiers are switches: the gradient of the loss"
    reference = "forward sensitivities"

    def schedule(self, circuit: Circuit) -> Schedule:
        """Return the stages listed above, those of the layers numbered from the second one on."""
        layered = _Layered.of(circuit)
        forward = tuple(layered.forward())
        readout = Evaluate("readout", layered.outputs)
        error = (Compare("error", circuit.errors), Read(circuit.errors))
        return Schedule(
            training=(
                *sample_feeds(circuit),
                *forward,
                *target_feeds(circuit.errors),
                readout,
                *error,
                *layered.backward(),
                Update("update", circuit.trained_parameters),
            ),
            prediction=(*sample_feeds(circuit), *forward, readout, Read(circuit.errors)),
            kept=(*circuit.trained_parameters, *circuit.fixed_parameters),
        )

    def exact(self, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Solution:
        """Return exact states, outputs, adjoint and gradient, by forward sensitivities of every state."""
        circuit = oracle.circuit
        layered = _Layered.of(circuit)
        count, states = len(parameters), circuit.system.states
        units = np.eye(count + len(states))
        known = oracle.known(parameters, features).tolist()
        values = dict(zip((*circuit.system.inputs, *circuit.system.parameters), known, strict=True))
        values |= dict(zip(circuit.trained_parameters, parameters.tolist(), strict=True))
        tangents = dict(zip((*circuit.trained_parameters, *states), units, strict=True))
        for state in layered.ordered:
            f = layered.equations[state]
            tangents[state] = tangents[state] + _tangent(f, values, tangents)
            values[state] = float(f.evaluate(values))
        outputs = np.array([float(f.evaluate(values)) for f in layered.outputs.values()])
        slopes = np.array([_tangent(f, values, tangents) for f in layered.outputs.values()])
        error = outputs - targets
        total = error @ slopes
        reached = np.array([values[z] for z in states])
        return Solution(reached, outputs, error, total[count:], total[:count])

    def caveat(self, circuit: Circuit) -> str:
        """Return nothing: the rule computes the gradient of the loss."""
        return ""


def activation_adjoint_of(state: Variable) -> Variable:
    """Return the adjoint variable of the activation of a state, which a switch converts to that of the
    state.
    """
    return Variable("ah" + adjoint_of(state).name[1:], state.index)


@final
@dataclass(frozen=True, slots=True)
class _Layered:
    """The states of a circuit in layers."""

    circuit: Circuit
    layers: tuple[tuple[Variable, ...], ...]
    """States that read only states of layers before them."""
    outputs: Mapping[Variable, Polynomial]
    """Outputs as functions of the states, by error."""
    rectified: frozenset[Variable]
    """States of which |u| is read."""

    @classmethod
    def of(cls, circuit: Circuit) -> _Layered:
        """Order the states.

        Raises
        ------
        CompileError
            If a state depends on itself, or the circuit has options of neural ODEs.
        """
        _check_options(circuit)
        outputs = outputs_of(circuit)
        polynomials = [*(f for _, f in circuit.system.equations), *outputs.values()]
        alone = (
            factor.variable
            for polynomial in polynomials
            for monomial, _ in polynomial.terms
            for factor in monomial.factors
            if factor.absolute and factor.power == 0
        )
        states = set(circuit.system.states)
        return cls(circuit, _layers(circuit), outputs, frozenset(alone) & states)

    @property
    def equations(self) -> dict[Variable, Polynomial]:
        """Values of the states."""
        return dict(self.circuit.system.equations)

    @property
    def ordered(self) -> tuple[Variable, ...]:
        """All states, each after those that it reads."""
        return tuple(state for layer in self.layers for state in layer)

    def _learned(self) -> set[Variable]:
        """Return the states that depend on trained parameters, whose adjoints are needed."""
        learned, parameters = set[Variable](), set(self.circuit.inner_parameters)
        for z in self.ordered:
            if not (parameters | learned).isdisjoint(self.equations[z].variables):
                learned.add(z)
        return learned

    def forward(self) -> Iterable[Stage]:
        """Yield the stages that evaluate and rectify every layer."""
        equations = self.equations
        read = read_nonlinearly([*equations.values(), *self.outputs.values()])
        for number, layer in enumerate(self.layers, 1):
            yield Evaluate(_numbered("feedforward", number), {z: equations[z] for z in layer})
            if parted := tuple(z for z in layer if z in read):
                yield Rectify(_numbered("rectify", number), parted)

    def backward(self) -> Iterable[Stage]:
        """Yield the stages that compute the adjoint of every layer, and those of the gradients."""
        weighted = [*self.outputs.items()]
        equations, learned = self.equations, self._learned()
        for number, layer in reversed(list(enumerate(self.layers, 1))):
            layer = tuple(z for z in layer if z in learned)
            if not layer:
                continue
            rectified = [z for z in layer if z in self.rectified]
            smooth = weighted_gradient(weighted, [z for z in layer if z not in self.rectified])
            slopes = _slopes(weighted, rectified)
            values = {adjoint_of(z): value for z, value in smooth.items()}
            values |= {activation_adjoint_of(z): slope for z, (slope, _) in slopes.items()}
            yield Evaluate(_numbered("backpropagate", number), values)
            if slopes:
                passages = {
                    adjoint_of(z): Passage(activation_adjoint_of(z), z, negative)
                    for z, (_, negative) in slopes.items()
                }
                yield Switch(_numbered("switch", number), passages)
            weighted += [(adjoint_of(z), equations[z]) for z in layer]
        products = weighted_gradient(weighted, self.circuit.trained_parameters)
        yield Evaluate("gradients", {gradient_of(p): value for p, value in products.items()})


def _check_options(circuit: Circuit) -> None:
    """Reject options of neural ODEs, which have no effect on layers."""
    refused = {
        "the output accumulates in the error": circuit.readout.accumulated,
        "its states start at the inputs": circuit.starts_at_input,
        f"its horizon is {circuit.horizon:g} instead of 1": circuit.horizon != 1.0,
        "it has a feedback horizon": circuit.feedback_horizon is not None,
    }
    for reason, found in refused.items():
        if found:
            raise CompileError(
                f"circuit {circuit.name}: rule backpropagation is for states that are computed one after the "
                f"other, but {reason}: choose another rule, or change the circuit"
            )


def _layers(circuit: Circuit) -> tuple[tuple[Variable, ...], ...]:
    """Return states in the order in which they can be computed."""
    states = set(circuit.system.states)
    waiting = {z: states.intersection(f.variables) for z, f in circuit.system.equations}
    layers: list[tuple[Variable, ...]] = []
    while waiting:
        ready = tuple(z for z, needed in waiting.items() if needed.isdisjoint(waiting))
        if not ready:
            raise CompileError(
                f"circuit {circuit.name}: rule backpropagation computes one state after the other, but "
                f"{next(iter(waiting))} depends on itself: choose rule exact"
            )
        layers.append(ready)
        for z in ready:
            del waiting[z]
    return tuple(layers)


def _slopes(
    weighted: Sequence[tuple[Variable, Polynomial]], states: Sequence[Variable]
) -> dict[Variable, tuple[Polynomial, float]]:
    """Return the adjoint of every rectified state where it is positive, and the fraction of it that remains
    where it is negative.
    """
    signed: dict[Variable, list[tuple[Monomial, float]]] = {z: [] for z in states}
    absolute: dict[Variable, list[tuple[Monomial, float]]] = {z: [] for z in states}
    for weight, polynomial in weighted:
        for monomial, coefficient in polynomial.terms:
            found = [factor for factor in monomial.factors if factor.variable in signed]
            if not found:
                continue
            if len(found) > 1 or found[0].degree > 1:
                raise CompileError(
                    f"{monomial}: rule backpropagation needs rectified states without powers, and one in a "
                    "product: introduce a state for the product"
                )
            rest = Monomial((Factor(weight), *(f for f in monomial.factors if f is not found[0])))
            part = absolute if found[0].absolute else signed
            part[found[0].variable].append((rest, coefficient))
    slopes: dict[Variable, tuple[Polynomial, float]] = {}
    for z in states:
        s, a = Polynomial(signed[z]), Polynomial(absolute[z])
        positive, negative = s + a, s - a
        fraction = _ratio(negative, positive)
        if fraction is None:
            raise CompileError(
                f"rule backpropagation needs one ratio between the slopes of the activation of {z} for "
                "negative and for positive values, in [0, 1]"
            )
        slopes[z] = positive, fraction
    return slopes


def _ratio(part: Polynomial, whole: Polynomial) -> float | None:
    """Return the constant in [0, 1] by which one polynomial is a multiple of another one."""
    if not whole.terms:
        return None
    first, coefficient = whole.terms[0]
    ratio = part.coefficient(first) / coefficient
    rest = part - whole * ratio
    rounding = 1e-12 * max(abs(c) for _, c in whole.terms)
    small = all(abs(c) <= rounding for _, c in rest.terms)
    return ratio if small and 0.0 <= ratio <= 1.0 else None


def _tangent(
    polynomial: Polynomial, values: Mapping[Variable, float], tangents: Mapping[Variable, Vector]
) -> Vector:
    """Return the derivative of a polynomial at a point along the tangents of its variables."""
    total = np.zeros(len(next(iter(tangents.values()))))
    for monomial, coefficient in polynomial.terms:
        for factor in monomial.factors:
            if factor.variable in tangents:
                others = (f for f in monomial.factors if f is not factor)
                rest = Polynomial(((Monomial(tuple(others)), coefficient),)).evaluate(values)
                total += rest * _slope(factor, values[factor.variable]) * tangents[factor.variable]
    return total


def _slope(factor: Factor, value: float) -> float:
    """Return the derivative of v**power, times |v| if absolute, with respect to v."""
    odd = np.sign(value) ** ((factor.sign_exponent + 1) % 2)
    return float(factor.degree * odd * abs(value) ** (factor.degree - 1))


def _numbered(name: str, layer: int) -> str:
    return f"{name}-{layer}" if layer > 1 else name
