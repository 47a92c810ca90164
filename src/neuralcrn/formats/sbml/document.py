"""Contents of an SBML document as plain values."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import final

from neuralcrn.errors import NetworkError, NeuralCRNError, shown_path
from neuralcrn.formats.sbml.formula import Formula, Function


@final
@dataclass(frozen=True, slots=True)
class SpeciesEntry:
    """A species: its compartment, the meaning of its symbol, its initial value."""

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
        """Whether it is not changed by reactions."""
        return self.boundary or self.constant


@final
@dataclass(frozen=True, slots=True)
class Reference:
    """A species on one side of a reaction; `stoichiometry` is a formula."""

    species: str
    stoichiometry: Formula


@final
@dataclass(frozen=True, slots=True)
class ReactionEntry:
    """A reaction and its kinetic law."""

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
    """An event: `changes` are assigned when its trigger becomes true.

    Attributes
    ----------
    begun : bool
        Whether the trigger is considered true before the start.
    persistent : bool
        Whether it is executed after its delay even if the trigger has become false.
    early : bool
        Whether assigned values are computed at the time of the trigger rather than at the end of the delay.
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
        Sizes of compartments, parameters, and species references with identifiers; None if no value is given.
    lines : mapping from str to int
        Line of each of `numbers`.
    compartments : set of str
    assigned, ruled, rates : mapping from str to Formula
        Formulas of initial assignments, assignment rules and rate rules.
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
        """Names with a state: species, and variables changed by rate rules and events."""
        names = dict.fromkeys(name for name in self.species if name not in self.ruled)
        names.update(dict.fromkeys(self.rates))
        names.update(dict.fromkeys(name for event in self.events for name in event.changes))
        return tuple(names)


@contextmanager
def place(source: str, line: int, element: str) -> Generator[None]:
    """Add the position in the file to errors."""
    try:
        yield
    except NeuralCRNError as refusal:
        raise NetworkError(f"{shown_path(source)}:{line}: {element}: {refusal}") from None
