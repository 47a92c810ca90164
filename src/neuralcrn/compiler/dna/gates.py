"""The species and reactions of one gate: what carries out a formal reaction, and what only holds a signal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from neuralcrn.chemistry import Reaction
from neuralcrn.compiler.dna.conditions import DnaConditions


class Role(StrEnum):
    """What a species of the DNA-level network is for."""

    SIGNAL = "signal"
    GATE = "gate"
    STRAND = "strand"
    TRANSLATOR = "translator"
    BUFFER = "buffer"
    INTERMEDIATE = "intermediate"


FUELS = frozenset({Role.GATE, Role.STRAND, Role.TRANSLATOR, Role.BUFFER})
"""The roles of what starts at C_max."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The species that carry out one formal reaction.

    Attributes
    ----------
    formal : Reaction
        What is carried out.
    inputs : tuple of str
        Its reactant molecules in the order in which they bind.
    gate : str
        L or G, which the first reactant binds.
    strand, held : str
        B, displaced by the first reactant and displacing it, and H, which holds it; empty unless there are
        two reactants.
    output, translator : str
        O, which the last reactant sets free, and T, which turns it into the products; the translator is
        empty if there are none.
    """

    formal: Reaction
    inputs: tuple[str, ...]
    gate: str
    strand: str
    held: str
    output: str
    translator: str

    @property
    def shown(self) -> str:
        """Its formal reaction without the rate constant."""
        return f"{self.formal.reactants} -> {self.formal.products}"

    @property
    def roles(self) -> dict[str, Role]:
        """Role of each of its own species."""
        listed = {
            self.gate: Role.GATE,
            self.strand: Role.STRAND,
            self.held: Role.INTERMEDIATE,
            self.output: Role.INTERMEDIATE,
            self.translator: Role.TRANSLATOR,
        }
        return {name: role for name, role in listed.items() if name}

    def reactions(self, gamma_inverse: float, conditions: DnaConditions) -> Iterator[Reaction]:
        """Yield its reactions at the DNA level."""
        rate, fastest = self.formal.rate * gamma_inverse, conditions.fastest
        label = self.shown
        if len(self.inputs) == 2:
            first, second = self.inputs
            yield from _reversible(first, self.gate, self.held, self.strand, rate, fastest, label)
            yield Reaction.trusted({second: 1, self.held: 1}, {self.output: 1}, rate=fastest, label=label)
        else:
            reactants = dict.fromkeys((*self.inputs, self.gate), 1)
            slow = rate / conditions.capacity
            yield Reaction.trusted(reactants, {self.output: 1}, rate=slow, label=label)
        if self.translator:
            products = self.formal.products.coefficients
            yield Reaction.trusted({self.output: 1, self.translator: 1}, products, rate=fastest, label=label)


@dataclass(frozen=True, slots=True)
class Buffer:
    """The species that hold one signal back as much as others are held by gates.

    Attributes
    ----------
    signal : str
        What is held.
    gate, strand, held : str
        LS, BS and HS.
    rate : float, 1 / (concentration time)
        By how much the load of the signal lies below the largest.
    """

    signal: str
    gate: str
    strand: str
    held: str
    rate: float

    @property
    def roles(self) -> dict[str, Role]:
        """Role of each of its own species."""
        return {self.gate: Role.BUFFER, self.strand: Role.BUFFER, self.held: Role.INTERMEDIATE}

    def reactions(self, gamma_inverse: float, conditions: DnaConditions) -> Iterator[Reaction]:
        """Yield its two reactions."""
        rate = self.rate * gamma_inverse
        label = f"buffer of {self.signal}"
        yield from _reversible(
            self.signal, self.gate, self.held, self.strand, rate, conditions.fastest, label
        )


def _reversible(
    signal: str, gate: str, held: str, strand: str, forward: float, backward: float, label: str
) -> Iterator[Reaction]:
    """Yield the two reactions by which a gate holds a signal."""
    there, back = {signal: 1, gate: 1}, {held: 1, strand: 1}
    yield Reaction.trusted(there, back, rate=forward, label=label)
    yield Reaction.trusted(back, there, rate=backward, label=label)


def gate_of(
    reaction: Reaction, inputs: tuple[str, ...], number: str, free_name: Callable[[str], str]
) -> Gate:
    two = len(inputs) == 2
    return Gate(
        formal=reaction,
        inputs=inputs,
        gate=free_name(("L" if two else "G") + number),
        strand=free_name(f"B{number}") if two else "",
        held=free_name(f"H{number}") if two else "",
        output=free_name(f"O{number}"),
        translator=free_name(f"T{number}") if reaction.products.terms else "",
    )


def namer(taken: tuple[str, ...], prefix: str) -> Callable[[str], str]:
    """Return what makes names that nothing has yet."""
    used = set(taken)

    def free_name(wanted: str) -> str:
        name = prefix + wanted
        while name in used:
            name += "_"
        used.add(name)
        return name

    return free_name
