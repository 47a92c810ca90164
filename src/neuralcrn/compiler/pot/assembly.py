"""Final pass of the levels *gated* and *autonomous*: the whole circuit as one network.

Every turn is catalysed by its gate (`gating`), and values passed between turns are tracked and held
(`track_and_hold`). Species that are washed out in the staged program are degraded by reactions while the gate
of the last turn, the clearing, is open. At the gated level an experimenter adds and removes the gates. At the
autonomous level they are produced by a clock, and the protocol only doses samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import final

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import Crossing, Network, Reaction
from neuralcrn.compiler.circuit import Circuit, gradient_of, target_of
from neuralcrn.compiler.optimiser import (
    Orientation,
    collecting_reactions,
    cycle_of,
    decay_reactions,
    exchange_reactions,
    is_collected,
    parameter_annihilation,
    schedule_of,
    update_reactions,
)
from neuralcrn.compiler.pot.clocks import CLOCKS, DEFAULT_CLOCK, PRECISION, Clock, ClockGate
from neuralcrn.compiler.pot.counter import Counter, cycle_counter
from neuralcrn.compiler.pot.gating import GatedPhase, gated, shadow_reactions
from neuralcrn.compiler.pot.track_and_hold import Turn, Turns, turns_of
from neuralcrn.compiler.program import Program
from neuralcrn.compiler.protocol import Dose, Phase, Read, Run, Step, Withdraw
from neuralcrn.compiler.rails import Rails, annihilation, reactions_of, read_nonlinearly
from neuralcrn.compiler.schedule import Schedule
from neuralcrn.errors import CompileError

POT = "pot"
"""Name of the network."""
CLEAR = "clear"
"""Name of the last turn."""
CLEAR_DURATION = 20.0
"""Duration of the clearing for a rate constant of 1; exp(-20) of a dose is left."""
GATE_DURATION = 20.0
"""Time for which a gate of concentration 1 is open at the gated level; about a turn of the default clock."""
PAUSE = 20.0
"""Pause between two gates of the gated level, in units of 1 / k_s, in which shadows decay."""
_LONGEST_WAIT = 5.0
"""Number of periods without a dose after which a clock is considered stopped."""


def compile_gated(circuit: Circuit) -> Program:
    """Compile a circuit to one network whose turns are switched by an experimenter.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> program = make_circuit("linear", inputs=2).compile("gated")
    >>> program.max_order, len(program.phases)
    (2, 1)
    """
    pot = _Pot.of(circuit)
    gates = {name: Variable(f"C_{name}") for name in pot.names}
    integrals = {name: (gate.species, GATE_DURATION) for name, gate in gates.items()}
    network = Network.of([*pot.gated_reactions(integrals), *pot.always()])

    def opened(turns: Iterable[Turn | None], orientation: Orientation) -> Iterator[Step]:
        """Open the gates of turns one after the other, and of the clearing for None."""
        for turn in turns:
            names = (CLEAR,) if turn is None else (turn.name, oriented(turn.name, orientation))
            used = tuple(gates[name] for name in names if name in gates)
            yield from (Dose(gate, "constant") for gate in used)
            yield from (Run(POT), Withdraw(used), Run(POT, PAUSE / circuit.shadow))

    turns, read = pot.turns.turns, pot.turns.read_after
    first = (*pot.feeds, *opened(turns[:read], Orientation.STRAIGHT))

    def training(orientation: Orientation, updating: bool) -> tuple[Step, ...]:
        later = [turn for turn in turns[read:] if updating or not turn.updated]
        return (*pot.targets, *first, Read(circuit.errors), *opened((*later, None), orientation))

    return Program(
        circuit=circuit,
        rails=Rails(pot.rails.non_negative | {gate.name for gate in gates.values()}),
        phases=(Phase(POT, network, GATE_DURATION),),
        training=training(Orientation.STRAIGHT, True),
        prediction=pot.predicting(first),
        cycle=cycle_of(circuit, training),
        level="gated",
        gates=MappingProxyType({name: gate.species for name, gate in gates.items()}),
    )


def suitable_clock(circuit: Circuit) -> str:
    """Return the name of the first clock of the registry with enough turns; the default if none has.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> suitable_clock(make_circuit("linear")), suitable_clock(make_circuit("perceptron", optimiser="chop"))
    ('restored-5', 'restored-7')
    """
    needed = _turns_needed(_Pot.of(circuit).turns)
    return next((name for name, clock in CLOCKS.items() if len(clock.turns) >= needed), DEFAULT_CLOCK)


def compile_autonomous(circuit: Circuit, clock: Clock | None = None) -> Program:
    """Compile a circuit to one network that includes a clock; the protocol only doses samples.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    clock : Clock, optional
        The clock; by default the first one with enough turns.

    Raises
    ------
    CompileError
        If the clock has fewer turns than the circuit needs; the message lists clocks with enough turns.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> program = make_circuit("linear", inputs=2).compile("autonomous")
    >>> [type(step).__name__ for step in program.training][-3:]
    ['Run', 'Read', 'Run']
    """
    pot = _Pot.of(circuit)
    clock = clock or CLOCKS.find(suitable_clock(circuit))
    samples = cycle_counter(circuit.batch, clock, "SH")
    pairs = cycle_counter(2 if circuit.optimiser == "chop" else 1, clock, "QR")
    gates: dict[str, tuple[str, float]] = {}
    own = [*clock.network.reactions, *samples.reactions, *pairs.reactions]
    for name, gate in _assigned(pot, clock, samples, pairs).items():
        species = gate.species[0]
        if len(gate.species) > 1:
            species = f"C_{name}"
            own += shadow_reactions(species, gate.species, circuit.shadow)
        gates[name] = species, gate.integral
    pots_own = {species for reaction in own for species in reaction.species}
    reactions = [*own, *pot.gated_reactions(gates, pots_own)]
    start = dict(zip(clock.network.species, clock.network.initial, strict=True))
    network = Network.of([*reactions, *pot.always()], {**start, **samples.start, **pairs.start})
    wait = _LONGEST_WAIT * clock.period
    first = (*pot.feeds, Run(POT, wait, _reading(pot, clock)))
    return Program(
        circuit=circuit,
        rails=pot.rails,
        phases=(Phase(POT, network, clock.period),),
        training=(*pot.targets, *first, Read(circuit.errors), Run(POT, wait, clock.dose)),
        prediction=pot.predicting(first),
        level="autonomous",
        clock=clock.name,
        gates=MappingProxyType({name: species for name, (species, _) in gates.items()}),
        tolerances=MappingProxyType(dict.fromkeys(clock.network.species, PRECISION * clock.floor)),
    )


def oriented(turn: str, orientation: Orientation) -> str:
    """Return the name of the part of a turn that takes place in samples of an orientation."""
    return f"{turn}_{orientation.value}"


def _reading(pot: _Pot, clock: Clock) -> Crossing:
    """Return the event at which the errors can be measured.

    If they are complete after a later turn than the first, it is the beginning of the turn after the next, in
    which that turn is over.
    """
    after = pot.turns.read_after
    return clock.read if after == 1 else Crossing(clock.turns[after + 1].species[0], clock.read.threshold)


def _turns_needed(turns: Turns) -> int:
    """Return the number of turns that a clock must have; see `_reading`."""
    return max(len(turns.turns), turns.read_after + 2 if turns.read_after > 1 else 1)


def _assigned(pot: _Pot, clock: Clock, samples: Counter, pairs: Counter) -> dict[str, ClockGate]:
    """Return the gate of every turn: those of the clock in order, and its clearing at the end.

    The update takes place in the last cycle that `samples` counts, and parts of turns that alternate in one
    of the two that `pairs` counts.
    """
    turns, needed = pot.turns.turns, _turns_needed(pot.turns)
    if needed > len(clock.turns):
        enough = [name for name, other in CLOCKS.items() if len(other.turns) >= needed]
        advice = f"choose {', '.join(enough)}" if enough else "no clock has so many: compile it as gated"
        raise CompileError(
            f"circuit {pot.circuit.name} needs {needed} turns ({', '.join(t.name for t in turns)}), "
            f"clock {clock.name} has {len(clock.turns)} beside its clearing: {advice}"
        )
    gates: dict[str, ClockGate] = {CLEAR: clock.clearing}
    for turn, gate in zip(turns, clock.turns, strict=False):
        opening = samples.opening(gate, samples.last) if turn.updated else gate
        gates[turn.name] = opening
        for orientation in Orientation:
            gates[oriented(turn.name, orientation)] = pairs.opening(opening, pairs.place(orientation))
    return {name: gates[name] for name in pot.names}


@final
@dataclass(frozen=True, slots=True)
class _Pot:
    """A circuit with the turns of its schedule, before gates are assigned."""

    circuit: Circuit
    schedule: Schedule
    turns: Turns
    rails: Rails

    @classmethod
    def of(cls, circuit: Circuit) -> _Pot:
        schedule = schedule_of(circuit)
        return cls(
            circuit,
            schedule,
            turns_of(circuit, schedule),
            Rails(circuit.non_negative | schedule.non_negative),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all gates: of turns, of their parts that alternate, and of the clearing."""
        return tuple(self._alone())

    @property
    def feeds(self) -> tuple[Dose, ...]:
        """Doses of a sample."""
        return tuple(s for s in self.schedule.training if isinstance(s, Dose) and s.source != "target")

    @property
    def targets(self) -> tuple[Dose, ...]:
        """Doses of its targets, to a species that the error tracks or to an error that is integrated."""
        tracked = self.turns.tracked
        return tuple(
            Dose(target_of(stage.variable), "target", stage.index) if stage.variable in tracked else stage
            for stage in self.schedule.training
            if isinstance(stage, Dose) and stage.source == "target"
        )

    def predicting(self, until_read: tuple[Step, ...]) -> tuple[Step, ...]:
        """Return the protocol of a prediction, given the steps of a sample before its errors are measured.

        The circuit's reference is dosed as the target of every output.
        """
        reference, errors = self.circuit.reference, self.circuit.errors
        compared = {*errors, *map(target_of, errors)}
        doses = tuple(
            replace(dose, source="constant", factor=dose.factor * reference)
            for dose in self.targets
            if dose.variable in compared
        )
        return (*(doses if reference else ()), *until_read, Read(errors, reference))

    def gated_reactions(
        self, gates: Mapping[str, tuple[str, float]], own: Iterable[str] = ()
    ) -> list[Reaction]:
        """Return the reactions of all turns with their gates, given as species and integral.

        Raises
        ------
        CompileError
            If a quantity of the circuit has the name of a shadow or of another species of the pot, `own`.
        """
        system = self.circuit.system
        theirs = set(self.rails.species((*system.states, *system.inputs, *system.parameters)))
        ours = set(own)
        reactions: list[Reaction] = []
        for name, (duration, alone) in self._alone().items():
            gate, integral = gates[name]
            made = gated(GatedPhase(name, gate, duration / integral, alone), self.circuit.shadow)
            before = {species for reaction in alone for species in reaction.species}
            theirs |= before
            ours |= {species for reaction in made for species in reaction.species} - before
            reactions += made
        if clash := sorted(theirs & ours):
            raise CompileError(
                f"circuit {self.circuit.name}: {', '.join(clash)} would also be a species of the pot itself "
                "(a gate, a shadow, the clock or its counter): rename the quantity"
            )
        return reactions

    def always(self) -> tuple[Reaction, ...]:
        """Return the annihilation reactions, which need no gate because they do not change signed
        quantities.

        The rails of tracked variables are produced with the rate constant of tracking, hold. Where |v| is
        read, their annihilation is faster by this factor; otherwise a residue of hold / annihilation would
        remain.
        """
        exclusive = read_nonlinearly(f for turn in self.turns.turns for f in turn.equations.values())
        parted = exclusive.union(self.schedule.errors)
        followed = exclusive & self.turns.tracked
        fed = (dose.variable for dose in (*self.feeds, *self.targets))
        reactions: list[Reaction] = []
        for variable in dict.fromkeys((*self.turns.moving, *fed)):
            if variable in parted:
                faster = self.circuit.hold if variable in followed else 1.0
                reactions.extend(annihilation(variable, self.circuit.annihilation * faster, self.rails))
        return (*reactions, *parameter_annihilation(self.schedule.updated, self.rails))

    def _alone(self) -> dict[str, tuple[float, tuple[Reaction, ...]]]:
        """Return the duration and reactions of every turn without gates."""
        circuit, rails = self.circuit, self.rails
        alone: dict[str, tuple[float, tuple[Reaction, ...]]] = {}
        for turn in self.turns.turns:
            always = reactions_of(turn.equations, rails)
            alternating = {o: self._conversions(turn, o) for o in Orientation}
            if len(set(alternating.values())) == 1:
                always, alternating = (*always, *alternating[Orientation.STRAIGHT]), {}
            if always:
                alone[turn.name] = (turn.duration, always)
            for orientation, reactions in alternating.items():
                alone[oriented(turn.name, orientation)] = (turn.duration, reactions)
        if circuit.update == "direct":
            name, (duration, reactions) = list(alone.items())[-1]
            decay = decay_reactions(self.schedule.updated, duration, circuit, rails)
            alone[name] = (duration, (*reactions, *decay))
        used_up = rails.species(self._cleared())
        alone[CLEAR] = (
            CLEAR_DURATION,
            tuple(Reaction.of({name: 1}, {}, label="clear") for name in used_up),
        )
        return alone

    def _conversions(self, turn: Turn, orientation: Orientation) -> tuple[Reaction, ...]:
        """Return the complete transfers and the update of a turn."""
        rails = self.rails
        return (
            *exchange_reactions(turn.exchanged, rails, orientation),
            *collecting_reactions(turn.collected, rails, orientation),
            *update_reactions(turn.updated, self.circuit, rails, self._update_orientation(orientation)),
        )

    def _update_orientation(self, orientation: Orientation) -> Orientation:
        """Return the orientation of an update: that of the sample, unless several are collected."""
        alternates = self.circuit.optimiser == "chop" and not is_collected(self.circuit)
        return orientation if alternates else Orientation.STRAIGHT

    def _cleared(self) -> Sequence[Variable]:
        """Return the species that are degraded after every sample: all that were dosed or integrated.

        Tracked variables follow their values from any initial value, and gradients are used up by the update.
        """
        staying = {*self.schedule.kept, *map(gradient_of, self.schedule.updated), *self.turns.tracked}
        integrated = dict.fromkeys(v for v in self.turns.moving if v not in staying)
        fed = [dose.variable for dose in (*self.feeds, *self.targets)]
        first = [v for v in (*self.circuit.system.inputs, *fed) if v not in integrated]
        return tuple(dict.fromkeys((*first, *integrated)))
