"""Optimisers: the reactions of the update, and their exact solution.

A gradient is converted to the opposite of its parameter with one rate constant and degraded with another, so
that a fraction of it is applied. Momentum is an update that ends early, decay is slow degradation of the
parameter, and in a *direct* circuit gradients act on their parameters while they are produced.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import Reaction
from neuralcrn.compiler.circuit import Circuit, gradient_of
from neuralcrn.compiler.rails import Rails, annihilation
from neuralcrn.compiler.schedule import Equations, Schedule

UPDATE_DURATION = 10.0
"""Duration of the update in units of 1 / (k1 + k2); exp(-10) of a gradient is left and washed out."""
PARAMETER_ANNIHILATION = 10.0
"""Rate constant of P_p + P_n -> 0. It can be small, since the reaction only has to finish by the end of the
update.
"""


def update_reactions(parameters: Sequence[Variable], circuit: Circuit, rails: Rails) -> tuple[Reaction, ...]:
    """Return the reactions that apply gradients to parameters.

    ``G -> P`` of the opposite rail with k1 = eta and ``G -> 0`` with k2 = 1 - eta, so that the fraction eta =
    k1 / (k1 + k2) of each gradient is subtracted. For batches k1 is eta divided by their size.
    """
    decay = decay_reactions(parameters, update_duration(circuit), circuit, rails)
    if circuit.update == "direct":
        return decay
    k1 = circuit.learning_rate / circuit.batch
    k2 = 1.0 - k1
    reactions: list[Reaction] = []
    for parameter in parameters:
        positive, negative = (name for name, _ in rails.of(parameter))
        gradient_rails = [name for name, _ in rails.of(gradient_of(parameter))]
        for gradient, target in zip(gradient_rails, (negative, positive), strict=True):
            reactions.append(
                Reaction.trusted({gradient: 1}, {target: 1}, rate=k1, label=f"{parameter}: update")
            )
            if k2 > 0.0:
                reactions.append(
                    Reaction.trusted({gradient: 1}, {}, rate=k2, label=f"{parameter}: step size")
                )
    return (*reactions, *decay)


def update_duration(circuit: Circuit) -> float:
    """Return the duration of the update: until the fraction given by momentum is left, or exp(-10)."""
    return -math.log(circuit.momentum) if circuit.momentum else UPDATE_DURATION


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


def parameter_annihilation(parameters: Sequence[Variable], rails: Rails) -> tuple[Reaction, ...]:
    """Return ``P_p + P_n -> 0`` for every parameter, which keeps the amounts on its rails small."""
    pairs = (annihilation(p, PARAMETER_ANNIHILATION, rails) for p in parameters)
    return tuple(reaction for pair in pairs for reaction in pair)


def acting_directly(circuit: Circuit, schedule: Schedule, equations: Equations) -> Equations:
    """Replace gradients by dtheta/ds = -eta dg/ds if the circuit has direct updates."""
    if circuit.update != "direct":
        return equations
    parameters = {gradient_of(p): p for p in schedule.updated}
    return {
        parameters.get(v, v): f * -circuit.learning_rate if v in parameters else f
        for v, f in equations.items()
    }


def update_factors(circuit: Circuit) -> tuple[float, float]:
    """Return (lambda, eta') of the exact update: theta changes by -lambda theta - eta' g.

    The gradient follows ``dg/ds = -g``, with k1 = eta / batch for the part that reaches the parameter. The
    parameter decays with the rate delta for a duration D:
    ``eta' = k1 exp(-delta D) (1 - exp(-(1 - delta) D)) / (1 - delta)``. Without decay and momentum this is
    eta (1 - exp(-10)). For a direct update it is eta.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> decay, step = update_factors(make_circuit("linear", learning_rate=0.2, momentum=0.5))
    >>> decay, round(step, 6)
    (0.0, 0.1)
    """
    if circuit.update == "direct":
        return circuit.decay, circuit.learning_rate * (1.0 - circuit.decay)
    duration = update_duration(circuit)
    delta = -math.log1p(-circuit.decay) / duration
    kept = math.exp(-delta * duration) * -math.expm1(-(1.0 - delta) * duration) / (1.0 - delta)
    return circuit.decay, circuit.learning_rate / circuit.batch * kept
