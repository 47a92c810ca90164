"""Unique identifiers for elements other than species."""

from __future__ import annotations


def free_identifier(name: str, taken: set[str]) -> str:
    """Return `name`, with a suffix if it is in use, and add it to the identifiers in use.

    Examples
    --------
    >>> free_identifier("pot", {"pot", "pot_"})
    'pot__'
    """
    while name in taken:
        name += "_"
    taken.add(name)
    return name
