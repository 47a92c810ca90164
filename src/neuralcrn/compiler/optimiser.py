"""How gradients correct parameters: the chemistry of the update, and its exact mathematics.

A gradient drains into its parameter and into nothing, so that a fraction of it arrives; momentum is an
update that ends early, decay a slow loss of the parameter, and a *direct* circuit lets its gradients act
while they arise.
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
"""Duration of the update, in units of 1 / (k1 + k2); exp(-10) of a gradient is washed out."""
PARAMETER_ANNIHILATION = 10.0
"""Rate constant of P_p + P_n -> 0: it need only be over by the end of the update, not follow it."""


def update_reactions(parameters: Sequence[Variable], circuit: Circuit, rails: Rails) -> tuple[Reaction, ...]:
    """Return the reactions by which gradients correct parameters.

    ``G -> P`` of the opposite rail with k1 = eta and ``G -> 0`` with k2 = 1 - eta, so that the
    fraction eta = k1 / (k1 + k2) of each gradient is subtracted; of the sum over a batch, eta over its
    size.
    """
    decay = decay_reactions(parameters, update_duration(circuit), circuit, rails)
    if circuit.update == "direct":
        return decay
    k1 = circuit.rate / circuit.batch
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
    """Return how long the update runs: until momentum is left, or next to nothing."""
    return -math.log(circuit.momentum) if circuit.momentum else UPDATE_DURATION


def decay_reactions(
    parameters: Sequence[Variable], duration: float, circuit: Circuit, rails: Rails
) -> tuple[Reaction, ...]:
    """Return ``P -> 0`` by which parameters lose a fraction over a duration; none without decay."""
    if not circuit.decay:
        return ()
    rate = -math.log1p(-circuit.decay) / duration
    return tuple(
        Reaction.trusted({name: 1}, {}, rate=rate, label=f"{parameter}: decay")
        for parameter in parameters
        for name, _ in rails.of(parameter)
    )


def parameter_annihilation(parameters: Sequence[Variable], rails: Rails) -> tuple[Reaction, ...]:
    """Return ``P_p + P_n -> 0`` of every parameter, which keeps its rails short."""
    pairs = (annihilation(p, PARAMETER_ANNIHILATION, rails) for p in parameters)
    return tuple(reaction for pair in pairs for reaction in pair)


def acting_directly(circuit: Circuit, schedule: Schedule, equations: Equations) -> Equations:
    """Let gradients act on their parameters at once, if the circuit says so: dtheta/ds = -eta dg/ds."""
    if circuit.update != "direct":
        return equations
    parameters = {gradient_of(p): p for p in schedule.updated}
    return {parameters.get(v, v): f * -circuit.rate if v in parameters else f for v, f in equations.items()}


def update_factors(circuit: Circuit) -> tuple[float, float]:
    """Return (lambda, eta') of the exact update: theta changes by -lambda theta - eta' g.

    While the gradient drains as ``dg/ds = -g``, of which k1 = eta / batch reaches the parameter, the
    parameter decays with delta, for a duration D: ``eta' = k1 exp(-delta D) (1 - exp(-(1 - delta) D)) /
    (1 - delta)``. Without decay and momentum that is eta (1 - exp(-10)). A direct update is eta at once.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> decay, step = update_factors(make_circuit("linear", rate=0.2, momentum=0.5))
    >>> decay, round(step, 6)
    (0.0, 0.1)
    """
    if circuit.update == "direct":
        return circuit.decay, circuit.rate * (1.0 - circuit.decay)
    duration = update_duration(circuit)
    delta = -math.log1p(-circuit.decay) / duration
    kept = math.exp(-delta * duration) * -math.expm1(-(1.0 - delta) * duration) / (1.0 - delta)
    return circuit.decay, circuit.rate / circuit.batch * kept
