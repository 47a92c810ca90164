"""Grammar of one line of reaction text, and messages for syntax errors.

Only this module imports Lark; `neuralcrn.chemistry.text` imports it when the first text is parsed.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args

from neuralcrn.chemistry.values import TERM_LIMIT
from neuralcrn.errors import ParseError, printable, shown_path

GRAMMAR = r"""
?start: reaction | initial | parameter

reaction: side ARROW side ["[" rates "]" | "{" rates "}" | "," rates]
?side: term ("+" term)* -> terms
     | COUNT            -> bare_count
     | EMPTY            -> empty
     |                  -> absent
term: [COUNT ["*"]] NAME
rates: rate ("," rate)?
rate: [NAME "="] (NUMBER | NAME)
initial: NAME _INITIAL "="? (NUMBER | NAME)
parameter: _PARAMETER NAME "=" NUMBER

ARROW: /-{1,2}>|<-{1,2}>|<=>|[→⟶⇌⇋⇄⇆↔⟷]/
COUNT: /[0-9]+(\.[0-9]*)?/
EMPTY: /[∅⌀Øø]/
NAME: /[A-Za-z_][A-Za-z0-9_]*/
NUMBER: /[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?/
_INITIAL: "@initial"
_PARAMETER.2: /parameter(?=[ \t]+[A-Za-z_])/

%ignore /[ \t]+/
"""

_WORDS = {
    "$END": "the end of the line",
    "ARROW": "'->' or '<->'",
    "COUNT": "",  # a coefficient is always followed by a species, so NAME is sufficient
    "EMPTY": "'0' (nothing)",
    "NUMBER": "a number",
    "_PARAMETER": "",  # rare; it would only lengthen messages about the start of a line
    "PLUS": "'+'",
    "STAR": "",
    "EQUAL": "'='",
    "COMMA": "','",
    "LSQB": "'[' with the rate constant",
    "LBRACE": "",
    "_INITIAL": "'@initial'",
}
FORWARD = ("->", "-->", "→", "⟶")
"""Irreversible arrows; the others stand for a reaction and its reverse."""
_ARROW = re.compile(r"-{1,2}>|<=>|[→⟶⇌⇋⇄⇆↔⟷]")
_RATE_LIKE = re.compile(r"[;:@,]|\(\s*(k|[0-9.])|[A-Za-z_]\w*\s*=|[0-9.]")
_ARROW_LIKE = re.compile(r"[-=<>~\u2190-\u21ff\u27f0-\u27ff]+")
_LINE_LIMIT = 250_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text and its position, for error messages."""

    text: str
    number: int
    source: str

    def error(self, what: str, position: int) -> ParseError:
        """Return the error for a position in the line, counted from 0."""
        return ParseError(
            what, line=self.number, column=position + 1, excerpt=self.text, source=shown_path(self.source)
        )


class Term(NamedTuple):
    """A species on one side of an arrow; the coefficient is optional."""

    coefficient: Token | None
    name: Token


class RateText(NamedTuple):
    """``key = value`` in brackets, or a bare value."""

    key: Token | None
    value: Token


Terms = tuple[Term, ...]
Rates = tuple[RateText, ...]


class ReactionLine(NamedTuple):
    """``left arrow right [rates]``."""

    left: Terms
    arrow: Token
    right: Terms
    rates: Rates


class InitialLine(NamedTuple):
    """``name @initial value``."""

    name: Token
    value: Token


class ParameterLine(NamedTuple):
    """``parameter name = value``."""

    name: Token
    value: Token


Statement = ReactionLine | InitialLine | ParameterLine


def read_statement(line: Line, body: str) -> Statement:
    """Return the statement in `body`, a line without its comment.

    Raises
    ------
    ParseError
        If it does not follow the grammar.
    """
    if len(body) > _LINE_LIMIT:
        raise line.error(f"this line has {len(body):,} characters: use at most {_LINE_LIMIT:,}", _LINE_LIMIT)
    if body.count("+") > 2 * TERM_LIMIT + 10:  # ten more for the signs of numbers
        raise line.error(
            f"this line has more than {2 * TERM_LIMIT:,} terms: use at most {TERM_LIMIT:,} on a side", 0
        )
    try:
        return _parser().parse(body)  # pyright: ignore[reportReturnType]  (the transformer returns statements)
    except UnexpectedInput as fault:
        raise _explained(line, body, fault) from None


@functools.cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", transformer=_Statements(), maybe_placeholders=True)


@v_args(inline=True)
class _Statements(Transformer[Token, Statement]):
    """Convert the parts of a line to statements during parsing."""

    def reaction(self, left: Terms, arrow: Token, right: Terms, rates: Rates | None) -> ReactionLine:
        return ReactionLine(left, arrow, right, rates or ())

    def terms(self, *terms: Term) -> Terms:
        return terms

    def bare_count(self, count: Token) -> Terms:
        return () if count == "0" else (Term(count, Token("NAME", "", count.start_pos)),)

    def empty(self, _: Token) -> Terms:
        return ()

    def absent(self) -> Terms:
        return ()

    def term(self, coefficient: Token | None, name: Token) -> Term:
        return Term(coefficient, name)

    def rates(self, *rates: RateText) -> Rates:
        return rates

    def rate(self, key: Token | None, value: Token) -> RateText:
        return RateText(key, value)

    def initial(self, name: Token, value: Token) -> InitialLine:
        return InitialLine(name, value)

    def parameter(self, name: Token, value: Token) -> ParameterLine:
        return ParameterLine(name, value)


def _explained(line: Line, body: str, fault: UnexpectedInput) -> ParseError:
    """Return a syntax error with a description of the expected input."""
    at_end = isinstance(fault, UnexpectedToken) and fault.token.type == "$END"
    position = len(body.rstrip()) if at_end else (fault.pos_in_stream or 0)
    allowed = fault.accepts if isinstance(fault, UnexpectedToken) else getattr(fault, "allowed", None)
    before = body[:position]
    closing = "'}'" if "{" in before else "']'"
    words = _WORDS | {"NAME": "a parameter", "RSQB": closing, "RBRACE": closing}
    if _in_sides(before):
        words |= {"NAME": "a species", "COMMA": ""}
    listed = [words.get(terminal, "the end of the line") for terminal in sorted(allowed or ())]
    expected = " or ".join(filter(None, dict.fromkeys(listed)))
    return line.error(_complaint(body, position) or f"expected {expected}", position)


def _complaint(body: str, position: int) -> str:
    """Return a specific message for common mistakes at `position`."""
    before, rest = body[:position], body[position:]
    character = rest[:1]
    arrow = _ARROW_LIKE.match(rest)
    in_sides = _in_sides(before)
    if character == "-" and re.match(r"-\s*[0-9]", rest) and in_sides:
        return "a coefficient is a whole number from 1: found a negative one"
    if spelling := _spelling(before, rest) if in_sides else "":
        return spelling
    if arrow and in_sides and _ARROW.search(before):
        return "a second arrow: write each reaction on a line of its own"
    if arrow and in_sides and not _ARROW.match(arrow.group()):
        return f"unknown arrow {printable(arrow.group())!r}: write '->' or '<->'"
    if character and not character.isascii():
        name = unicodedata.name(character, f"U+{ord(character):04X}")
        return f"the character {printable(character)!r} ({name}) cannot stand here: names are A-Z a-z 0-9 _"
    if character in ("(", ")"):
        return "parentheses have no meaning in a reaction: write out each term"
    return ""


def _spelling(before: str, rest: str) -> str:
    """Return how to write syntax of other tools in this format."""
    if _ARROW.search(before):
        rate = _RATE_LIKE.match(rest) and before[-1:].strip(" \t+") + before.rstrip()[-1:].strip("+")
        return "write the rate constant in brackets after the reaction: [k = 1]" if rate else ""
    if rest.startswith(","):
        return "write the rate constant after the reaction, in brackets: A -> B [k = 1]"
    if rest.startswith(":"):
        return "write the name of a reaction after it, as a comment: A -> B  # name"
    if re.match(r"(\(\s*0\s*\)\s*)?=\s*[\w.+-]", rest):
        return "write an initial concentration as 'A @initial 10', and a number as 'parameter k1 = 0.3'"
    return ""


def _in_sides(before: str) -> bool:
    """Return whether text after `before` belongs to a side of a reaction."""
    return not any(mark in before for mark in "[{@") and not (_ARROW.search(before) and "," in before)
