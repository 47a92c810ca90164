"""Families of candidate reactions among which a training chooses."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from neuralcrn.chemistry import Reaction


def conserving(species: Sequence[str]) -> tuple[Reaction, ...]:
    """Return all reactions of two molecules to two other ones; they conserve the number of molecules.

    With S species there are m = S (S + 1) / 2 pairs of molecules and m (m - 1) reactions.

    Examples
    --------
    >>> [len(conserving("ABCD"[:count])) for count in (2, 3, 4)]
    [6, 30, 90]
    >>> print(conserving("AB")[0])
    2 A -> A + B [k = 1]
    """
    return _all_between(itertools.combinations_with_replacement(species, 2))


def elementary(species: Sequence[str]) -> tuple[Reaction, ...]:
    """Return all reactions of at most two molecules to at most two other ones, with inflow and decay.

    Examples
    --------
    >>> [len(elementary("ABC"[:count])) for count in (1, 2, 3)]
    [6, 30, 90]
    """
    return _all_between(
        itertools.chain.from_iterable(
            itertools.combinations_with_replacement(species, count) for count in range(3)
        )
    )


FAMILIES: Mapping[str, Callable[[Sequence[str]], tuple[Reaction, ...]]] = MappingProxyType(
    {"conserving": conserving, "elementary": elementary}
)
"""Families by name."""


def _all_between(molecules: Iterable[tuple[str, ...]]) -> tuple[Reaction, ...]:
    """Return all reactions between different collections of molecules."""
    sides = [dict(Counter(names)) for names in molecules]
    return tuple(Reaction.of(left, right) for left, right in itertools.permutations(sides, 2))
