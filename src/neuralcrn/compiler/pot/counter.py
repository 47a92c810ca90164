"""Chemical counters of cycles, for batches and for the chopper in an autonomous pot.

A token is moved by two turns of the clock: ``S_i -> H_i`` in one, and ``H_i -> S_(i+1)`` in the other. A turn
leaves the fraction exp(-integral) of it behind, 2e-6 or, if its rate constant is too small by 30 %, 2e-4,
which would add up until all positions hold the same amount. At rest the position in the majority therefore
removes what its neighbours hold, by approximate majority (D. Angluin, J. Aspnes and D. Eisenstat, Distrib.
Comput. 21 (2008) 87, doi:10.1007/s00446-008-0059-z) with an undecided species ``S_0``::

    S_i + S_(i+1) -> 2 S_0        S_0 + S_i -> 2 S_i        the same for H

The state with the whole token at one position is stable, and what is elsewhere decays by exp(-t).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

from neuralcrn.chemistry import Reaction
from neuralcrn.compiler.optimiser import Orientation
from neuralcrn.compiler.pot.clocks import Clock, ClockGate
from neuralcrn.errors import CompileError


@final
@dataclass(frozen=True, slots=True)
class Counter:
    """A chemical counter of cycles: a token that is moved by two turns of the clock.

    Attributes
    ----------
    reactions : tuple of Reaction
        Those of the moves, and those that keep the token at one position.
    start : mapping of str to float
        Initial position of the token.
    places : tuple of str
        Position of the token during the turns of every cycle; empty if nothing is counted.
    """

    reactions: tuple[Reaction, ...]
    start: Mapping[str, float]
    places: tuple[str, ...]

    @property
    def last(self) -> str:
        """Position of the token in the last cycle; empty if nothing is counted."""
        return self.places[-1] if self.places else ""

    def place(self, orientation: Orientation) -> str:
        """Return the position of the token in the first or the second of two cycles."""
        return self.places[list(Orientation).index(orientation)] if self.places else ""

    def opening(self, gate: ClockGate, place: str) -> ClockGate:
        """Return a gate that opens only in the cycle of this position."""
        return replace(gate, species=(*gate.species, place)) if place else gate


def cycle_counter(cycles: int, clock: Clock, letters: str) -> Counter:
    """Return the counter of a number of cycles, whose species have the two letters.

    Raises
    ------
    CompileError
        If the clock does not have two turns that overlap neither each other nor the update.
    """
    if cycles == 1:
        return Counter((), {}, ())
    if len(clock.counting) != 2:
        raise CompileError(
            f"clock {clock.name} cannot count samples, for a batch or the chopper: two turns that do not "
            "overlap are needed beside those of the phases; choose restored-5 or a larger restored ring"
        )
    resting, moved = (tuple(f"{letter}{i}" for i in range(1, cycles + 1)) for letter in letters)
    following = (*resting[1:], resting[0])
    moves = [
        Reaction.of({turn: 1, old: 1}, {turn: 1, new: 1}, label="counter")
        for positions in zip(resting, moved, following, strict=True)
        for turn, (old, new) in zip(clock.counting, itertools.pairwise(positions), strict=True)
    ]
    kept = (*_majority(resting, f"{letters[0]}0"), *_majority(moved, f"{letters[1]}0"))
    return Counter((*moves, *kept), {resting[0]: 1.0}, moved)


def _majority(positions: Sequence[str], undecided: str) -> Iterator[Reaction]:
    """Yield the reactions by which the position in the majority takes what its neighbours hold."""
    neighbours = dict.fromkeys(map(frozenset, zip(positions, (*positions[1:], positions[0]), strict=True)))
    for pair in neighbours:
        yield Reaction.of(dict.fromkeys(sorted(pair), 1), {undecided: 2}, label="majority")
    for position in positions:
        yield Reaction.of({undecided: 1, position: 1}, {position: 2}, label="majority")
