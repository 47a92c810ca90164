"""What an SBML document says, as plain values."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import final

from neuralcrn.errors import NetworkError, NeuralCRNError, printable
from neuralcrn.formats.sbml.formula import Formula, Function


@final
@dataclass(frozen=True, slots=True)
class SpeciesEntry:
    """A species: where it is, what its symbol means, how much of it there is at the start."""

    name: str
    line: int
    compartment: str
    substance_only: bool
    boundary: bool
    constant: bool
    amount: float | None
    concentration: float | None
    conversion_factor: str

    @property
    def fixed(self) -> bool:
        """Whether no reaction changes it."""
        return self.boundary or self.constant


@final
@dataclass(frozen=True, slots=True)
class Reference:
    """A species on one side of a reaction; `stoichiometry` is a formula, for it may be computed."""

    species: str
    stoichiometry: Formula


@final
@dataclass(frozen=True, slots=True)
class ReactionEntry:
    """A reaction and its law."""

    name: str
    line: int
    label: str
    reactants: tuple[Reference, ...]
    products: tuple[Reference, ...]
    law: Formula
    local: Mapping[str, float | None]


@final
@dataclass(frozen=True, slots=True)
class EventEntry:
    """An event: when its trigger turns true, `changes` are assigned.

    Attributes
    ----------
    begun : bool
        Whether the trigger counts as true before the start.
    persistent : bool
        Whether it happens after its delay even if the trigger has turned false by then.
    early : bool
        Whether what is assigned has the values of the moment of the trigger, not of the end of the delay.
    """

    name: str
    line: int
    trigger: Formula
    delay: Formula | None
    begun: bool
    persistent: bool
    early: bool
    changes: Mapping[str, Formula]


@final
@dataclass(frozen=True, slots=True)
class Document:
    """A model.

    Attributes
    ----------
    numbers : mapping from str to float or None
        Compartments (their size), parameters, and references to species that have an identifier; None
        where no number is given.
    lines : mapping from str to int
        Where each of `numbers` stands.
    compartments : set of str
    assigned, ruled, rates : mapping from str to Formula
        What initial assignments, assignment rules and rate rules give.
    functions : mapping from str to Function
    species : mapping from str to SpeciesEntry
    reactions : mapping from str to ReactionEntry
    events : tuple of EventEntry
    """

    numbers: Mapping[str, float | None]
    lines: Mapping[str, int]
    compartments: frozenset[str]
    assigned: Mapping[str, Formula]
    ruled: Mapping[str, Formula]
    rates: Mapping[str, Formula]
    functions: Mapping[str, Function]
    species: Mapping[str, SpeciesEntry]
    reactions: Mapping[str, ReactionEntry]
    events: tuple[EventEntry, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """What has a state of its own: species, and what rate rules and events change."""
        names = dict.fromkeys(name for name in self.species if name not in self.ruled)
        names.update(dict.fromkeys(self.rates))
        names.update(dict.fromkeys(name for event in self.events for name in event.changes))
        return tuple(names)


@contextmanager
def place(source: str, line: int, element: str) -> Generator[None]:
    """Say in every refusal where in the file it comes from."""
    try:
        yield
    except NeuralCRNError as refusal:
        raise NetworkError(f"{printable(source)}:{line}: {element}: {refusal}") from None
