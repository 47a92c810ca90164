"""Last pass of the levels *gated* and *autonomous*: the whole circuit as one network.

Every phase is catalysed by its gate (`gating`), what passes between phases is tracked and held
(`holding`), and what a washing step took out in the staged program is used up by reactions while the
gate of the last phase is open. At the gated level an experimenter puts the gates in and takes them out;
at the autonomous level a clock does it, and nothing is left to do but to dose samples when it says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import Network, Reaction
from neuralcrn.compiler.adjoint import SignedPhase
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.clocks import PRECISION, Clock, Gate
from neuralcrn.compiler.gating import GatedPhase, gated, shadow_reactions
from neuralcrn.compiler.holding import CLEAR, FEEDBACK, FORWARD, UPDATE, pot_phases, target_of
from neuralcrn.compiler.program import Dose, Phase, Program, Read, Run, Step, Withdraw
from neuralcrn.compiler.rails import Rails, annihilation, reactions_of, read_nonlinearly
from neuralcrn.compiler.staged import (
    decay_reactions,
    parameter_annihilation,
    sample_doses,
    target_doses,
    update_duration,
    update_reactions,
)
from neuralcrn.errors import CompileError

POT = "pot"
"""Name of the one network."""
CLEAR_DURATION = 20.0
"""Duration of the clearing at a rate of 1: exp(-20) of a dose is left."""
GATE_DURATION = 20.0
"""Time for which a gate of concentration 1 is open at the gated level: about a turn of the default clock."""
PAUSE = 20.0
"""Pause between two gates of the gated level, in units of 1 / k_s, in which shadows fade."""
_Phases = Mapping[str, tuple[float, tuple[Reaction, ...]]]
"""Duration and reactions of each phase."""
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
    signed = pot_phases(circuit)
    phases = _phases(circuit, rails, signed)
    gates = {name: Variable(f"C_{name}") for name in phases}
    integrals = {name: (gate.species, GATE_DURATION) for name, gate in gates.items()}
    reactions = _gated_phases(circuit, rails, phases, integrals)
    network = Network.of([*reactions, *_always(circuit, rails, signed)])

    def open_gate(name: str) -> tuple[Step, ...]:
        gate = gates[name]
        return Dose(gate, "constant"), Run(POT), Withdraw((gate,)), Run(POT, PAUSE / circuit.shadow)

    first = (*sample_doses(circuit), *open_gate(FORWARD), Read(circuit.errors))
    learning = (*_target_doses(circuit), *first, *open_gate(FEEDBACK))
    update = open_gate(UPDATE) if UPDATE in phases else ()
    return Program(
        circuit=circuit,
        rails=Rails(rails.non_negative | {gate.name for gate in gates.values()}),
        phases=(Phase(POT, network, GATE_DURATION),),
        training=(*learning, *update, *open_gate(CLEAR)),
        prediction=first,
        between=(*learning, *open_gate(CLEAR)) if circuit.batch > 1 else (),
        gates=MappingProxyType({name: gate.species for name, gate in gates.items()}),
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
    counter = batch_counter(circuit, clock)
    signed = pot_phases(circuit)
    phases = _phases(circuit, rails, signed)
    gates: dict[str, tuple[str, float]] = {}
    own = [*clock.network.reactions, *counter.reactions]
    for name in phases:
        gate = counter.gates.get(name, clock.gates[name])
        species = gate.species[0]
        if len(gate.species) > 1:
            species = f"C_{name}"
            own += shadow_reactions(species, gate.species, circuit.shadow)
        gates[name] = species, gate.integral
    pots_own = {species for reaction in own for species in reaction.species}
    reactions = [*own, *_gated_phases(circuit, rails, phases, gates, pots_own)]
    start = dict(zip(clock.network.species, clock.network.initial, strict=True))
    network = Network.of([*reactions, *_always(circuit, rails, signed)], {**start, **counter.start})
    wait = _LONGEST_WAIT * clock.period
    first = (*sample_doses(circuit), Run(POT, wait, clock.read), Read(circuit.errors))
    return Program(
        circuit=circuit,
        rails=rails,
        phases=(Phase(POT, network, clock.period),),
        training=(*_target_doses(circuit), *first, Run(POT, wait, clock.dose)),
        prediction=first,
        gates=MappingProxyType({name: species for name, (species, _) in gates.items()}),
        precise=MappingProxyType(dict.fromkeys(clock.network.species, PRECISION * clock.floor)),
    )


@dataclass(frozen=True, slots=True)
class Counter:
    """A chemical counter of cycles: a token that two turns of the clock move on by one place.

    Attributes
    ----------
    reactions : tuple of Reaction
        ``S_i -> H_i`` in the turn of one clock species, ``H_i -> S_(i+1)`` in that of another.
    start : mapping of str to float
        Where the token is at first.
    gates : mapping of str to Gate
        The update's gate, open in one cycle of all.
    """

    reactions: tuple[Reaction, ...]
    start: Mapping[str, float]
    gates: Mapping[str, Gate]


def batch_counter(circuit: Circuit, clock: Clock) -> Counter:
    """Return what lets an update happen once in every batch.

    Raises
    ------
    CompileError
        If the clock has no two turns apart from each other and from the update.
    """
    if circuit.batch == 1:
        return Counter((), {}, {})
    if len(clock.counting) != 2:
        raise CompileError(
            f"clock {clock.name} cannot count the samples of a batch: two turns that do not overlap are "
            "needed beside those of the phases; choose a ring of five species or more"
        )
    reactions: list[Reaction] = []
    for i in range(1, circuit.batch + 1):
        here, half, following = f"S{i}", f"H{i}", f"S{i % circuit.batch + 1}"
        for turn, old, new in zip(clock.counting, (here, half), (half, following), strict=True):
            reactions.append(Reaction.of({turn: 1, old: 1}, {turn: 1, new: 1}, label="counter"))
    gate = clock.gates[UPDATE]
    open_once = Gate((*gate.species, f"H{circuit.batch}"), gate.integral)
    return Counter(tuple(reactions), {"S1": 1.0}, {UPDATE: open_once})


def pot_rails(circuit: Circuit) -> Rails:
    """Return the rails of a pot: those of the staged program, and one for targets that are never negative."""
    return Rails(circuit.non_negative | (frozenset({"y"}) if circuit.positive_targets else frozenset()))


def _phases(circuit: Circuit, rails: Rails, signed: tuple[SignedPhase, SignedPhase]) -> _Phases:
    """Return duration and reactions of every phase as if it were alone; a direct circuit has no update."""
    forward, feedback = signed
    dosed = () if circuit.readout.accumulated else tuple(map(target_of, circuit.errors))
    used_up = rails.species((*circuit.system.inputs, *dosed, *circuit.integrated))
    phases = {
        FORWARD: (forward.duration, reactions_of(forward.equations, rails)),
        FEEDBACK: (feedback.duration, reactions_of(feedback.equations, rails)),
        UPDATE: (update_duration(circuit), update_reactions(circuit, rails)),
        CLEAR: (CLEAR_DURATION, tuple(Reaction.of({name: 1}, {}, label="clear") for name in used_up)),
    }
    if circuit.update == "direct":
        del phases[UPDATE]
        decay = decay_reactions(circuit, feedback.duration, rails)
        phases[FEEDBACK] = (feedback.duration, (*phases[FEEDBACK][1], *decay))
    return phases


def _gated_phases(
    circuit: Circuit,
    rails: Rails,
    phases: _Phases,
    gates: Mapping[str, tuple[str, float]],
    own: Iterable[str] = (),
) -> list[Reaction]:
    """Return the reactions of all phases under their gates, given as species and integral.

    Raises
    ------
    CompileError
        If a quantity of the circuit has the name of a shadow, or of one of the pot's `own` species.
    """
    system = circuit.system
    theirs = set(rails.species((*system.states, *system.inputs, *system.parameters)))
    ours = set(own)
    reactions: list[Reaction] = []
    for name, (duration, alone) in phases.items():
        gate, integral = gates[name]
        made = gated(GatedPhase(name, gate, duration / integral, alone), circuit.shadow)
        before = {species for reaction in alone for species in reaction.species}
        theirs |= before
        ours |= {species for reaction in made for species in reaction.species} - before
        reactions += made
    if clash := sorted(theirs & ours):
        raise CompileError(
            f"circuit {circuit.name}: {', '.join(clash)} would also be a species of the pot itself (a gate, "
            "a shadow, the clock or its counter): rename the quantity"
        )
    return reactions


def _always(circuit: Circuit, rails: Rails, signed: tuple[SignedPhase, SignedPhase]) -> tuple[Reaction, ...]:
    """Return the annihilations, which no gate need switch: they change no signed quantity."""
    moving = dict.fromkeys(variable for phase in signed for variable in phase.equations)
    exclusive = read_nonlinearly(f for phase in signed for f in phase.equations.values())
    reactions: list[Reaction] = []
    for variable in moving:
        if variable in exclusive or variable in circuit.errors:
            reactions.extend(annihilation(variable, circuit.annihilation, rails))
    return (*reactions, *parameter_annihilation(circuit, rails))


def _target_doses(circuit: Circuit) -> tuple[Step, ...]:
    """Dose targets as species that the error follows, or into the error that accumulates."""
    if circuit.readout.accumulated:
        return target_doses(circuit)
    return tuple(Dose(target_of(error), "target", o) for o, error in enumerate(circuit.errors))
