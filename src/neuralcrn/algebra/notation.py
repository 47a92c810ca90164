"""Parser for equations in mathematical notation: a grammar, and arithmetic on arrays of polynomials."""

from __future__ import annotations

import functools
import math
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn, cast

import numpy as np
import numpy.typing as npt
from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedToken, VisitError
from lark.visitors import Transformer_NonRecursive

from neuralcrn.algebra.monomial import Shape, Variable, elements_of
from neuralcrn.algebra.polynomial import Polynomial, sum_of
from neuralcrn.errors import InvalidValueError, ParseError, UnknownNameError, printable

MAX_CHARACTERS = 10_000
MAX_DEPTH = 50
MAX_POWER = 10
MAX_DEGREE = 100
MAX_WORK = 1_000_000
"""Limit for the number of factors processed while reading one text; a dense system of 100 states needs an
eighth of it."""

_GRAMMAR = r"""
start: _SEPARATOR? equation (_SEPARATOR equation)* _SEPARATOR?
equation: left EQUALS sum
left: NAME index? (PRIME | SLASH NAME)?

?sum: product ((PLUS | MINUS) product)*
?product: signed (TIMES signed | juxtaposed)*
?signed: (PLUS | MINUS)* power
?power: base (CARET exponent)?
?juxtaposed: operand | operand CARET exponent -> power
exponent: MINUS? NUMBER

?base: number | operand
?operand: reference | absolute | group
number: NUMBER
reference: NAME index?
absolute: ABS group | BAR MINUS? (reference | number | group) BAR
group: LEFT sum _RIGHT
index: "[" NUMBER ("," NUMBER)* "]"

ABS: "abs"
NAME: /[A-Za-z_][A-Za-z0-9_]*/
NUMBER: /([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?/
CARET.2: /\*\*|\^/
TIMES: "*"
PLUS: "+"
MINUS: "-"
SLASH: "/"
EQUALS: "="
PRIME: "'"
BAR: "|"
LEFT: "("
_RIGHT: ")"
_SEPARATOR: /[;\n][ \t\r;\n]*/
%ignore /[ \t\r]+/
"""

_WORDS = {
    "NAME": "a name",
    "NUMBER": "a number",
    "LEFT": "'('",
    "_RIGHT": "')'",
    "BAR": "'|'",
    "EQUALS": "'='",
    "TIMES": "'*'",
    "CARET": "'^'",
    "PLUS": "'+'",
    "MINUS": "'-'",
    "LSQB": "'['",
    "RSQB": "']'",
    "_SEPARATOR": "the end of the line",
    "$END": "the end",
}

_Array = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class _Located:
    """An array of polynomials and the token at which it begins."""

    array: _Array
    token: Token


def read_equations(
    text: str, states: Mapping[str, Shape], others: Mapping[str, Shape]
) -> tuple[tuple[Variable, Polynomial], ...]:
    """Return every element of every state with its right-hand side, in order of declaration.

    Parameters
    ----------
    text : str
        Equations, separated by newlines or semicolons.
    states, others : mapping of str to shape
        Variables allowed on the left-hand side, and further variables allowed on the right-hand side.

    Raises
    ------
    ParseError
        If the text does not follow the notation, or if a state has no equation or more than one.

    Examples
    --------
    >>> for state, f in read_equations("z' = 2x^2 - z", {"z": 1}, {"x": 1}):
    ...     print(state, "changes by", f)
    z[0] changes by 2*x[0]^2 - z[0]
    """
    _check_readable(text)
    reader = _Reader(text, states, others)
    try:
        reader.transform(_parser().parse(text))
    except VisitError as error:
        raise error.orig_exc from None
    except (UnexpectedToken, UnexpectedCharacters) as error:
        raise _syntax_error(text, error) from None
    wanted = [variable for name, shape in states.items() for variable in elements_of(name, shape)]
    for state in wanted:
        if state not in reader.found:
            raise _error_at_end(text, f"no equation for {state}: every state needs one, add d{state} = ...")
    return tuple((state, reader.found[state]) for state in wanted)


@functools.cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


