"""Numbers that keep the formula of parameters by which they were computed.

A model is read with such numbers in place of the values of its parameters. The reader computes with them as
with all other numbers, and the rate constants and initial values that result have formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self, final

from neuralcrn.algebra import Expression
from neuralcrn.errors import NetworkError

COMPARING = frozenset(("eq", "neq", "gt", "geq", "lt", "leq", "and", "or", "xor", "not"))
"""Operators whose results are true or false."""


@final
class Traced(float):
    """A number with its formula.

    Its value decides signs and comparisons. It is not known to be a whole number.

    Parameters
    ----------
    value : float
        The number.
    formula : Expression
        Formula that has this value.

    Examples
    --------
    >>> k = Traced(2.0, Expression.name("k"))
    >>> rate = abs(-(3 * k)) / 4
    >>> float(rate), str(rate.formula)
    (1.5, '0.75*k')
    """

    formula: Expression

    def __new__(cls, value: float, formula: Expression) -> Self:
        made = super().__new__(cls, value)
        made.formula = formula
        return made

    def __add__(self, other: float) -> Traced:
        return Traced(float(self) + float(other), self.formula + formula_of(other))

    def __radd__(self, other: float) -> Traced:
        return Traced(float(other) + float(self), formula_of(other) + self.formula)

    def __sub__(self, other: float) -> Traced:
        return Traced(float(self) - float(other), self.formula - formula_of(other))

    def __rsub__(self, other: float) -> Traced:
        return Traced(float(other) - float(self), formula_of(other) - self.formula)

    def __mul__(self, other: float) -> Traced:
        return Traced(float(self) * float(other), self.formula * formula_of(other))

    def __rmul__(self, other: float) -> Traced:
        return Traced(float(other) * float(self), formula_of(other) * self.formula)

    def __truediv__(self, other: float) -> Traced:
        return Traced(float(self) / float(other), self.formula / formula_of(other))

    def __rtruediv__(self, other: float) -> Traced:
        return Traced(float(other) / float(self), formula_of(other) / self.formula)

    def __neg__(self) -> Traced:
        return Traced(-float(self), -self.formula)

    def __abs__(self) -> Traced:
        return -self if self < 0.0 else self

    def is_integer(self) -> bool:
        """Return False: at other values of the parameters it is another number."""
        return False


def with_formula(kind: str, operands: Sequence[Any], result: Any) -> Any:
    """Return the result of an operator, with its formula if an operand has one.

    A comparison has none: whether it holds may be different at other values.
    """
    if kind in COMPARING or not any(isinstance(operand, Traced) for operand in operands):
        return result
    if kind == "piecewise":
        pieces = zip(operands[0::2], operands[1::2], strict=False)
        otherwise = operands[-1] if len(operands) % 2 else result
        return next((piece for piece, condition in pieces if condition), otherwise)
    return Traced(float(result), operation(kind, [formula_of(operand) for operand in operands]))


def formula_of(value: float) -> Expression:
    """Return the formula of a number."""
    return value.formula if isinstance(value, Traced) else Expression.number(float(value))


def operation(kind: str, arguments: Sequence[Expression]) -> Expression:
    """Return an operator of SBML applied to formulas.

    Raises
    ------
    NetworkError
        If there is no such operator for formulas.

    Examples
    --------
    >>> print(operation("root", [Expression.number(3.0), Expression.name("k")]))
    k^0.3333333333333333
    """
    if kind in _FUNCTIONS and len(arguments) == 1:
        made = Expression.call(_FUNCTIONS[kind], arguments[0])
        return made if made.names else Expression.number(float(made.evaluate({})))
    if kind not in _OPERATIONS:
        names = ", ".join(sorted(frozenset[str]().union(*(argument.names for argument in arguments))))
        raise NetworkError(f"'{kind}' of {names} is not supported where these vary")
    return _OPERATIONS[kind](*arguments)


def _difference(first: Expression, *second: Expression) -> Expression:
    return first - second[0] if second else -first


def _logarithm(base: Expression, value: Expression) -> Expression:
    if base.constant == 10.0:
        return Expression.call("log10", value)
    return Expression.call("ln", value) / Expression.call("ln", base)


_FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {name: name for name in ("exp", "ln", "abs", "sin", "cos", "tan", "sinh", "cosh", "tanh")}
)

_OPERATIONS: Mapping[str, Callable[..., Expression]] = MappingProxyType(
    {
        "plus": lambda *terms: Expression.sum(terms),
        "times": lambda *factors: Expression.product(factors),
        "minus": _difference,
        "divide": lambda dividend, divisor: dividend / divisor,
        "power": lambda base, exponent: base**exponent,
        "root": lambda degree, value: (
            Expression.call("sqrt", value) if degree.constant == 2.0 else value ** (1.0 / degree)
        ),
        "log": _logarithm,
    }
)
