r"""Backpropagation by modules at equilibrium, for networks of sigmoids.

::

    feedforward    n <- W x + b
    exponential    du = -n u, from u = 1                 u = exp(-n)
    sigmoid        dh = 1 - h - u h                      h = 1 / (1 + u), for the phase length L
    ...            the same for deeper layers, and for the outputs y
    output         e <- y, from e = -target              e becomes the error
    error          the two rails of e annihilate
    judgment       E + T -> 0                            only with a threshold, see below
    flag           E -> E + J
    slopes         s <- u h,  r <- s h                   r = h (1 - h), the derivative of the sigmoid
    backpropagate  d <- e r, for outputs;  p <- V^T d,  d <- p r, for units
    gradients      g <- d x^T, d h^T, d
    update         theta is updated by g, G + J -> P + J with a judgment
    clear-out      J -> 0,  G -> 0

Assignment, feedforward, judgment, learning and clear-out modules that reach their equilibria one after the
other, with bimolecular learning, for logic problems: Fan, Zhang, Gao, Dochain (arXiv 2311.18313, 2401.07077,
doi 10.1109/TAC.2025.3554428). The reactions listed here are ours, as are more outputs and layers, the
activation ``tanh`` (`compiler.smooth`), and exact quadratures in place of equilibria except in the sigmoid,
whose error decreases as exp(-L).

With a `threshold`, a copy of each error is titrated by that amount in every sample. What survives produces
the flag J, without which parameters are not updated, and J is cleared after the update. Batches in which all
errors are below the threshold leave the parameters as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, final

from neuralcrn.algebra import Polynomial, Variable, weighted_gradient
from neuralcrn.chemistry import Network, Reaction
from neuralcrn.compiler.circuit import Circuit, adjoint_of, gradient_of
from neuralcrn.compiler.layered import Layered, numbered
from neuralcrn.compiler.names import FLAG, TOLERATED, slope_of
from neuralcrn.compiler.protocol import Dose, Read
from neuralcrn.compiler.rails import Rails
from neuralcrn.compiler.rules.backpropagation import activation_adjoint_of, learned_states
from neuralcrn.compiler.rules.base import LearningRule, Limit, check_duration
from neuralcrn.compiler.schedule import Schedule, target_feeds
from neuralcrn.compiler.smooth import SMOOTH
from neuralcrn.compiler.solution import Solution, Vector
from neuralcrn.compiler.stages import Compare, Evaluate, React, Stage, Update
from neuralcrn.errors import CompileError

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle

PHASE = 10.0
"""Default phase length L; sigmoids have an error of exp(-10) or less."""
SHORTEST = 1.0
"""Relaxation time of the slowest sigmoid. The gradient is exact for any phase length, so one is enough."""
JUDGMENT_DURATION = 10.0
"""Duration of the titration of an error, in which errors are separated that differ by 1 / (10 k)."""
FLAGGING = 10.0
"""Rate constant of the production of the flag from what survives, 1 / time."""
_LADDER = (2.0, 4.0, 6.0, 8.0)
"""Phase lengths of the limit that the certificate checks."""


@final
class Modules(LearningRule):
    """Backpropagation through smooth activations, phase by phase."""

    name = "modules"
    summary = "sigmoids as modules at equilibrium, slopes as products: the gradient for long phases"
    reference = "forward sensitivities with sigmoids of the same phase length"
    constants: Mapping[str, float] = MappingProxyType({"phase": PHASE, "threshold": 0.0})

    def schedule(self, circuit: Circuit) -> Schedule:
        """Return the stages listed above, those of the layers numbered from the second one on."""
        layered = self._layered(circuit)
        forward, readout = tuple(layered.forward()), tuple(layered.readout())
        threshold = self.constant(circuit, "threshold")
        judgment = tuple(_judgment(circuit)) if threshold else ()
        tolerated = (Dose(Variable(TOLERATED, e.index), "constant", factor=threshold) for e in circuit.errors)
        flag = Variable(FLAG) if threshold else None
        return Schedule(
            training=(
                *layered.feeds(),
                *(tolerated if threshold else ()),
                *forward,
                *target_feeds(circuit.errors),
                *readout,
                Compare("error", circuit.errors),
                Read(circuit.errors),
                *judgment,
                *_backward(layered),
                Update("update", circuit.trained_parameters, flag),
            ),
            prediction=(*layered.feeds(), *forward, *readout, Read(circuit.errors)),
            kept=(*circuit.trained_parameters, *circuit.fixed_parameters, *((flag,) if flag else ())),
        )

    def exact(self, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Solution:
        """Return exact results for the phase length of the circuit."""
        return self._layered(oracle.circuit).solve(oracle, parameters, features, targets)

    def caveat(self, circuit: Circuit) -> str:
        """Return nothing: the reference has the same phase length."""
        return ""

    def limits(self, circuit: Circuit) -> tuple[Limit, ...]:
        """Return the limit of long phases, in which the gradient is that of the loss."""
        used = {circuit.state_activation, circuit.readout.output_activation}.intersection(SMOOTH)
        if not any(SMOOTH[name].is_relaxed for name in used):
            return ()
        circuits = {
            math.exp(-length): circuit.with_(rule_constants={**circuit.rule_constants, "phase": length})
            for length in _LADDER
        }
        return (Limit("exp(-phase)", circuits, 1.0, _at_equilibrium),)

    def _layered(self, circuit: Circuit) -> Layered:
        """Return the layers of a circuit.

        Raises
        ------
        CompileError
            If it has no smooth activation, or a judgment and an update that cannot wait for it.
        """
        if circuit.state_activation not in SMOOTH:
            raise CompileError(
                f"circuit {circuit.name}: rule modules is for smooth activations: choose a circuit such as "
                "sigmoid or tanh, or rule backpropagation"
            )
        waits = circuit.update != "direct" and circuit.optimiser == "plain" and not circuit.momentum
        if self.constant(circuit, "threshold") and not waits:
            raise CompileError(
                f"circuit {circuit.name}: a judgment (threshold) decides about an update of all gradients at "
                "once: choose update = transfer or accumulate, without momentum and chopper"
            )
        phase = self.constant(circuit, "phase")
        check_duration(circuit, "phase", phase, SHORTEST, "sigmoids relax")
        return Layered.of(circuit, phase)


def judged_of(error: Variable) -> Variable:
    """Return the copy of an error that is titrated."""
    return Variable("judged", error.index)


def _at_equilibrium(oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Vector:
    return Layered.of(oracle.circuit).solve(oracle, parameters, features, targets).gradient


def _judgment(circuit: Circuit) -> Iterator[Stage]:
    """Yield the stages that produce the flag from errors above the threshold."""
    rails, flag = Rails(circuit.non_negative), Variable(FLAG).species
    titration: list[Reaction] = []
    flagging: list[Reaction] = []
    for error in circuit.errors:
        tolerated = Variable(TOLERATED, error.index).species
        for judged, _ in rails.of(judged_of(error)):
            label = f"{error}: judgment"
            titration.append(
                Reaction.trusted({judged: 1, tolerated: 1}, {}, rate=circuit.annihilation, label=label)
            )
            flagging.append(Reaction.trusted({judged: 1}, {judged: 1, flag: 1}, rate=FLAGGING, label=label))
    yield Evaluate("copy", {judged_of(e): Polynomial.of(e) for e in circuit.errors})
    yield React("judgment", JUDGMENT_DURATION, Network.of(titration))
    yield React("flag", 1.0, Network.of(flagging))


def _backward(layered: Layered) -> Iterator[Stage]:
    """Yield the stages of slopes, adjoints and gradients."""
    circuit, outputs = layered.circuit, layered.activated_outputs
    learned = learned_states(layered)
    states = tuple(z for z in layered.ordered if z in learned)
    yield from _slopes(layered, states)
    adjoints = {e: adjoint_of(out) for e, out in outputs.items()}
    if outputs:
        values = {a: Polynomial.of(e) * Polynomial.of(slope_of(outputs[e])) for e, a in adjoints.items()}
        yield Evaluate("output-adjoint", values)
    equations = layered.equations
    weighted = [(adjoints.get(e, e), f) for e, f in layered.outputs.items()]
    for number, layer in reversed(list(enumerate(layered.layers, 1))):
        layer = tuple(z for z in layer if z in learned)
        if not layer:
            continue
        sums = weighted_gradient(weighted, layer)
        yield Evaluate(
            numbered("backpropagate", number), {activation_adjoint_of(z): f for z, f in sums.items()}
        )
        passed = {
            adjoint_of(z): Polynomial.of(activation_adjoint_of(z)) * Polynomial.of(slope_of(z)) for z in layer
        }
        yield Evaluate(numbered("adjoint", number), passed)
        weighted += [(adjoint_of(z), equations[z]) for z in layer]
    products = weighted_gradient(weighted, circuit.trained_parameters)
    yield Evaluate("gradients", {gradient_of(p): value for p, value in products.items()})


def _slopes(layered: Layered, states: tuple[Variable, ...]) -> Iterator[Stage]:
    """Yield the stages that compute the derivatives of all activations together."""
    circuit = layered.circuit
    steps: list[dict[Variable, Polynomial]] = []
    activated = {circuit.state_activation: states}
    outputs = tuple(layered.activated_outputs.values())
    activated[circuit.readout.output_activation] = (
        *activated.get(circuit.readout.output_activation, ()),
        *outputs,
    )
    for activation, values in activated.items():
        if activation not in SMOOTH:
            continue
        for step, equations in enumerate(SMOOTH[activation].slopes(values)):
            steps += [{}] * (step + 1 - len(steps))
            steps[step] = {**steps[step], **equations}
    for number, equations in enumerate(steps, 1):
        yield Evaluate(numbered("slopes", number), equations)
