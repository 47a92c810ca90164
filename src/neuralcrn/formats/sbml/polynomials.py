"""Kinetic laws as polynomials in the species."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import final

from neuralcrn.chemistry.values import ORDER_LIMIT
from neuralcrn.errors import NetworkError
from neuralcrn.formats.sbml.formula import Function, Monomial, Polynomial, Walker
from neuralcrn.formats.sbml.numbers import OPERATORS, operand, operate, scalar


def number(value: float) -> Polynomial:
    """Return a constant polynomial."""
    return {(): value}


def product(left: Polynomial, right: Polynomial) -> Polynomial:
    """Return the product of two polynomials.

    Examples
    --------
    >>> product({("P",): 3.0}, {("P",): 1.0, (): -1.0})
    {('P', 'P'): 3.0, ('P',): -3.0}
    """
    result: dict[Monomial, float] = {}
    for first, a in left.items():
        for second, b in right.items():
            monomial = tuple(sorted(first + second)) if first and second else first or second
            if len(monomial) > ORDER_LIMIT:
                raise NetworkError(f"the order of a term is above {ORDER_LIMIT}")
            result[monomial] = result[monomial] + a * b if monomial in result else a * b
    return result


def constant(value: Polynomial, what: str) -> float:
    """Return a polynomial that must be a number."""
    for monomial in value:
        if monomial:
            raise NetworkError(
                f"{what} depends on species {monomial[0]}: a law of mass action is a sum of constants times "
                "products of species"
            )
    return value.get((), 0.0)


@final
class Polynomials(Walker[Polynomial]):
    """Evaluate formulas as polynomials, see `Walker`.

    Examples
    --------
    >>> from neuralcrn.formats.sbml.formula import Formula
    >>> half = Formula("divide", arguments=(Formula("name", name="A"), Formula("number", 2.0)))
    >>> Polynomials({}, 100).evaluate(half, lambda name: {(name,): 1.0})
    {('A',): 0.5}
    """

    def __init__(self, functions: Mapping[str, Function], work: int):
        super().__init__(functions, work)

    def _number(self, value: float) -> Polynomial:
        return _finite(number(value))

    def _operate(self, kind: str, values: list[Polynomial]) -> Polynomial:
        return _finite(self._of(kind, values))

    def _of(self, kind: str, values: list[Polynomial]) -> Polynomial:
        if kind == "times":
            result = number(1.0) if not values else values[0]
            for value in values[1:]:
                result = self._product(result, value)
            return result
        if kind == "plus":
            return self._sum(values)
        if kind == "minus" and len(values) in (1, 2):
            negative = {monomial: -coefficient for monomial, coefficient in values[-1].items()}
            return negative if len(values) == 1 else self._sum([values[0], negative])
        if kind == "divide" and len(values) == 2:
            divisor = constant(values[1], "a divisor")
            if divisor == 0.0:
                raise NetworkError("division by zero")
            return {monomial: coefficient / divisor for monomial, coefficient in values[0].items()}
        if kind == "power" and len(values) == 2 and not set(values[0]) <= {()}:
            return self._power(values[0], constant(values[1], "an exponent"))
        if kind == "piecewise":
            return self._piece(values)
        return number(_of_constants(kind, values))

    def _piece(self, values: list[Polynomial]) -> Polynomial:
        """Return the piece that always holds; conditions cannot be polynomials but may be constants."""
        for i in range(1, len(values), 2):
            if constant(values[i], "the condition of a piece"):
                return values[i - 1]
        if len(values) % 2 == 0:
            raise NetworkError("no piece of a piecewise formula holds")
        return values[-1]

    def _power(self, base: Polynomial, exponent: float) -> Polynomial:
        if not (exponent.is_integer() and 0.0 <= exponent <= ORDER_LIMIT):
            raise NetworkError(
                f"the exponent {exponent:g} of a species: mass action has whole ones up to {ORDER_LIMIT}"
            )
        result = number(1.0)
        for _ in range(int(exponent)):
            result = self._product(result, base)
        return result

    def _product(self, left: Polynomial, right: Polynomial) -> Polynomial:
        self._spend(len(left) * len(right))
        return product(left, right)

    def _sum(self, values: list[Polynomial]) -> Polynomial:
        result: dict[Monomial, float] = {}
        for value in values:
            self._spend(len(value))
            for monomial, coefficient in value.items():
                result[monomial] = result[monomial] + coefficient if monomial in result else coefficient
        return result


def _finite(value: Polynomial) -> Polynomial:
    for coefficient in value.values():
        if not math.isfinite(coefficient):
            raise NetworkError(f"a number in its formula is {coefficient}: finite numbers are needed")
    return value


def _of_constants(kind: str, values: list[Polynomial]) -> float:
    """Return the value of an operator with constant operands."""
    if kind not in OPERATORS:
        raise NetworkError(
            f"'{kind}' is not supported: a law of mass action has sums, products and whole powers"
        )
    numbers = [constant(value, f"the argument of '{kind}'") for value in values]
    result = scalar(operate(kind, [operand(value) for value in numbers]))
    if not math.isfinite(result):
        shown = ", ".join(f"{value:g}" for value in numbers)
        raise NetworkError(f"{kind}({shown}) is not a finite number")
    return result
