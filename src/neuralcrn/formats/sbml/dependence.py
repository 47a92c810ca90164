"""Names of a model whose values cannot vary continuously: those in conditions and in exponents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from neuralcrn.formats.sbml.document import Document
from neuralcrn.formats.sbml.formula import Formula
from neuralcrn.formats.sbml.timing import names_in
from neuralcrn.formats.sbml.traced import COMPARING


def deciding_names(document: Document) -> frozenset[str]:
    """Return the names on which conditions depend."""
    found: set[str] = set()
    events = [event.trigger for event in document.events]
    delays = [event.delay for event in document.events if event.delay is not None]
    conditions = [part for part in _parts(document) if _has(document, part, COMPARING, deep=False)]
    open_ones = [*events, *delays, *conditions]
    while open_ones:
        for name in names_in(open_ones.pop()) - found:
            found.add(name)
            open_ones += [where[name] for where in (document.ruled, document.assigned) if name in where]
    return frozenset(found)


def exponent_names(document: Document) -> frozenset[str]:
    """Return the names in exponents, and in arguments of functions that have one."""
    found: set[str] = set()
    for part in _parts(document):
        if part.kind == "power":
            found |= names_in(part.arguments[-1])
        elif part.kind == "call" and _has(document, part, {"power"}):
            found |= names_in(part)
    return frozenset(found)


def _parts(document: Document) -> Iterator[Formula]:
    """Iterate over the parts of all formulas."""
    open_ones = [entry.law for entry in document.reactions.values()]
    for formulas in (document.rates, document.ruled, document.assigned):
        open_ones += formulas.values()
    while open_ones:
        part = open_ones.pop()
        yield part
        open_ones += part.arguments


def _has(document: Document, part: Formula, kinds: Iterable[str], *, deep: bool = True) -> bool:
    """Return whether a formula is of one of some kinds, or calls a function that has one in it."""
    if part.kind in kinds:
        return True
    if part.kind == "call" and part.name in document.functions:
        return _has(document, document.functions[part.name].body, kinds)
    return deep and any(_has(document, argument, kinds) for argument in part.arguments)
