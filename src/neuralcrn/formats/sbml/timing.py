"""Replace time-dependent expressions by variables, so that laws remain polynomials.

A law may contain a stimulus that is switched on at 10 and off at 20, an input that decays as exp(-t / 5), or
the time. A condition on the time is replaced by a parameter that events set to 1 and 0; exp(a t) and t are
replaced by parameters with rate rules. The result is an equivalent model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import final

from neuralcrn.errors import NetworkError
from neuralcrn.formats.identifiers import free_identifier
from neuralcrn.formats.sbml.document import Document, EventEntry
from neuralcrn.formats.sbml.formula import TIME, Formula
from neuralcrn.formats.sbml.numbers import RELATIONS
from neuralcrn.formats.sbml.polynomials import Polynomials
from neuralcrn.formats.sbml.symbols import Symbols

_LOGICAL = ("and", "or", "xor", "not")
_POLYNOMIAL = ("plus", "minus", "times", "divide", "power", "call")
_ONE, _ZERO = Formula("number", 1.0), Formula("number", 0.0)


def without_time(document: Document, symbols: Symbols, work: int) -> Document:
    """Return a document whose laws and rate rules do not depend explicitly on the time.

    Parameters
    ----------
    document : Document
        A model.
    symbols : Symbols
        Its constants.
    work : int
        Maximum number of processed terms.

    Returns
    -------
    Document
        Document with additional parameters, rate rules and events; unchanged if no law depends on the time.
        Expressions that cannot be replaced remain, and are rejected later.
    """
    writer = _Rewriter(document, symbols, work)
    needed = _needed(document)
    reactions = {
        name: replace(entry, law=writer.rewritten(entry.law)) for name, entry in document.reactions.items()
    }
    rates = {name: writer.rewritten(formula) for name, formula in document.rates.items()}
    ruled = {
        name: writer.rewritten(formula) if name in needed else formula
        for name, formula in document.ruled.items()
    }
    if not writer.numbers:
        return document
    return replace(
        document,
        numbers={**document.numbers, **writer.numbers},
        lines={**document.lines, **dict.fromkeys(writer.numbers, 1)},
        assigned={**document.assigned, **writer.assigned},
        ruled=ruled,
        rates={**rates, **writer.rates},
        reactions=reactions,
        events=(*document.events, *writer.events),
    )


def names_in(formula: Formula) -> set[str]:
    """Return the symbols in a formula."""
    names = {formula.name} if formula.kind == "name" else {TIME} if formula.kind == "time" else set()
    return names.union(*map(names_in, formula.arguments))


def _needed(document: Document) -> set[str]:
    """Return the rules that laws and rate rules use, directly or through other rules."""
    found: set[str] = set()
    open_ones = [entry.law for entry in document.reactions.values()] + list(document.rates.values())
    while open_ones:
        for name in names_in(open_ones.pop()) - found:
            if name in document.ruled:
                found.add(name)
                open_ones.append(document.ruled[name])
    return found


@final
class _Rewriter:
    """Rewrite formulas, and collect the required variables."""

    def __init__(self, document: Document, symbols: Symbols, work: int):
        self._document, self._symbols = document, symbols
        self._polynomials = Polynomials(document.functions, work)
        self._made: dict[Formula, Formula] = {}
        self.numbers: dict[str, float | None] = {}
        self.assigned: dict[str, Formula] = {}
        self.rates: dict[str, Formula] = {}
        self.events: list[EventEntry] = []

    def rewritten(self, formula: Formula) -> Formula:
        """Return a formula in which time-dependent expressions are replaced, as far as possible."""
        if TIME not in names_in(formula):
            return formula
        if formula.kind in (*RELATIONS, *_LOGICAL) and self._is_timed(formula):
            return self._kept(formula, self._switch)
        if formula.kind == "time":
            return self._kept(formula, self._clock)
        if formula.kind == "exp" and (slope := self._slope(formula.arguments[0])) is not None:
            return self._kept(formula, lambda made: self._exponential(made, slope))
        complete = len(formula.arguments) % 2 == 1  # otherwise there is no value if no condition holds
        if formula.kind == "piecewise" and complete and all(map(self._is_timed, formula.arguments[1::2])):
            return self._choice(formula.arguments)
        if formula.kind in _POLYNOMIAL:
            return replace(formula, arguments=tuple(map(self.rewritten, formula.arguments)))
        return formula

    def _kept(self, formula: Formula, make: Callable[[Formula], Formula]) -> Formula:
        """Return the replacement of a formula; equal formulas have equal replacements."""
        if formula not in self._made:
            self._made[formula] = make(formula)
        return self._made[formula]

    def _choice(self, arguments: tuple[Formula, ...]) -> Formula:
        """Return the sum of all pieces, each multiplied by its indicator."""
        terms: list[Formula] = []
        before: list[Formula] = []
        for piece, condition in zip(arguments[0::2], (*arguments[1::2], None), strict=True):
            chosen = [*before, *([] if condition is None else [condition])]
            terms.append(_apply("times", self.rewritten(_apply("and", *chosen)), self.rewritten(piece)))
            if condition is not None:
                before.append(_apply("not", condition))
        return _apply("plus", *terms)

    def _is_timed(self, condition: Formula) -> bool:
        """Return whether a condition only compares linear functions of time."""
        if condition.kind in _LOGICAL:
            return all(map(self._is_timed, condition.arguments))
        if condition.kind in ("true", "false"):
            return True
        if condition.kind not in RELATIONS - {"eq", "neq"} or len(condition.arguments) != 2:
            return False
        return self._slope(_apply("minus", *condition.arguments)) is not None

    def _slope(self, formula: Formula) -> float | None:
        """Return the slope of a formula that is linear in time, or None."""

        def lookup(name: str) -> Mapping[tuple[str, ...], float]:
            return {(TIME,): 1.0} if name == TIME else self._symbols.constant_polynomial(name)

        try:
            value = self._polynomials.evaluate(formula, lookup)
        except NetworkError:
            return None
        return value.get((TIME,), 0.0) if set(value) <= {(), (TIME,)} else None

    def _switch(self, condition: Formula) -> Formula:
        """Return a parameter that is 1 while a condition holds, and 0 otherwise."""
        name = self._new("switch", None)
        self.assigned[name] = _apply("piecewise", _ONE, condition, _ZERO)
        for value, trigger in ((_ONE, condition), (_ZERO, _apply("not", condition))):
            self.events.append(EventEntry(name, 1, trigger, None, True, True, True, {name: value}))
        return Formula("name", name=name)

    def _clock(self, formula: Formula) -> Formula:
        name = self._new("clock", 0.0)
        self.rates[name] = _ONE
        return Formula("name", name=name)

    def _exponential(self, formula: Formula, slope: float) -> Formula:
        name = self._new("exponential", None)
        self.assigned[name] = formula
        self.rates[name] = _apply("times", Formula("number", slope), Formula("name", name=name))
        return Formula("name", name=name)

    def _new(self, kind: str, value: float | None) -> str:
        taken = {*self._document.numbers, *self._document.species, *self._document.reactions, *self.numbers}
        name = free_identifier(f"{kind}_{len(self.numbers) + 1}", taken)
        self.numbers[name] = value
        return name


def _apply(kind: str, *arguments: Formula) -> Formula:
    return Formula(kind, arguments=arguments)
