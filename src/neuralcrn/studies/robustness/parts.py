"""Parts of a circuit: forward, backward, update, and everything else.

- *forward*: what runs until the error is measured, including the comparison with the target.
- *backward*: what runs afterwards, until the gradients are complete.
- *update*: what moves gradients to parameters.
- *other*: reactions of a pot that belong to no turn of the circuit: its clock, clearing, and annihilation.

In a staged program a part consists of phases. In a pot it consists of turns: the reactions with the gate of
the turn or one of its shadows. Reactions of the forward turn on which the measured error does not depend,
such as those of adjoints that track the error, belong to the backward part.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.compiler import Program, gradient_of
from neuralcrn.compiler.pot.assembly import CLEAR
from neuralcrn.compiler.protocol import Dose, Phase, PhaseRole, Read, Run, Step
from neuralcrn.errors import InvalidValueError

WHOLE = "all"
"""Name of the whole circuit."""
PARTS = ("forward", "backward", "update", "other")
"""Names of the parts of a circuit."""
FORWARD, BACKWARD, UPDATE, OTHER = PARTS
_UPDATING = (PhaseRole.COLLECT, PhaseRole.UPDATE, PhaseRole.SETTLE)


def parts_of(program: Program) -> tuple[str, ...]:
    """Return the parts that have reactions.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> circuit = make_circuit("linear", inputs=2)
    >>> parts_of(circuit.compile()), parts_of(circuit.compile("gated"))[-1]
    (('forward', 'backward', 'update'), 'other')
    """
    part_of = parts_by_reaction(program)
    found = {part_of(phase, reaction) for phase in program.phases for reaction in phase.network.reactions}
    return tuple(part for part in PARTS if part in found)


def within(program: Program, part: str, change: Callable[[Program], Program]) -> Program:
    """Return the program with the reactions of one part changed by a function.

    A reaction that occurs in phases of several parts is changed in this part only.

    Raises
    ------
    InvalidValueError
        If the part has no reactions.
    """
    part_of = parts_by_reaction(program)

    def only(inside: bool) -> Iterator[Phase]:
        for phase in program.phases:
            chosen = [r for r in phase.network.reactions if (part_of(phase, r) == part) == inside]
            yield replace(phase, network=replace(phase.network, reactions=tuple(chosen)))

    alone = replace(program, phases=tuple(only(True)))
    if not alone.reaction_count:
        raise InvalidValueError(
            f"circuit {program.circuit.name} ({program.level}) has no reactions in the part {part}: choose "
            f"{', '.join(parts_of(program))}"
        )
    joined = (
        replace(new, network=_joined(new.network, rest.network))
        for new, rest in zip(change(alone).phases, only(False), strict=True)
    )
    return replace(program, phases=tuple(joined))


def _joined(first: Network, second: Network) -> Network:
    return replace(first, reactions=(*first.reactions, *second.reactions))


def parts_by_reaction(program: Program) -> Callable[[Phase, Reaction], str]:
    """Return the function from a reaction in its phase to its part."""
    if not program.is_pot:
        by_phase = _parts_of_phases(program)
        return lambda phase, _: by_phase[phase.name]
    by_turn = _parts_of_turns(program)
    listed = [reaction for phase in program.phases for reaction in phase.network.reactions]
    before = [r for r in listed if by_turn.get(_turn_of(r, program), OTHER) in (FORWARD, OTHER)]
    read = (step.variables for step in program.prediction if isinstance(step, Read))
    measured = _upstream(before, program.rails.species(itertools.chain.from_iterable(read)))

    def part(_: Phase, reaction: Reaction) -> str:
        found = by_turn.get(_turn_of(reaction, program), OTHER)
        return BACKWARD if found == FORWARD and measured.isdisjoint(reaction.net_change) else found

    return part


def _parts_of_phases(program: Program) -> dict[str, str]:
    """Return the part of each phase of a staged program, by its role and by when the error is measured."""
    steps = (step for protocol in program.protocols for step in _until_read(protocol))
    measured = {step.phase for step in steps if isinstance(step, Run)}

    def part(phase: Phase) -> str:
        if phase.role in _UPDATING:
            return UPDATE
        return FORWARD if phase.name in measured else BACKWARD

    return {phase.name: part(phase) for phase in program.phases}


def _parts_of_turns(program: Program) -> dict[str, str]:
    """Return the part of each turn of a pot: update if it consumes gradients.

    If no gate is dosed, the error is measured after the first turn.
    """
    opened = {step.variable.species for step in _until_read(program.training) if isinstance(step, Dose)}
    forward = {name for name, gate in program.gates.items() if gate in opened} or {next(iter(program.gates))}
    gradients = set(program.rails.species(map(gradient_of, program.circuit.trained_parameters)))
    reactions = (reaction for phase in program.phases for reaction in phase.network.reactions)
    updating = {_turn_of(r, program) for r in reactions if any(r.net_change.get(g, 0) < 0 for g in gradients)}

    def part(turn: str) -> str:
        if turn in forward:
            return FORWARD
        return OTHER if turn == CLEAR else UPDATE if turn in updating else BACKWARD

    return {turn: part(turn) for turn in program.gates}


def _turn_of(reaction: Reaction, program: Program) -> str:
    """Return the turn whose gate, or one of whose shadows, takes part in a reaction; empty if there is none.

    The name of a shadow ends with that of its turn.
    """
    if set(reaction.species) <= set(program.tolerances):
        return ""
    for name, gate in program.gates.items():
        if any(s == gate or s.rstrip("_").endswith(f"_{name}") for s in reaction.species):
            return name
    return ""


def _upstream(reactions: Iterable[Reaction], species: Iterable[str]) -> set[str]:
    """Return some species and all those on which they depend by these reactions."""
    listed, found = list(reactions), set(species)
    while True:
        changing = (reaction for reaction in listed if not found.isdisjoint(reaction.net_change))
        new = {name for reaction in changing for name, _ in reaction.reactants.terms} - found
        if not new:
            return found
        found |= new


def _until_read(steps: Iterable[Step]) -> list[Step]:
    """Return the steps before the last reading."""
    listed = list(steps)
    last = max((k for k, step in enumerate(listed) if isinstance(step, Read)), default=0)
    return listed[:last]
