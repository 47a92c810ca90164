"""Species and reactions of a gate, which carries out a formal reaction, and of a buffer, which only
sequesters a signal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from neuralcrn.chemistry import Reaction
from neuralcrn.compiler.dna.conditions import DnaConditions


class StrandRole(StrEnum):
    """Role of a species of the DNA-level network."""

    SIGNAL = "signal"
    GATE = "gate"
    STRAND = "strand"
    TRANSLATOR = "translator"
    BUFFER = "buffer"
    INTERMEDIATE = "intermediate"


FUELS = frozenset({StrandRole.GATE, StrandRole.STRAND, StrandRole.TRANSLATOR, StrandRole.BUFFER})
"""Roles of species with the initial concentration C_max."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Species that carry out one formal reaction.

    Attributes
    ----------
    formal : Reaction
        The formal reaction.
    inputs : tuple of str
        Reactant molecules in the order of binding.
    gate : str
        L or G, which binds the first reactant.
    strand, held : str
        B, which the first reactant displaces reversibly, and H, which sequesters it; empty unless there are
        two reactants.
    output, translator : str
        O, which the last reactant releases, and T, which converts it to the products; the translator is empty
        if there are none.
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
        """The formal reaction without the rate constant."""
        return f"{self.formal.reactants} -> {self.formal.products}"

    @property
    def roles(self) -> dict[str, StrandRole]:
        """Role of each species of the gate."""
        listed = {
            self.gate: StrandRole.GATE,
            self.strand: StrandRole.STRAND,
            self.held: StrandRole.INTERMEDIATE,
            self.output: StrandRole.INTERMEDIATE,
            self.translator: StrandRole.TRANSLATOR,
        }
        return {name: role for name, role in listed.items() if name}

    def reactions(self, gamma_inverse: float, conditions: DnaConditions) -> Iterator[Reaction]:
        """Yield the reactions of the gate at the DNA level."""
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
    """Species that sequester a signal in the same proportion as gates sequester others.

    Attributes
    ----------
    signal : str
        The signal.
    gate, strand, held : str
        LS, BS and HS.
    rate : float, 1 / (concentration time)
        Difference between the largest load and the load of the signal.
    """

    signal: str
    gate: str
    strand: str
    held: str
    rate: float

    @property
    def roles(self) -> dict[str, StrandRole]:
        """Role of each species of the buffer."""
        return {
            self.gate: StrandRole.BUFFER,
            self.strand: StrandRole.BUFFER,
            self.held: StrandRole.INTERMEDIATE,
        }

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
    """Yield the two reactions by which a gate sequesters a signal."""
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
    """Return a function that generates unused names."""
    used = set(taken)

    def free_name(wanted: str) -> str:
        name = prefix + wanted
        while name in used:
            name += "_"
        used.add(name)
        return name

    return free_name
