"""Last pass of the staged level: one network a phase, and the protocol that plays them.

No number passes between phases except as concentrations in the pot; what an experimenter does is
dose, wait, measure and wash.
"""

from __future__ import annotations

import math
from collections.abc import Set
from dataclasses import replace

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import Network, Reaction
from neuralcrn.compiler.adjoint import SignedPhase, direct, signed_phases
from neuralcrn.compiler.circuit import Circuit, gradient_of
from neuralcrn.compiler.program import Dose, Flush, Phase, Program, Read, Run, Step
from neuralcrn.compiler.rails import Rails, annihilation, reactions_of, read_nonlinearly

ERROR_DURATION = 1.0
"""Duration of the annihilation of output and target."""
UPDATE_DURATION = 10.0
"""Duration of the update phase, in units of 1 / (k1 + k2); exp(-10) of a gradient is washed out."""
PARAMETER_ANNIHILATION = 10.0
"""Rate constant of P_p + P_n -> 0: it need only be over by the end of the update, not follow it."""


def compile_staged(circuit: Circuit) -> Program:
    """Compile a circuit into phase networks and a protocol.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> program = make_circuit("quadratic", inputs=2, hidden=3, gradient="first-order").compile()
    >>> [(phase.name, len(phase.network.reactions)) for phase in program.phases]
    [('feedforward', 15), ('readout', 6), ('error', 1), ('feedback', 6), ('update', 15)]
    """
    rails = Rails(circuit.non_negative)
    signed = [replace(phase, equations=direct(circuit, phase.equations)) for phase in signed_phases(circuit)]
    exclusive = read_nonlinearly(f for phase in signed for f in phase.equations.values())
    phases = [
        Phase(phase.name, _network(phase, exclusive, circuit, rails), phase.duration) for phase in signed
    ]
    places = [phase.name in ("feedforward", "readout") for phase in signed]
    phases.insert(sum(places), Phase("error", _error_network(circuit, rails), ERROR_DURATION))
    update = Network.of([*update_reactions(circuit, rails), *parameter_annihilation(circuit, rails)])
    phases.append(Phase("update", update, update_duration(circuit)))
    names = [phase.name for phase in phases]
    return Program(
        circuit=circuit,
        rails=rails,
        phases=tuple(phases),
        training=_training_protocol(circuit, names),
        between=_training_protocol(circuit, names[:-1]) if circuit.batch > 1 else (),
        prediction=_prediction_protocol(circuit),
    )


def update_reactions(circuit: Circuit, rails: Rails) -> tuple[Reaction, ...]:
    """Return the reactions by which gradients correct parameters.

    ``G -> P`` of the opposite rail with k1 = eta and ``G -> 0`` with k2 = 1 - eta, so that the
    fraction eta = k1 / (k1 + k2) of each gradient is subtracted; of the sum over a batch, eta over its
    size.
    """
    decay = decay_reactions(circuit, update_duration(circuit), rails)
    if circuit.update == "direct":
        return decay
    k1 = circuit.rate / circuit.batch
    k2 = 1.0 - k1
    reactions: list[Reaction] = []
    for parameter in circuit.trained_parameters:
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


def decay_reactions(circuit: Circuit, duration: float, rails: Rails) -> tuple[Reaction, ...]:
    """Return ``P -> 0`` by which parameters lose a fraction over a duration; none without decay."""
    if not circuit.decay:
        return ()
    rate = -math.log1p(-circuit.decay) / duration
    return tuple(
        Reaction.trusted({name: 1}, {}, rate=rate, label=f"{parameter}: decay")
        for parameter in circuit.trained_parameters
        for name, _ in rails.of(parameter)
    )


def parameter_annihilation(circuit: Circuit, rails: Rails) -> tuple[Reaction, ...]:
    """Return ``P_p + P_n -> 0`` of every parameter, which keeps its rails short."""
    pairs = (annihilation(p, PARAMETER_ANNIHILATION, rails) for p in circuit.trained_parameters)
    return tuple(reaction for pair in pairs for reaction in pair)


def _network(phase: SignedPhase, exclusive: Set[Variable], circuit: Circuit, rails: Rails) -> Network:
    """Turn one signed phase into reactions.

    What moves in it annihilates if |v| or a power of v is read anywhere: its two rails must not coexist.
    """
    reactions = list(reactions_of(phase.equations, rails))
    for variable in phase.equations:
        if variable in exclusive:
            reactions.extend(annihilation(variable, circuit.annihilation, rails))
    return Network.of(reactions)


def _error_network(circuit: Circuit, rails: Rails) -> Network:
    """Return the annihilation of output and target.

    Errors are read linearly, but otherwise output and target would both be transcribed into
    gradients in full, only to cancel there.
    """
    reactions = [annihilation(error, circuit.annihilation, rails) for error in circuit.errors]
    return Network.of([reaction for pair in reactions for reaction in pair])


def sample_doses(circuit: Circuit) -> list[Dose]:
    """Dose the inputs, and the states where they start at the inputs."""
    targets = [(variable, 1.0) for variable in circuit.system.inputs]
    if circuit.starts_at_input and circuit.readout.accumulated:
        targets += [(circuit.errors[0], circuit.readout.weight)] * len(circuit.system.inputs)
    elif circuit.starts_at_input:
        targets += [(state, 1.0) for state in circuit.system.states]
    doses: list[Dose] = []
    for j, (variable, factor) in enumerate(targets):
        feature = j % len(circuit.system.inputs)
        if feature < circuit.features:
            doses.append(Dose(variable, "feature", feature, factor))
        elif circuit.augmentation:
            doses.append(Dose(variable, "constant", factor=circuit.augmentation * factor))
    return doses


def target_doses(circuit: Circuit) -> tuple[Step, ...]:
    """Dose the targets as minus themselves."""
    return tuple(Dose(error, "target", o, factor=-1.0) for o, error in enumerate(circuit.errors))


def _prediction_protocol(circuit: Circuit) -> tuple[Step, ...]:
    kept = (*circuit.trained_parameters, *circuit.fixed_parameters)
    readout = () if circuit.readout.accumulated else (Run("readout"),)
    return (*sample_doses(circuit), Run("feedforward"), *readout, Read(circuit.errors), Flush(kept))


def _training_protocol(circuit: Circuit, names: list[str]) -> tuple[Step, ...]:
    """Return the steps of learning from one sample; the target is dosed as minus itself."""
    kept = [*circuit.trained_parameters, *circuit.fixed_parameters]
    if circuit.momentum or circuit.batch > 1:
        kept += map(gradient_of, circuit.trained_parameters)
    return (
        *sample_doses(circuit),
        Run("feedforward"),
        *target_doses(circuit),
        *(Run(name) for name in names if name in ("readout", "error")),
        Read(circuit.errors),
        *(Run(name) for name in names if name not in ("feedforward", "readout", "error")),
        Flush(tuple(kept)),
    )
