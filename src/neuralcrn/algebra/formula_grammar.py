"""Grammar of formulas. Only `neuralcrn.algebra.formula` uses it, because it imports Lark."""

from __future__ import annotations

import functools
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedToken, VisitError
from lark.visitors import Transformer_NonRecursive, v_args

from neuralcrn.algebra.expression import FUNCTIONS, Expression
from neuralcrn.errors import ParseError, near, printable

_GRAMMAR = r"""
?start: sum
?sum: product ((PLUS | MINUS) product)*
?product: signed ((TIMES | SLASH) signed)*
?signed: power | (PLUS | MINUS) signed -> sign
?power: base (CARET signed)?
?base: NUMBER -> number
     | NAME -> name
     | NAME "(" sum ")" -> function
     | "(" sum ")"

NAME: /[A-Za-z_][A-Za-z0-9_]*/
NUMBER: /([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?/
CARET.2: /\*\*|\^/
TIMES: "*"
SLASH: "/"
PLUS: "+"
MINUS: "-"
%ignore /[ \t\r\n]+/
"""

_WORDS = {"NAME": "a name", "NUMBER": "a number", "LPAR": "'('", "RPAR": "')'", "TIMES": "an operator"}


def read_formula(text: str, source: str) -> Expression:
    """Return the formula that a text describes, see `neuralcrn.algebra.parse_expression`."""
    try:
        return _Builder(text, source).transform(_parser().parse(text))
    except VisitError as error:
        raise error.orig_exc from None
    except UnexpectedToken as error:
        position = len(text) if error.token.type == "$END" else error.pos_in_stream or 0
        raise ParseError.at(_complaint(error), text, position, source) from None
    except UnexpectedCharacters as error:
        position = error.pos_in_stream or 0
        what = f"the character {printable(text[position])!r} cannot stand in a formula"
        raise ParseError.at(what, text, position, source) from None


@functools.cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


class _Builder(Transformer_NonRecursive[Token, Expression]):
    """Build the formula bottom-up, with one method per rule of the grammar."""

    def __init__(self, text: str, source: str):
        super().__init__()
        self._text, self._source = text, source

    @v_args(inline=True)
    def number(self, token: Token) -> Expression:
        value = float(token)
        if value == float("inf"):
            raise ParseError.at("this number is too large", self._text, token.start_pos or 0, self._source)
        return Expression.number(value)

    @v_args(inline=True)
    def name(self, token: Token) -> Expression:
        return Expression.name(str(token))

    @v_args(inline=True)
    def function(self, token: Token, argument: Expression) -> Expression:
        if token not in FUNCTIONS:
            nearest = near(token, FUNCTIONS)
            hint = (
                f": did you mean {nearest!r}?" if nearest else f": known are {', '.join(sorted(FUNCTIONS))}"
            )
            what = f"unknown function {printable(token)!r}{hint}"
            raise ParseError.at(what, self._text, token.start_pos or 0, self._source)
        return Expression.call(str(token), argument)

    def sum(self, children: list[Any]) -> Expression:
        signed = zip(children[1::2], children[2::2], strict=True)
        return Expression.sum([children[0], *(term if sign == "+" else -term for sign, term in signed)])

    def product(self, children: list[Any]) -> Expression:
        others = zip(children[1::2], children[2::2], strict=True)
        return Expression.product([children[0], *(f if sign == "*" else f**-1.0 for sign, f in others)])

    @v_args(inline=True)
    def sign(self, sign: Token, operand: Expression) -> Expression:
        return operand if sign == "+" else -operand

    @v_args(inline=True)
    def power(self, base: Expression, _: Token, exponent: Expression) -> Expression:
        return base**exponent


def _complaint(error: UnexpectedToken) -> str:
    wanted = " or ".join(word for name, word in _WORDS.items() if name in error.accepts)
    if error.token.type == "$END":
        return f"the formula ends too early: expected {wanted}"
    return f"unexpected {printable(error.token, 20)!r}: expected {wanted or 'the end'}"
