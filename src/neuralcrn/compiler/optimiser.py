"""Optimisers: the reactions of the update, and their exact solution.

There are three kinds of updates:

``accumulate``
    A gradient is converted to the opposite of its parameter with one rate constant and degraded with another,
    so that a fraction of it is applied.
``transfer``
    A gradient is produced with the learning rate as a factor, and converted completely to the opposite of its
    parameter. The result does not depend on the rate constant of the conversion.
``direct``
    Gradients act on their parameters while they are produced.

Momentum is an update that ends early, and decay is slow degradation of the parameter. With the chopper
(`chopper`), gradients of every second sample are converted to the parameter itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from enum import Enum

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import Reaction
from neuralcrn.compiler.chopper import exchange_stage, exchanged_of
from neuralcrn.compiler.circuit import Circuit, gradient_of
from neuralcrn.compiler.hinge import hinge_stages, label_feeds, unsafe_of
from neuralcrn.compiler.protocol import Dose, Step
from neuralcrn.compiler.rails import Rails, annihilation
from neuralcrn.compiler.rules import RULES
from neuralcrn.compiler.schedule import Schedule, redirected
from neuralcrn.compiler.stages import Equations, Stage
from neuralcrn.errors import CompileError

UPDATE_DURATION = 10.0
"""Duration of the update; with k1 + k2 = 1, exp(-10) of a gradient is left and washed out."""
TRANSFER_RATE = 10.0
"""Rate constant of a complete transfer, of which exp(-100) is left after `UPDATE_DURATION`."""
COLLECT = "collect"
"""Name of the phase or turn in which gradients are added to those of other samples."""
PARAMETER_ANNIHILATION = 10.0
"""Rate constant of P_p + P_n -> 0. It can be small, since the reaction only has to finish by the end of the
update.
"""


class Orientation(Enum):
    """Rails between which a quantity is converted."""

    STRAIGHT = "straight"
    CROSSED = "crossed"

    @property
    def opposite(self) -> Orientation:
        """The other orientation."""
        return Orientation.CROSSED if self is Orientation.STRAIGHT else Orientation.STRAIGHT


def schedule_of(circuit: Circuit) -> Schedule:
    """Return the schedule of the circuit's learning rule, with its loss and its optimiser.

    Raises
    ------
    CompileError
        If the rule does not support the circuit or the optimiser, or a parameter that is updated by its
        gradient has one rail.
    InvalidValueError
        If the rule has no constant of a given name.
    """
    rule = RULES.find(circuit.rule)
    rule.check_constants(circuit)
    schedule = rule.schedule(circuit)
    _check_rails(circuit, schedule)
    feeds: tuple[Dose, ...] = ()
    stages: list[Stage] = []
    current = circuit.errors
    if circuit.loss == "squared-hinge":
        feeds, current = label_feeds(circuit), tuple(map(unsafe_of, circuit.errors))
        stages += hinge_stages(circuit)
    if circuit.optimiser == "chop":
        stages.append(exchange_stage(circuit.errors, current))
        current = tuple(map(exchanged_of, circuit.errors))
    if not stages:
        return schedule
    return redirected(schedule, feeds, stages, dict(zip(circuit.errors, current, strict=True)))


def _check_rails(circuit: Circuit, schedule: Schedule) -> None:
    non_negative = circuit.non_negative
    for parameter in schedule.updated:
        if parameter.name in non_negative:
            raise CompileError(
                f"circuit {circuit.name}: {parameter} is trained but declared non-negative: an update "
                "can have either sign, so it needs two rails"
            )


def cycle_of(
    circuit: Circuit, training: Callable[[Orientation, bool], tuple[Step, ...]]
) -> tuple[tuple[Step, ...], ...]:
    """Return the protocols of consecutive samples, or nothing if all are alike.

    Parameters
    ----------
    circuit : Circuit
        The circuit, with its optimiser and the size of its batches.
    training : callable (Orientation, bool) -> tuple of Step
        Protocol for an orientation, with or without an update of the parameters.
    """
    chopped, batch = circuit.optimiser == "chop", circuit.batch
    length = max(batch, 2 if chopped else 1)
    if length == 1:
        return ()
    orders = (Orientation.STRAIGHT, Orientation.CROSSED if chopped else Orientation.STRAIGHT)
    kinds = [(orders[i % 2], (i + 1) % batch == 0) for i in range(length)]
    protocols = {kind: training(*kind) for kind in dict.fromkeys(kinds)}
    return tuple(protocols[kind] for kind in kinds)


def collected_of(parameter: Variable) -> Variable:
    """Return the variable that collects gradients of several samples with the chopper."""
    return Variable(f"m_{parameter.name}", parameter.index)


def is_collected(circuit: Circuit) -> bool:
    """Return whether the gradient of every sample is added to a variable that outlasts it."""
    return circuit.optimiser == "chop" and outlasts(circuit)


def outlasts(circuit: Circuit) -> bool:
    """Return whether a gradient is used after its sample."""
    return bool(circuit.momentum) or circuit.batch > 1


def update_reactions(
    parameters: Sequence[Variable],
    circuit: Circuit,
    rails: Rails,
    orientation: Orientation = Orientation.STRAIGHT,
) -> tuple[Reaction, ...]:
    """Return the reactions that apply gradients to parameters, without annihilation.

    For ``accumulate`` they are ``G -> P`` of the opposite rail with k1 = eta and ``G -> 0`` with k2 = 1 -
    eta, so that the fraction eta = k1 / (k1 + k2) of each gradient is subtracted. For batches k1 is eta
    divided by their size. For ``transfer`` there is only the first one; if the orientation is crossed, the
    gradient is added.
    """
    decay = decay_reactions(parameters, update_duration(circuit), circuit, rails)
    if circuit.update == "direct":
        return decay
    if circuit.update == "transfer":
        source = collected_of if is_collected(circuit) else gradient_of
        moved = [
            reaction
            for parameter in parameters
            for reaction in conversion(
                source(parameter),
                parameter,
                rails,
                TRANSFER_RATE,
                orientation.opposite,
                f"{parameter}: update",
            )
        ]
        return (*moved, *decay)
    k1 = circuit.learning_rate / circuit.batch
    k2 = 1.0 - k1
    reactions: list[Reaction] = []
    for parameter in parameters:
        gradient = gradient_of(parameter)
        crossed = conversion(gradient, parameter, rails, k1, Orientation.CROSSED, f"{parameter}: update")
        for reaction in crossed:
            reactions.append(reaction)
            if k2 > 0.0:
                reactants = dict(reaction.reactants.terms)
                reactions.append(Reaction.trusted(reactants, {}, rate=k2, label=f"{parameter}: step size"))
    return (*reactions, *decay)


def collecting_reactions(
    parameters: Sequence[Variable], rails: Rails, orientation: Orientation
) -> tuple[Reaction, ...]:
    """Return the reactions that add the gradient of a sample to those of samples before it."""
    return tuple(
        reaction
        for parameter in parameters
        for reaction in conversion(
            gradient_of(parameter),
            collected_of(parameter),
            rails,
            TRANSFER_RATE,
            orientation,
            f"{parameter}: collection",
        )
    )


def exchange_reactions(
    successors: Mapping[Variable, Variable], rails: Rails, orientation: Orientation
) -> tuple[Reaction, ...]:
    """Return the reactions that convert errors to the variables that receive them."""
    return tuple(
        reaction
        for error, new in successors.items()
        for reaction in conversion(error, new, rails, TRANSFER_RATE, orientation, f"{error}: exchange")
    )


def conversion(
    source: Variable, target: Variable, rails: Rails, rate: float, orientation: Orientation, label: str
) -> tuple[Reaction, ...]:
    """Return the conversion of a quantity with two rails to another one, or to its opposite."""
    names = [name for name, _ in rails.of(target)]
    if orientation is Orientation.CROSSED:
        names.reverse()
    return tuple(
        Reaction.trusted({old: 1}, {new: 1}, rate=rate, label=label)
        for (old, _), new in zip(rails.of(source), names, strict=True)
    )


def update_duration(circuit: Circuit) -> float:
    """Return the duration of the update: until the fraction given by momentum is left, or almost nothing."""
    return -math.log(circuit.momentum) / loss_rate(circuit) if circuit.momentum else UPDATE_DURATION


def loss_rate(circuit: Circuit) -> float:
    """Return the rate constant with which a gradient is used up in the update."""
    return TRANSFER_RATE if circuit.update == "transfer" else 1.0


def decay_reactions(
    parameters: Sequence[Variable], duration: float, circuit: Circuit, rails: Rails
) -> tuple[Reaction, ...]:
    """Return ``P -> 0``, by which parameters lose a fraction during the update; nothing without decay."""
    if not circuit.decay:
        return ()
    rate = -math.log1p(-circuit.decay) / duration
    return tuple(
        Reaction.trusted({name: 1}, {}, rate=rate, label=f"{parameter}: decay")
        for parameter in parameters
        for name, _ in rails.of(parameter)
    )


def parameter_annihilation(
    parameters: Sequence[Variable], rails: Rails, rate: float = PARAMETER_ANNIHILATION
) -> tuple[Reaction, ...]:
    """Return ``P_p + P_n -> 0`` for every parameter, which keeps the amounts on its rails small."""
    pairs = (annihilation(p, rate, rails) for p in parameters)
    return tuple(reaction for pair in pairs for reaction in pair)


def gradient_scale(circuit: Circuit) -> float:
    """Return the factor with which gradients are produced: eta divided by the size of a batch if they are
    transferred completely, else 1.
    """
    return circuit.learning_rate / circuit.batch if circuit.update == "transfer" else 1.0


def applied(circuit: Circuit, equations: Equations) -> Equations:
    """Scale gradients by `gradient_scale`; if updates are direct, replace them by dtheta/ds = -eta dg/ds."""
    parameters = {gradient_of(p): p for p in circuit.trained_parameters}
    match circuit.update:
        case "direct":
            return {
                parameters.get(v, v): f * -circuit.learning_rate if v in parameters else f
                for v, f in equations.items()
            }
        case "transfer":
            scale = gradient_scale(circuit)
            return {v: f * scale if v in parameters else f for v, f in equations.items()}
        case _:
            return equations


def update_factors(circuit: Circuit) -> tuple[float, float]:
    """Return (lambda, eta') of the exact update: theta changes by -lambda theta - eta' g.

    The gradient is used up with the rate constant k, and k1 is the part of it that reaches the parameter: k =
    1 and k1 = eta / batch for ``accumulate``; for ``transfer``, k = k1 and g has been produced with the
    factor eta / batch. The parameter decays with the rate delta for a duration D:
    ``eta' = k1 exp(-delta D) (1 - exp(-(k - delta) D)) / (k - delta)``. Without decay and momentum this is
    eta, except for exp(-k D). For a direct update it is eta.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> decay, step = update_factors(make_circuit("linear", learning_rate=0.2, momentum=0.5))
    >>> decay, round(step, 6)
    (0.0, 0.1)
    """
    if circuit.update == "direct":
        return circuit.decay, circuit.learning_rate * (1.0 - circuit.decay)
    duration, loss = update_duration(circuit), loss_rate(circuit)
    delta = -math.log1p(-circuit.decay) / duration
    kept = math.exp(-delta * duration) * -math.expm1(-(loss - delta) * duration) / (loss - delta)
    return circuit.decay, circuit.learning_rate / circuit.batch * loss * kept
