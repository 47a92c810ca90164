"""Identifiers of what a format needs beside the species."""

from __future__ import annotations


def free_identifier(name: str, taken: set[str]) -> str:
    """Return `name`, lengthened until nothing else has it, and take it.

    Examples
    --------
    >>> free_identifier("pot", {"pot", "pot_"})
    'pot__'
    """
    while name in taken:
        name += "_"
    taken.add(name)
    return name
