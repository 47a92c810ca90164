"""Chemical counters of cycles, for batches and for the chopper in an autonomous pot."""

from __future__ import annotations

from collections.abc import Mapping
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
        ``S_i -> H_i`` in the turn of one clock species, ``H_i -> S_(i+1)`` in that of another one.
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
    reactions: list[Reaction] = []
    resting, moved = letters
    for i in range(1, cycles + 1):
        here, half, following = f"{resting}{i}", f"{moved}{i}", f"{resting}{i % cycles + 1}"
        for turn, old, new in zip(clock.counting, (here, half), (half, following), strict=True):
            reactions.append(Reaction.of({turn: 1, old: 1}, {turn: 1, new: 1}, label="counter"))
    places = tuple(f"{moved}{i}" for i in range(1, cycles + 1))
    return Counter(tuple(reactions), {f"{resting}1": 1.0}, places)