class _Reader(Transformer_NonRecursive[Token, None]):
    """Compute with arrays of polynomials, bottom-up, with one method per rule of the grammar."""

    def __init__(self, text: str, states: Mapping[str, Shape], others: Mapping[str, Shape]) -> None:
        super().__init__()
        self.found: dict[Variable, Polynomial] = {}
        self._lines = text.split("\n")
        self._states = tuple(states)
        self._shapes = {
            name: (shape,) if isinstance(shape, int) else tuple(shape)
            for name, shape in {**states, **others}.items()
        }
        self._arrays: dict[str, _Array] = {}
        self._work = 0

    def equation(self, children: list[Any]) -> None:
        (token, variables, shape), equals, value = children
        if value.array.shape not in (shape, ()):
            self._fault(
                equals, f"{token} has {_shown(shape)}, but the right side {_shown(value.array.shape)}"
            )
        right = np.broadcast_to(value.array, shape).ravel()
        self._spend(equals, int(_sizes(right).sum()))
        for variable, polynomial in zip(variables, right, strict=True):
            if variable in self.found:
                self._fault(token, f"second equation for {variable}: write one, with all its terms")
            self.found[variable] = polynomial

    def left(self, children: list[Any]) -> tuple[Token, tuple[Variable, ...], tuple[int, ...]]:
        token = children[0]
        marks = [c for c in children[1:] if isinstance(c, Token)]
        index = next((c for c in children[1:] if not isinstance(c, Token)), None)
        primed = bool(marks) and marks[0].type == "PRIME"
        if not primed and (token[0] != "d" or len(token) == 1):
            self._fault(token, "the left side must be a derivative, such as dz, dz/dt or z'")
        if len(marks) == 2 and marks[1] != "dt":
            self._fault(marks[1], "the derivative is by time: write /dt")
        name = str(token) if primed else str(token[1:])
        if name not in self._states:
            self._fault(token, str(UnknownNameError("state", name, self._states)))
        return (token, *self._elements(token, name, index))

    def sum(self, children: list[Any]) -> _Located:
        values: list[_Located] = children[::2]
        shape = values[0].array.shape
        for operator, value in zip(children[1::2], values[1:], strict=True):
            other = value.array.shape
            if shape and other and shape != other:
                self._fault(operator, f"{_shown(shape)} and {_shown(other)} cannot be added or subtracted")
            shape = shape or other
        self._spend(values[0].token, math.prod(shape) * len(values))
        columns: list[Any] = []
        for operator, value in zip([None, *children[1::2]], values, strict=True):
            negative = operator is not None and operator.type == "MINUS"
            array = _boxed(-value.array) if negative else value.array
            columns.append(np.broadcast_to(array, shape).ravel())
            self._spend(value.token, int(_sizes(columns[-1]).sum()))
        with self._at(values[0].token):
            total = _filled(shape, [sum_of(row) for row in zip(*columns, strict=True)])
        return _Located(total, values[0].token)

    def product(self, children: list[Any]) -> _Located:
        result: _Located = children[0]
        operator: Token | None = None
        for child in children[1:]:
            if isinstance(child, Token):
                operator = child
            else:
                array = self._times(result.array, child.array, operator or child.token)
                result, operator = _Located(array, result.token), None
        return result

    def signed(self, children: list[Any]) -> _Located:
        *signs, value = children
        if sum(sign.type == "MINUS" for sign in signs) % 2 == 0:
            return value
        return _Located(_boxed(-value.array), signs[0])

    def power(self, children: list[Any]) -> _Located:
        base, caret, (exponent, token) = children
        if exponent is None or exponent > MAX_POWER:
            self._fault(token, f"a power must be a whole number from 0 to {MAX_POWER}")
        if exponent * max(p.degree for p in base.array.flat) > MAX_DEGREE:
            self._fault(
                token, f"the degree of this power is larger than {MAX_DEGREE}, the largest supported degree"
            )
        result = np.full(base.array.shape, Polynomial.constant(1.0), dtype=object)
        for _ in range(exponent):
            result = self._element_wise(result, base.array, caret)
        return _Located(result, base.token)

    def exponent(self, children: list[Any]) -> tuple[int | None, Token]:
        return _whole(children[0]) if len(children) == 1 else None, children[0]

    def number(self, children: list[Any]) -> _Located:
        with self._at(children[0]):
            return _Located(_boxed(Polynomial.constant(float(children[0]))), children[0])

    def reference(self, children: list[Any]) -> _Located:
        token = children[0]
        if token not in self._shapes:
            known = UnknownNameError("name", str(token), self._shapes)
            self._fault(token, f"{known} (the only function is abs)")
        variables, shape = self._elements(token, str(token), *children[1:])
        self._spend(token, 2 * len(variables))
        key = str(variables[0]) if len(children) > 1 else str(token)
        if key not in self._arrays:
            self._arrays[key] = _filled(shape, [Polynomial.of(variable) for variable in variables])
        return _Located(self._arrays[key], token)

    def absolute(self, children: list[Any]) -> _Located:
        value = next(child for child in children if isinstance(child, _Located))
        with self._at(children[0]):
            return _Located(_boxed(np.absolute(value.array)), children[0])

    def group(self, children: list[Any]) -> _Located:
        return _Located(children[1].array, children[0])

    def index(self, children: list[Any]) -> tuple[Token, ...]:
        return tuple(children)

    def _elements(
        self, token: Token, name: str, index: tuple[Token, ...] | None = None
    ) -> tuple[tuple[Variable, ...], tuple[int, ...]]:
        """Return the variables that a name refers to, with or without an index, and their shape."""
        shape = self._shapes[name]
        if index is None:
            return elements_of(name, shape), shape
        numbers = [_whole(number) for number in index]
        if len(numbers) != len(shape):
            self._fault(
                token, f"{name} is {_shown(shape)}: it takes {len(shape)} indices, not {len(numbers)}"
            )
        inside: list[int] = []
        for number, extent, where in zip(numbers, shape, index, strict=True):
            if number is None or number >= extent:
                self._fault(where, f"index outside {name}: count from 0 to {extent - 1}")
            inside.append(number)
        return (Variable(name, tuple(inside)),), ()

    def _times(self, left: _Array, right: _Array, operator: Token) -> _Array:
        if () in (left.shape, right.shape) or (left.ndim == 1 and left.shape == right.shape):
            return self._element_wise(left, right, operator)
        if left.ndim != 2 or right.ndim not in (1, 2) or left.shape[1] != right.shape[0]:
            self._fault(
                operator,
                f"{_shown(left.shape)} times {_shown(right.shape)} is not defined: multiply a matrix (n, m) "
                "by a vector (m) or a matrix (m, p), or vectors of equal length",
            )
        self._spend(operator, int((_sizes(left) @ _sizes(right)).sum()))
        result = np.empty((left.shape[0], *right.shape[1:]), dtype=object)
        with self._at(operator):
            for index in np.ndindex(result.shape):
                row, column = left[index[0]], right[:, *index[1:]]
                result[index] = sum_of(a * b for a, b in zip(row, column, strict=True))
        return result

    def _element_wise(self, left: _Array, right: _Array, operator: Token) -> _Array:
        self._spend(operator, int((_sizes(left) * _sizes(right)).sum()))
        with self._at(operator):
            return _boxed(left * right)

    def _spend(self, token: Token, work: int) -> None:
        """Reject a text whose expansion would take too long, before expanding it."""
        self._work += work
        if self._work > MAX_WORK:
            self._fault(token, "this expands into too many terms: introduce a state for a part of it")

    @contextmanager
    def _at(self, token: Token) -> Generator[None]:
        """Add the position in the text to errors raised by the algebra."""
        try:
            yield
        except InvalidValueError as error:
            self._fault(token, str(error))

    def _fault(self, token: Token, what: str) -> NoReturn:
        line, column = cast(int, token.line), cast(int, token.column)
        raise ParseError(what, line=line, column=column, excerpt=self._lines[line - 1], source="equations")


