"""Circuits whose states are computed one after the other, as in layers of a network: the stages of their
forward path, and their exact solution.

::

    feedforward    u <- f(x, h; theta), constant right-hand sides, layer by layer
    rectify        the two rails of u annihilate, where |u| is read
    ...            stages of a smooth activation, `compiler.smooth`
    readout        e <- W h + b, or the argument of an activated output
    output         e <- y, for an activated output y

The stages of layers are numbered from the second one on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from neuralcrn.algebra import Factor, Monomial, Polynomial, Variable, elements_of
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.names import OUTPUT, argument_of
from neuralcrn.compiler.protocol import Dose
from neuralcrn.compiler.rails import read_nonlinearly
from neuralcrn.compiler.schedule import outputs_of, sample_feeds
from neuralcrn.compiler.smooth import SMOOTH
from neuralcrn.compiler.solution import Solution, Vector
from neuralcrn.compiler.stages import Evaluate, Rectify, Stage
from neuralcrn.errors import CompileError

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle


@final
@dataclass(frozen=True, slots=True)
class Layered:
    """The states of a circuit in layers.

    Attributes
    ----------
    circuit : Circuit
        The circuit.
    layers : tuple of tuple of Variable
        States that read only states of layers before them.
    outputs : mapping of Variable to Polynomial
        Weighted sums of the states, by error.
    phase : float, time
        Duration of relaxations of smooth activations.
    """

    circuit: Circuit
    layers: tuple[tuple[Variable, ...], ...]
    outputs: Mapping[Variable, Polynomial]
    phase: float = math.inf

    @classmethod
    def of(cls, circuit: Circuit, phase: float = math.inf) -> Layered:
        """Order the states.

        Raises
        ------
        CompileError
            If a state depends on itself, or the circuit has options of neural ODEs.
        """
        _check_options(circuit)
        return cls(circuit, _layers(circuit), outputs_of(circuit), phase)

    @property
    def equations(self) -> dict[Variable, Polynomial]:
        """Values of the states, or of their arguments."""
        return dict(self.circuit.system.equations)

    @property
    def ordered(self) -> tuple[Variable, ...]:
        """All states, each after those that it reads."""
        return tuple(state for layer in self.layers for state in layer)

    @property
    def activated_outputs(self) -> Mapping[Variable, Variable]:
        """Outputs with a smooth activation, by error; empty if they are weighted sums."""
        if self.circuit.readout.output_activation == "identity":
            return {}
        errors = self.circuit.errors
        return dict(zip(errors, elements_of(OUTPUT, len(errors)), strict=True))

    def feeds(self) -> tuple[Dose, ...]:
        """Return the doses of the inputs, and those of smooth activations."""
        return (*sample_feeds(self.circuit), *self.catalysts())

    def catalysts(self) -> tuple[Dose, ...]:
        """Return what smooth activations need for one forward path."""
        circuit = self.circuit
        activated = (
            (circuit.state_activation, circuit.system.states),
            (circuit.readout.output_activation, tuple(self.activated_outputs.values())),
        )
        return tuple(
            dose for name, values in activated if name in SMOOTH for dose in SMOOTH[name].doses(values)
        )

    def forward(self) -> Iterator[Stage]:
        """Yield the stages that compute every layer."""
        equations, activation = self.equations, self.circuit.state_activation
        read = read_nonlinearly([*equations.values(), *self.outputs.values()])
        for number, layer in enumerate(self.layers, 1):
            name = _naming(number)
            values = {z: equations[z] for z in layer}
            if activation in SMOOTH:
                yield Evaluate(name("feedforward"), {argument_of(z): f for z, f in values.items()})
                yield from SMOOTH[activation].forward(layer, self.phase, name)
                continue
            yield Evaluate(name("feedforward"), values)
            if parted := tuple(z for z in layer if z in read):
                yield Rectify(name("rectify"), parted)

    def readout(self) -> Iterator[Stage]:
        """Yield the stages that add the outputs to the errors."""
        outputs = self.activated_outputs
        if not outputs:
            yield Evaluate("readout", self.outputs)
            return
        activation = SMOOTH[self.circuit.readout.output_activation]
        yield Evaluate("readout", {argument_of(outputs[e]): f for e, f in self.outputs.items()})
        yield from activation.forward(tuple(outputs.values()), self.phase, lambda stage: f"output-{stage}")
        yield Evaluate("output", {e: Polynomial.of(out) for e, out in outputs.items()})

    def solve(self, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Solution:
        """Return exact states, outputs, adjoint and gradient, by forward sensitivities of every state.

        Slopes of smooth activations are those that the reactions compute, and adjoints are those of their
        arguments.
        """
        circuit = self.circuit
        count, states = len(parameters), circuit.system.states
        units = np.eye(count + len(states))
        known = oracle.known(parameters, features).tolist()
        values = dict(zip((*circuit.system.inputs, *circuit.system.parameters), known, strict=True))
        values |= dict(zip(circuit.trained_parameters, parameters.tolist(), strict=True))
        tangents = dict(zip((*circuit.trained_parameters, *states), units, strict=True))
        activate = self._activation(circuit.state_activation)
        for state in self.ordered:
            f = self.equations[state]
            values[state], slope = activate(float(f.evaluate(values)))
            tangents[state] = slope * (tangents[state] + _tangent(f, values, tangents))
        activate = self._activation(circuit.readout.output_activation)
        solved = [activate(float(f.evaluate(values))) for f in self.outputs.values()]
        outputs = np.array([value for value, _ in solved])
        slopes = np.array(
            [
                slope * _tangent(f, values, tangents)
                for f, (_, slope) in zip(self.outputs.values(), solved, strict=True)
            ]
        )
        error = outputs - targets
        total = error @ slopes
        reached = np.array([values[z] for z in states])
        return Solution(reached, outputs, error, total[count:], total[:count])

    def _activation(self, name: str) -> Callable[[float], tuple[float, float]]:
        """Return the function from an argument to a value and its slope."""
        if name not in SMOOTH:
            return lambda argument: (argument, 1.0)
        return lambda argument: SMOOTH[name].exact(argument, self.phase)


def is_layered(circuit: Circuit) -> bool:
    """Return whether the states of a circuit can be computed one after the other."""
    try:
        Layered.of(circuit)
    except CompileError:
        return False
    return True


def numbered(name: str, layer: int) -> str:
    """Return the name of a stage of a layer, counted from 1."""
    return f"{name}-{layer}" if layer > 1 else name


def _naming(layer: int) -> Callable[[str], str]:
    return lambda name: numbered(name, layer)


def _check_options(circuit: Circuit) -> None:
    """Reject options of neural ODEs, which have no effect on layers."""
    refused = {
        "the output accumulates in the error": circuit.readout.accumulated,
        "its states start at the inputs": circuit.starts_at_input,
        f"its horizon is {circuit.horizon:g} instead of 1": circuit.horizon != 1.0,
        "its readout has centres and gains": bool(circuit.readout.scales),
        "it has a feedback horizon": circuit.feedback_horizon is not None,
    }
    for reason, found in refused.items():
        if found:
            raise CompileError(
                f"circuit {circuit.name}: rule {circuit.rule} is for states that are computed one after the "
                f"other, but {reason}: choose another rule, or change the circuit"
            )


def _layers(circuit: Circuit) -> tuple[tuple[Variable, ...], ...]:
    """Return states in the order in which they can be computed."""
    states = set(circuit.system.states)
    waiting = {z: states.intersection(f.variables) for z, f in circuit.system.equations}
    layers: list[tuple[Variable, ...]] = []
    while waiting:
        ready = tuple(z for z, needed in waiting.items() if waiting.keys().isdisjoint(needed))
        if not ready:
            raise CompileError(
                f"circuit {circuit.name}: rule {circuit.rule} computes one state after the other, but "
                f"{next(iter(waiting))} depends on itself: choose rule exact"
            )
        layers.append(ready)
        for z in ready:
            del waiting[z]
    return tuple(layers)


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
