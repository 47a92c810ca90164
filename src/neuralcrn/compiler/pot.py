"""Last pass of the levels *gated* and *autonomous*: the whole circuit as one network.

Every phase is catalysed by its gate (`gating`), what passes between phases is tracked and held
(`holding`), and what a washing step took out in the staged program is used up by reactions while the
gate of the last phase is open. At the gated level an experimenter puts the gates in and takes them out;
at the autonomous level a clock does it, and nothing is left to do but to dose samples when it says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import Network, Reaction
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.clocks import PRECISION, Clock
from neuralcrn.compiler.gating import GatedPhase, gated
from neuralcrn.compiler.holding import CLEAR, FEEDBACK, FORWARD, UPDATE, pot_phases, target_of
from neuralcrn.compiler.program import Dose, Phase, Program, Read, Run, Step, Withdraw
from neuralcrn.compiler.rails import Rails, annihilation, reactions_of, read_nonlinearly
from neuralcrn.compiler.staged import (
    UPDATE_DURATION,
    parameter_annihilation,
    sample_doses,
    update_reactions,
)

POT = "pot"
"""Name of the one network."""
CLEAR_DURATION = 20.0
"""Duration of the clearing at a rate of 1: exp(-20) of a dose is left."""
PAUSE = 20.0
"""Pause between two gates of the gated level, in units of 1 / k_s, in which shadows fade."""
_LONGEST_WAIT = 5.0
"""Cycles after which a clock that does not strike has stopped."""


def compile_gated(circuit: Circuit) -> Program:
    """Compile a circuit into one network whose phases an experimenter switches.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> program = make_circuit("linear", inputs=2).compile("gated")
    >>> program.max_order, len(program.phases)
    (2, 1)
    """
    rails = pot_rails(circuit)
    phases = _phases(circuit, rails)
    gates = {name: Variable(f"C_{name}") for name in phases}
    gated_phases = [GatedPhase(name, gates[name].species, 1.0, part) for name, (_, part) in phases.items()]
    reactions = [reaction for phase in gated_phases for reaction in gated(phase, circuit.shadow)]
    network = Network.of([*reactions, *_always(circuit, rails)])
    pause = PAUSE / circuit.shadow

    def open_gate(name: str) -> tuple[Step, ...]:
        duration, _ = phases[name]
        gate = gates[name]
        return Dose(gate, "constant"), Run(POT, duration), Withdraw((gate,)), Run(POT, pause)

    forward = (*sample_doses(circuit), *open_gate(FORWARD))
    others = [step for name in phases if name != FORWARD for step in open_gate(name)]
    return Program(
        circuit=circuit,
        rails=Rails(rails.non_negative | {gate.name for gate in gates.values()}),
        phases=(Phase(POT, network, circuit.horizon),),
        training=(*_target_doses(circuit), *forward, Read(circuit.errors), *others),
        prediction=(*forward, Read(circuit.errors)),
    )


def compile_autonomous(circuit: Circuit, clock: Clock) -> Program:
    """Compile a circuit into one network with a clock in it; a protocol of doses alone remains.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> program = make_circuit("linear", inputs=2).compile("autonomous")
    >>> [type(step).__name__ for step in program.training][-3:]
    ['Run', 'Read', 'Run']
    """
    rails = pot_rails(circuit)
    reactions: list[Reaction] = list(clock.network.reactions)
    for name, (duration, part) in _phases(circuit, rails).items():
        gate = clock.gates[name]
        species = gate.species[0]
        if len(gate.species) == 2:
            species = f"C_{name}"
            reactions += _product(gate.species, species, circuit.shadow)
        reactions += gated(GatedPhase(name, species, duration / gate.integral, part), circuit.shadow)
    start = dict(zip(clock.network.species, clock.network.initial, strict=True))
    network = Network.of([*reactions, *_always(circuit, rails)], start)
    wait = _LONGEST_WAIT * clock.period
    forward = (*sample_doses(circuit), Run(POT, wait, clock.read), Read(circuit.errors))
    return Program(
        circuit=circuit,
        rails=rails,
        phases=(Phase(POT, network, clock.period),),
        training=(*_target_doses(circuit), *forward, Run(POT, wait, clock.dose)),
        prediction=forward,
        precise=MappingProxyType(dict.fromkeys(clock.network.species, PRECISION * clock.floor)),
    )


def pot_rails(circuit: Circuit) -> Rails:
    """Return the rails of a pot: those of the staged program, and one for targets that are never negative."""
    return Rails(circuit.non_negative | (frozenset({"y"}) if circuit.positive_targets else frozenset()))


def _phases(circuit: Circuit, rails: Rails) -> Mapping[str, tuple[float, tuple[Reaction, ...]]]:
    """Return duration and reactions of every phase as if it were alone; a direct circuit has no update."""
    forward, feedback = pot_phases(circuit)
    used_up = rails.species((*circuit.system.inputs, *map(target_of, circuit.errors), *circuit.system.states))
    phases = {
        FORWARD: (forward.duration, reactions_of(forward.equations, rails)),
        FEEDBACK: (feedback.duration, reactions_of(feedback.equations, rails)),
        UPDATE: (UPDATE_DURATION, update_reactions(circuit, rails)),
        CLEAR: (CLEAR_DURATION, tuple(Reaction.of({name: 1}, {}, label="clear") for name in used_up)),
    }
    if circuit.update == "direct":
        del phases[UPDATE]
    return phases


def _always(circuit: Circuit, rails: Rails) -> tuple[Reaction, ...]:
    """Return the annihilations, which no gate need switch: they change no signed quantity."""
    forward, feedback = pot_phases(circuit)
    moving = dict.fromkeys((*forward.equations, *feedback.equations))
    exclusive = read_nonlinearly(f for phase in (forward, feedback) for f in phase.equations.values())
    reactions: list[Reaction] = []
    for variable in moving:
        if variable in exclusive or variable in circuit.errors:
            reactions.extend(annihilation(variable, circuit.annihilation, rails))
    return (*reactions, *parameter_annihilation(circuit, rails))


def _product(factors: tuple[str, ...], name: str, rate: float) -> tuple[Reaction, Reaction]:
    """Return the reactions by which a gate follows the product of two clock species."""
    label = f"gate {name}"
    reactants = dict.fromkeys(factors, 1)
    return (
        Reaction.of(reactants, {**reactants, name: 1}, rate=rate, label=label),
        Reaction.of({name: 1}, {}, rate=rate, label=label),
    )


def _target_doses(circuit: Circuit) -> tuple[Step, ...]:
    return tuple(Dose(target_of(error), "target", o) for o, error in enumerate(circuit.errors))