def _filled(shape: tuple[int, ...], polynomials: list[Polynomial]) -> _Array:
    result = np.empty(len(polynomials), dtype=object)
    result[:] = polynomials
    return result.reshape(shape)


def _boxed(value: Any) -> _Array:
    # Arithmetic on object arrays without axes returns the bare object.
    return np.asarray(value, dtype=object)


def _sizes(array: _Array) -> npt.NDArray[np.int64]:
    """Return the number of factors of each polynomial; a constant or a sign counts as one."""
    polynomials = cast(list[Polynomial], array.ravel().tolist())
    counts = [max(1, sum(1 + len(m.factors) for m, _ in p.terms)) for p in polynomials]
    return np.array(counts, dtype=np.int64).reshape(array.shape)


def _whole(token: Token) -> int | None:
    """Return a number as a non-negative integer, or None if it is not one or too large."""
    value = float(token)
    return int(value) if value.is_integer() and value < 2**31 else None


def _shown(shape: tuple[int, ...]) -> str:
    kind = {0: "scalar", 1: "vector", 2: "matrix"}.get(len(shape), "array")
    return f"a {kind} ({', '.join(map(str, shape))})" if shape else "a scalar"


def _check_readable(text: str) -> None:
    """Reject texts that would take too long to parse."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidValueError(
            f"the equations have {len(text)} characters, more than {MAX_CHARACTERS}: "
            "write arrays instead of elements"
        )
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth > MAX_DEPTH:
            line, start = text.count("\n", 0, position), text.rfind("\n", 0, position) + 1
            raise ParseError(
                f"more than {MAX_DEPTH} nested parentheses",
                line=line + 1,
                column=position - start + 1,
                excerpt=text.split("\n")[line],
                source="equations",
            )


def _syntax_error(text: str, error: UnexpectedToken | UnexpectedCharacters) -> ParseError:
    """Describe what the parser found and what it expected."""
    expected = error.expected if isinstance(error, UnexpectedToken) else error.allowed
    wanted = ", ".join(word for name, word in _WORDS.items() if name in (expected or ()))
    found = str(error.token) if isinstance(error, UnexpectedToken) else text[error.pos_in_stream or 0]
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return _error_at_end(text, f"the text ends too early; expected {wanted}")
    if found == "/":
        what = "mass action has no division: multiply by a decimal number, or write the derivative as dz/dt"
    elif found.startswith("\n"):
        what = f"the line ends too early; expected {wanted}"
    else:
        what = f"unexpected {printable(found, 20)!r}; expected {wanted}"
    excerpt = text.split("\n")[error.line - 1]
    return ParseError(what, line=error.line, column=error.column, excerpt=excerpt, source="equations")


def _error_at_end(text: str, what: str) -> ParseError:
    lines = text.split("\n")
    return ParseError(what, line=len(lines), column=len(lines[-1]) + 1, excerpt=lines[-1], source="equations")
