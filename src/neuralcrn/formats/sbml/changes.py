"""Changed values of an SBML document, applied before derived values are computed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import replace

from neuralcrn.errors import InvalidValueError, NetworkError, UnknownNameError, printable
from neuralcrn.formats.sbml.document import Document, SpeciesEntry

_LISTED = 20


def changed(document: Document, changes: Mapping[str, float]) -> Document:
    """Return a document with changed values.

    Parameters
    ----------
    document : Document
        A model.
    changes : mapping from str to float
        The size of a compartment, the value of a parameter, or the initial value of a species (an amount if
        it has only substance units, else a concentration); ``R.k`` is the local parameter k of reaction R. An
        initial assignment of the same symbol is ignored; derived values are computed from the new value.
        it follows.

    Raises
    ------
    UnknownNameError
        If there is no such symbol.
    NetworkError
        If the symbol is computed by a rule.
    InvalidValueError
        If a value is not finite.
    """
    numbers, species = dict(document.numbers), dict(document.species)
    reactions = dict(document.reactions)
    for name, value in changes.items():
        reaction, _, local = name.rpartition(".")
        if not math.isfinite(value):
            raise InvalidValueError(f"{printable(name)} = {value}: give a finite number")
        if name in document.ruled:
            raise NetworkError(f"{printable(name)} is computed by a rule: it cannot be set")
        if name in species:
            species[name] = _started(species[name], value)
        elif name in numbers:
            numbers[name] = value
        elif reaction in reactions and local in reactions[reaction].local:
            entry = reactions[reaction]
            reactions[reaction] = replace(entry, local={**entry.local, local: value})
        else:
            raise UnknownNameError("species or parameter", name, _known(document))
    assigned = {name: formula for name, formula in document.assigned.items() if name not in changes}
    return replace(
        document,
        numbers=numbers,
        species=species,
        assigned=assigned,
        reactions=reactions,
    )


def _started(entry: SpeciesEntry, value: float) -> SpeciesEntry:
    amount, concentration = (value, None) if entry.substance_only else (None, value)
    return replace(entry, amount=amount, concentration=concentration)


def _known(document: Document) -> list[str]:
    """Return some names of values that can be changed."""
    local = (f"{entry.name}.{name}" for entry in document.reactions.values() for name in entry.local)
    numbers = (name for name in document.numbers if name not in document.ruled)
    return [*itertools.islice(document.species, _LISTED), *itertools.islice((*numbers, *local), _LISTED)]
