"""Formulas of named quantities: their values on arrays and their derivatives.

`neuralcrn.algebra.parse_expression` reads them from text.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from neuralcrn.errors import UnknownNameError


@final
@dataclass(frozen=True, slots=True)
class Expression:
    """A formula: a number, a name, an operation on formulas, or a function of one.

    Build it from `Expression.number`, `Expression.name` and `Expression.call` with ``+``, ``-``, ``*``,
    ``/`` and ``**``, or read it with `neuralcrn.algebra.parse_expression`.

    Attributes
    ----------
    kind : str
        ``number``, ``name``, ``+``, ``*``, ``^`` or the name of a function.
    value : float
        Value of a number.
    symbol : str
        Symbol of a name.
    arguments : tuple of Expression
        Terms of a sum, factors of a product, base and exponent of a power, or the argument of a function.

    Examples
    --------
    >>> k, x = Expression.name("k"), Expression.name("x")
    >>> rate = 2.0 * k * x**2 + Expression.call("exp", k)
    >>> print(rate, "and", rate.derivative("k"))
    2*k*x^2 + exp(k) and 2*x^2 + exp(k)
    >>> float(rate.evaluate({"k": 0.0, "x": 3.0})), sorted(rate.names)
    (1.0, ['k', 'x'])
    """

    kind: str
    value: float = 0.0
    symbol: str = ""
    arguments: tuple[Expression, ...] = ()

    @staticmethod
    def number(value: float) -> Expression:
        """Return a constant."""
        return Expression("number", value=float(value))

    @staticmethod
    def name(symbol: str) -> Expression:
        """Return a named quantity."""
        return Expression("name", symbol=symbol)

    @staticmethod
    def call(function: str, argument: Expression) -> Expression:
        """Return a function of an expression; see `FUNCTIONS` for the names.

        Raises
        ------
        UnknownNameError
            If there is no such function.
        """
        if function not in FUNCTIONS:
            raise UnknownNameError("function", function, FUNCTIONS)
        return Expression(function, arguments=(argument,))

    @staticmethod
    def sum(terms: Iterable[Expression]) -> Expression:
        """Return a sum, without nested sums and with at most one number, at its end."""
        flat = [part for term in terms for part in (term.arguments if term.kind == "+" else (term,))]
        rest = [term for term in flat if term.constant is None]
        total = math.fsum(term.value for term in flat if term.constant is not None)
        if total or not rest:
            rest.append(Expression.number(total))
        return rest[0] if len(rest) == 1 else Expression("+", arguments=tuple(rest))

    @staticmethod
    def product(factors: Iterable[Expression]) -> Expression:
        """Return a product, without nested products and with at most one number, at its start."""
        flat = [
            part for factor in factors for part in (factor.arguments if factor.kind == "*" else (factor,))
        ]
        rest = [factor for factor in flat if factor.constant is None]
        scale = math.prod(factor.value for factor in flat if factor.constant is not None)
        if scale == 0.0 or not rest:
            return Expression.number(scale)
        if scale != 1.0:
            rest.insert(0, Expression.number(scale))
        return rest[0] if len(rest) == 1 else Expression("*", arguments=tuple(rest))

    @property
    def constant(self) -> float | None:
        """Value of a number, else None."""
        return self.value if self.kind == "number" else None

    @property
    def names(self) -> frozenset[str]:
        """The named quantities that occur."""
        if self.kind == "name":
            return frozenset((self.symbol,))
        return frozenset[str]().union(*(argument.names for argument in self.arguments))

    def evaluate(self, values: Mapping[str, npt.ArrayLike]) -> Any:
        """Return the value, an array of the broadcast shape of the values.

        Parameters
        ----------
        values : mapping from str to array-like
            Values of the names; unused ones are ignored.

        Raises
        ------
        UnknownNameError
            If a name has no value.
        """
        if self.kind == "number":
            return np.float64(self.value)
        if self.kind == "name":
            if self.symbol not in values:
                raise UnknownNameError("name in a formula", self.symbol, values)
            return np.asarray(values[self.symbol], dtype=np.float64)
        inner = [argument.evaluate(values) for argument in self.arguments]
        with np.errstate(all="ignore"):  # a value that is undefined is NaN or infinite
            if self.kind in _OPERATIONS:
                return functools.reduce(_OPERATIONS[self.kind], inner)
            return FUNCTIONS[self.kind].value(*inner)

    def derivative(self, name: str) -> Expression:
        """Return the partial derivative with respect to a name.

        Examples
        --------
        >>> from neuralcrn.algebra import parse_expression
        >>> print(parse_expression("log10(a*x + b)").derivative("x"))
        0.43429448190325176*(a*x + b)^-1*a
        """
        return _derivative(self, name)

    def substitute(self, replacements: Mapping[str, Expression]) -> Expression:
        """Return the formula in which names are replaced by formulas."""
        if self.kind == "name":
            return replacements.get(self.symbol, self)
        return _rebuilt(self, tuple(argument.substitute(replacements) for argument in self.arguments))

    def __add__(self, other: Expression | float) -> Expression:
        return Expression.sum((self, _expression(other)))

    def __radd__(self, other: float) -> Expression:
        return Expression.sum((_expression(other), self))

    def __sub__(self, other: Expression | float) -> Expression:
        return self + -_expression(other)

    def __rsub__(self, other: float) -> Expression:
        return other + -self

    def __neg__(self) -> Expression:
        return Expression.product((Expression.number(-1.0), self))

    def __mul__(self, other: Expression | float) -> Expression:
        return Expression.product((self, _expression(other)))

    def __rmul__(self, other: float) -> Expression:
        return Expression.product((_expression(other), self))

    def __truediv__(self, other: Expression | float) -> Expression:
        return self * _expression(other) ** -1.0

    def __rtruediv__(self, other: float) -> Expression:
        return other * self**-1.0

    def __pow__(self, other: Expression | float) -> Expression:
        return _power(self, _expression(other))

    def __str__(self) -> str:
        """Return a text that `neuralcrn.algebra.parse_expression` reads as the same formula."""
        if self.kind == "number":
            return repr(self.value).removesuffix(".0")
        if self.kind == "name":
            return self.symbol
        if self.kind == "+":
            first, *others = map(str, self.arguments)
            signed = (f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in others)
            return first + "".join(signed)
        if self.kind == "*":
            sign = "-" if self.arguments[0].constant == -1.0 else ""
            factors = self.arguments[1:] if sign else self.arguments
            return sign + "*".join(_operand(factor, ("+",)) for factor in factors)
        if self.kind == "^":
            base, exponent = self.arguments
            negative = base.constant is not None and base.constant < 0.0
            left = f"({base})" if negative else _operand(base, ("+", "*", "^"))
            return f"{left}^{_operand(exponent, ('+', '*', '^'))}"
        return f"{self.kind}({self.arguments[0]})"


@final
@dataclass(frozen=True, slots=True)
class Function:
    """A function of one variable and its derivative."""

    value: Callable[[Any], Any]
    derivative: Callable[[Expression], Expression]


def _bessel(order: int) -> Callable[[Any], Any]:
    def value(x: Any) -> Any:
        from scipy.special import jv

        return jv(order, x)

    return value


def _called(function: str) -> Callable[[Expression], Expression]:
    return lambda x: Expression.call(function, x)


FUNCTIONS: Mapping[str, Function] = {
    "exp": Function(np.exp, _called("exp")),
    "ln": Function(np.log, lambda x: x**-1.0),
    "log": Function(np.log, lambda x: x**-1.0),
    "log2": Function(np.log2, lambda x: 1.0 / math.log(2.0) * x**-1.0),
    "log10": Function(np.log10, lambda x: 1.0 / math.log(10.0) * x**-1.0),
    "sqrt": Function(np.sqrt, lambda x: 0.5 * Expression.call("sqrt", x) ** -1.0),
    "abs": Function(np.abs, _called("sign")),
    "sign": Function(np.sign, lambda x: Expression.number(0.0)),
    "sin": Function(np.sin, _called("cos")),
    "cos": Function(np.cos, lambda x: -Expression.call("sin", x)),
    "tan": Function(np.tan, lambda x: Expression.call("cos", x) ** -2.0),
    "sinh": Function(np.sinh, _called("cosh")),
    "cosh": Function(np.cosh, _called("sinh")),
    "tanh": Function(np.tanh, lambda x: 1.0 - Expression.call("tanh", x) ** 2.0),
    "j0": Function(_bessel(0), lambda x: -Expression.call("j1", x)),
    "j1": Function(_bessel(1), lambda x: Expression.call("j0", x) - Expression.call("j1", x) / x),
}
"""Functions by name; ``ln`` and ``log`` are the natural logarithm, ``j0`` and ``j1`` Bessel functions."""

_OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = {"+": np.add, "*": np.multiply, "^": np.power}


@functools.lru_cache(maxsize=65_536)
def _derivative(formula: Expression, name: str) -> Expression:
    if formula.kind in ("number", "name"):
        return Expression.number(float(formula.symbol == name and formula.kind == "name"))
    parts = formula.arguments
    inner = tuple(_derivative(part, name) for part in parts)
    if formula.kind == "+":
        return Expression.sum(inner)
    if formula.kind == "*":
        others = (parts[:i] + parts[i + 1 :] for i in range(len(parts)))
        return Expression.sum(
            tuple(Expression.product((d, *rest)) for d, rest in zip(inner, others, strict=True))
        )
    if formula.kind == "^":
        base, exponent = parts
        by_base = exponent * base ** (exponent + -1.0) * inner[0]
        return by_base if inner[1].constant == 0.0 else by_base + formula * _logarithm(base) * inner[1]
    return FUNCTIONS[formula.kind].derivative(parts[0]) * inner[0]


def _logarithm(x: Expression) -> Expression:
    return Expression.call("ln", x)


def _expression(value: Expression | float) -> Expression:
    return value if isinstance(value, Expression) else Expression.number(value)


def _power(base: Expression, exponent: Expression) -> Expression:
    if exponent.constant == 1.0:
        return base
    if exponent.constant == 0.0:
        return Expression.number(1.0)
    formula = Expression("^", arguments=(base, exponent))
    value = formula.evaluate({}) if base.kind == exponent.kind == "number" else np.inf
    return Expression.number(float(value)) if np.isfinite(value) else formula


def _rebuilt(formula: Expression, arguments: tuple[Expression, ...]) -> Expression:
    """Return the formula with other arguments, simplified as when it was built."""
    if formula.kind == "+":
        return Expression.sum(arguments)
    if formula.kind == "*":
        return Expression.product(arguments)
    if formula.kind == "^":
        return _power(*arguments)
    return Expression(formula.kind, formula.value, formula.symbol, arguments)


def _operand(formula: Expression, weaker: tuple[str, ...]) -> str:
    return f"({formula})" if formula.kind in weaker else str(formula)
