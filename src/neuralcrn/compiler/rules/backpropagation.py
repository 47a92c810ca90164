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
the first two and the fifth and sixth stage (`compiler.layered`). Multilayer perceptrons as reactions: Lakin
(Artificial Life 29, 308, 2023), whose leaky rectifiers are the activation ``leaky-relu``: the switch is then
also ``A + U_n -> D + U_n`` with the rate constant 0.1 k. Earlier: Blount et al. (Artificial Life 23, 295,
2017). Networks of smooth activations are learned by `rules.modules`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, final

from neuralcrn.algebra import Factor, Monomial, Polynomial, Variable, weighted_gradient
from neuralcrn.compiler.circuit import Circuit, adjoint_of, gradient_of
from neuralcrn.compiler.layered import Layered, numbered
from neuralcrn.compiler.protocol import Read
from neuralcrn.compiler.rules.base import LearningRule
from neuralcrn.compiler.schedule import Schedule, target_feeds
from neuralcrn.compiler.smooth import SMOOTH
from neuralcrn.compiler.solution import Solution, Vector
from neuralcrn.compiler.stages import Compare, Evaluate, Passage, Stage, Switch, Update
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
        _check_activations(circuit)
        layered = Layered.of(circuit)
        forward, readout = tuple(layered.forward()), tuple(layered.readout())
        error = (Compare("error", circuit.errors), Read(circuit.errors))
        return Schedule(
            training=(
                *layered.feeds(),
                *forward,
                *target_feeds(circuit.errors),
                *readout,
                *error,
                *_backward(layered),
                Update("update", circuit.trained_parameters),
            ),
            prediction=(*layered.feeds(), *forward, *readout, Read(circuit.errors)),
            kept=(*circuit.trained_parameters, *circuit.fixed_parameters),
        )

    def exact(self, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Solution:
        """Return exact states, outputs, adjoint and gradient, by forward sensitivities of every state."""
        return Layered.of(oracle.circuit).solve(oracle, parameters, features, targets)

    def caveat(self, circuit: Circuit) -> str:
        """Return nothing: the rule computes the gradient of the loss."""
        return ""


def activation_adjoint_of(state: Variable) -> Variable:
    """Return the adjoint variable of the activation of a state, from which that of the state follows."""
    return Variable("ah" + adjoint_of(state).name[1:], state.index)


def learned_states(layered: Layered) -> set[Variable]:
    """Return the states that depend on trained parameters, whose adjoints are needed."""
    equations = layered.equations
    parameters = frozenset(layered.circuit.inner_parameters)
    dependent = set(parameters)
    for z in layered.ordered:
        if not dependent.isdisjoint(equations[z].variables):
            dependent.add(z)
    return dependent - parameters


def _check_activations(circuit: Circuit) -> None:
    if {circuit.state_activation, circuit.readout.output_activation}.intersection(SMOOTH):
        raise CompileError(
            f"circuit {circuit.name}: rule backpropagation is for rectifiers, whose derivatives are "
            "switches, not for smooth activations: choose rule modules"
        )


def _backward(layered: Layered) -> Iterator[Stage]:
    """Yield the stages that compute the adjoint of every layer, and those of the gradients."""
    weighted = [*layered.outputs.items()]
    equations, learned = layered.equations, learned_states(layered)
    absolute = _read_absolutely(layered)
    for number, layer in reversed(list(enumerate(layered.layers, 1))):
        layer = tuple(z for z in layer if z in learned)
        if not layer:
            continue
        smooth = weighted_gradient(weighted, [z for z in layer if z not in absolute])
        slopes = _slopes(weighted, [z for z in layer if z in absolute])
        values = {adjoint_of(z): value for z, value in smooth.items()}
        values |= {activation_adjoint_of(z): slope for z, (slope, _) in slopes.items()}
        yield Evaluate(numbered("backpropagate", number), values)
        if slopes:
            passages = {
                adjoint_of(z): Passage(activation_adjoint_of(z), z, negative)
                for z, (_, negative) in slopes.items()
            }
            yield Switch(numbered("switch", number), passages)
        weighted += [(adjoint_of(z), equations[z]) for z in layer]
    products = weighted_gradient(weighted, layered.circuit.trained_parameters)
    yield Evaluate("gradients", {gradient_of(p): value for p, value in products.items()})


def _read_absolutely(layered: Layered) -> frozenset[Variable]:
    """Return the states of which |u| is read."""
    polynomials = [*layered.equations.values(), *layered.outputs.values()]
    alone = (
        factor.variable
        for polynomial in polynomials
        for monomial, _ in polynomial.terms
        for factor in monomial.factors
        if factor.absolute and factor.power == 0
    )
    return frozenset(alone) & set(layered.circuit.system.states)


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
