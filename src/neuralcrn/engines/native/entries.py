"""Reactions of a network, and the entries of W that they contribute to, as indices of the state vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Product = tuple[int, ...]
"""Species that are multiplied, as indices of the state vector, ascending, with powers as repetitions."""


class IndexedReaction(NamedTuple):
    """A reaction as indices of the state vector.

    Attributes
    ----------
    product : Product
        Reactants that some reaction changes.
    constants : Product
        All other reactants.
    changes : mapping of int to int
        Net change of every species that changes.
    rate : float
        Rate constant.
    number : int
        Position in the network.
    """

    product: Product
    constants: Product
    changes: Mapping[int, int]
    rate: float
    number: int


@dataclass(frozen=True, slots=True)
class Term:
    """One reaction's contribution ``value * prod(constants)`` to an entry of W.

    `reaction` is the position of the reaction in the network; it does not matter for equality.
    """

    value: float
    constants: Product
    reaction: int = field(compare=False)


Terms = tuple[Term, ...]
"""An entry of W, as a sum."""
Entries = Mapping[tuple[int, Product], Terms]
"""Entries of W by species and product."""


def entries_of(reactions: Sequence[IndexedReaction]) -> Entries:
    """Return the entries of W of some reactions."""
    entries: dict[tuple[int, Product], list[Term]] = {}
    for reaction in reactions:
        for species, change in reaction.changes.items():
            term = Term(change * reaction.rate, reaction.constants, reaction.number)
            entries.setdefault((species, reaction.product), []).append(term)
    return {key: tuple(terms) for key, terms in entries.items()}
