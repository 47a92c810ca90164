"""Renaming of species for languages with reserved names."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def usable_names(names: Iterable[str], usable: Callable[[str], bool]) -> dict[str, str]:
    """Return the name under which each species is written.

    An unusable name is replaced by ``species_N``, where N is its index, counted from 1, or the next unused
    number.

    Examples
    --------
    >>> usable_names(["A", "end", "species_2"], lambda name: name != "end")
    {'A': 'A', 'end': 'species_3', 'species_2': 'species_2'}
    """
    chosen = {name: name for name in names}
    taken = set(chosen)
    for position, name in enumerate(chosen, start=1):
        if not usable(name):
            while (substitute := f"species_{position}") in taken:
                position += 1
            taken.add(substitute)
            chosen[name] = substitute
    return chosen


def renaming_notes(names: dict[str, str]) -> list[str]:
    """Return a comment line for each renamed species."""
    return [f"species {name} is called {written} here" for name, written in names.items() if name != written]
