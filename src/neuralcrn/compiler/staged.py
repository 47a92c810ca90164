"""Final pass of the staged level: one network per stage of the schedule, and the protocol.

Phases exchange values only as concentrations in the pot. The experimenter doses, waits, measures and washes.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import Network
from neuralcrn.compiler.circuit import Circuit, gradient_of
from neuralcrn.compiler.optimiser import (
    acting_directly,
    parameter_annihilation,
    update_duration,
    update_reactions,
)
from neuralcrn.compiler.program import Program
from neuralcrn.compiler.protocol import Dose, Flush, Phase, PhaseRole, Read, Run, Step
from neuralcrn.compiler.rails import Rails, annihilation, reactions_of, read_nonlinearly
from neuralcrn.compiler.rules import RULES
from neuralcrn.compiler.schedule import Compare, Equations, Evaluate, Integrate, Schedule, Stage, Update

COMPARE_DURATION = 1.0
"""Duration of the annihilation of outputs and targets."""


def compile_staged(circuit: Circuit) -> Program:
    """Compile a circuit to phase networks and a protocol.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> program = make_circuit("quadratic", inputs=2, hidden=3, rule="first-order").compile()
    >>> [(phase.name, len(phase.network.reactions)) for phase in program.phases]
    [('feedforward', 15), ('readout', 6), ('error', 1), ('feedback', 6), ('update', 15)]
    """
    rails = Rails(circuit.non_negative)
    schedule = RULES.find(circuit.rule).schedule(circuit)
    equations = {stage.name: acting_directly(circuit, schedule, stage.equations) for stage in schedule.flows}
    exclusive = read_nonlinearly(f for found in equations.values() for f in found.values())

    def phase(stage: Integrate | Evaluate | Compare | Update) -> Phase:
        match stage:
            case Integrate() | Evaluate():
                role = PhaseRole.INTEGRATE if isinstance(stage, Integrate) else PhaseRole.EVALUATE
                network = _network(equations[stage.name], exclusive, circuit, rails)
                return Phase(stage.name, network, stage.duration, role)
            case Compare():
                network = _annihilations(stage.errors, circuit, rails)
                return Phase(stage.name, network, COMPARE_DURATION, PhaseRole.COMPARE)
            case Update(name, parameters):
                correcting = update_reactions(parameters, circuit, rails)
                network = Network.of([*correcting, *parameter_annihilation(parameters, rails)])
                return Phase(name, network, update_duration(circuit), PhaseRole.UPDATE)

    collecting = [stage for stage in schedule.training if not isinstance(stage, Update)]
    kept = _kept(circuit, schedule)
    training, collected = _protocol(schedule.training, kept), _protocol(collecting, kept)
    return Program(
        circuit=circuit,
        rails=rails,
        phases=tuple(phase(stage) for stage in schedule.training if not isinstance(stage, Dose | Read)),
        training=training,
        cycle=(*[collected] * (circuit.batch - 1), training) if circuit.batch > 1 else (),
        prediction=_protocol(schedule.prediction, schedule.kept),
    )


def _network(equations: Equations, exclusive: Set[Variable], circuit: Circuit, rails: Rails) -> Network:
    """Convert signed equations to reactions.

    Changed variables get an annihilation reaction if |v| or a power of v occurs in any equation.
    """
    reactions = list(reactions_of(equations, rails))
    for variable in equations:
        if variable in exclusive:
            reactions.extend(annihilation(variable, circuit.annihilation, rails))
    return Network.of(reactions)


def _annihilations(errors: Sequence[Variable], circuit: Circuit, rails: Rails) -> Network:
    """Return the annihilation reactions of outputs and targets.

    Errors occur only linearly, but without annihilation output and target would both be copied in full to the
    gradients and cancel only there.
    """
    pairs = [annihilation(error, circuit.annihilation, rails) for error in errors]
    return Network.of([reaction for pair in pairs for reaction in pair])


def _kept(circuit: Circuit, schedule: Schedule) -> tuple[Variable, ...]:
    """Return the variables that are kept after training on a sample, including gradients that are used
    later.
    """
    outlasting = circuit.momentum or circuit.batch > 1
    return (*schedule.kept, *(map(gradient_of, schedule.updated) if outlasting else ()))


def _protocol(stages: Sequence[Stage], kept: tuple[Variable, ...]) -> tuple[Step, ...]:
    """Return the steps of a protocol: doses and readings unchanged, all other stages as runs."""
    steps = [stage if isinstance(stage, Dose | Read) else Run(stage.name) for stage in stages]
    return (*steps, Flush(kept))
