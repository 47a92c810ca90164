"""The mathematics of laws: formulas, and what they are as polynomials in the species."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

from neuralcrn.chemistry.values import ORDER_LIMIT
from neuralcrn.errors import NetworkError, printable

Monomial = tuple[str, ...]
"""A product of species: their names in alphabetical order, each as often as it is a factor."""

Polynomial = Mapping[Monomial, float]
"""Coefficients by monomial. Zeros are kept: a reaction whose constant is 0 is still a reaction."""

Lookup = Callable[[str], Polynomial]
"""Says what a symbol stands for."""

_DEPTH_LIMIT = 200


@final
@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as a tree.

    Attributes
    ----------
    kind : str
        ``number``, ``name``, ``call`` of a function of the model, or an operator.
    value : float
        Of a number.
    name : str
        Of a symbol or of the function that is called.
    arguments : tuple of Formula
        What an operator or a function is applied to.
    """

    kind: str
    value: float = 0.0
    name: str = ""
    arguments: tuple[Formula, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Function:
    """A function that a model defines.

    Attributes
    ----------
    parameters : tuple of str
        Names of its arguments.
    body : Formula
        Its value; it knows no other names.
    """

    parameters: tuple[str, ...]
    body: Formula


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


@final
class Calculator:
    """Evaluates formulas, with a bound on the work: functions that call functions multiply it.

    Parameters
    ----------
    functions : mapping from str to Function
        The functions of the model.
    work : int
        How many terms may be touched in all.

    Examples
    --------
    >>> half = Formula("divide", arguments=(Formula("name", name="A"), Formula("number", 2.0)))
    >>> Calculator({}, 100).evaluate(half, lambda name: {(name,): 1.0})
    {('A',): 0.5}
    """

    def __init__(self, functions: Mapping[str, Function], work: int):
        self._functions = functions
        self._work = work
        self._depth = 0

    def evaluate(self, formula: Formula, lookup: Lookup) -> Polynomial:
        """Return a formula as a polynomial.

        Raises
        ------
        NetworkError
            If it is none, or not finite, or takes too much work.
        """
        self._depth += 1
        if self._depth > _DEPTH_LIMIT:
            raise NetworkError(f"formulas and functions are nested more than {_DEPTH_LIMIT} deep")
        result = self._value(formula, lookup)
        self._spend(len(result))
        for coefficient in result.values():
            if not math.isfinite(coefficient):
                raise NetworkError(f"a number in its formula is {coefficient}: finite numbers are needed")
        self._depth -= 1
        return result

    def constant(self, formula: Formula, lookup: Lookup) -> float:
        """Return the value of a formula that has to be a number."""
        return _constant(self.evaluate(formula, lookup), "the value")

    def _value(self, formula: Formula, lookup: Lookup) -> Polynomial:
        if formula.kind == "number":
            return number(formula.value)
        if formula.kind == "name":
            return lookup(formula.name)
        values: list[Polynomial] = []
        for argument in formula.arguments:  # a comprehension would be one more frame a level
            values.append(self.evaluate(argument, lookup))
        if formula.kind == "call":
            return self._call(formula.name, values)
        if formula.kind == "times":
            result = number(1.0) if not values else values[0]
            for value in values[1:]:
                result = self._product(result, value)
            return result
        if formula.kind == "plus":
            return _sum(values)
        if formula.kind == "minus" and len(values) in (1, 2):
            negative = {monomial: -coefficient for monomial, coefficient in values[-1].items()}
            return negative if len(values) == 1 else _sum([values[0], negative])
        if formula.kind == "divide" and len(values) == 2:
            divisor = _constant(values[1], "a divisor")
            if divisor == 0.0:
                raise NetworkError("division by zero")
            return {monomial: coefficient / divisor for monomial, coefficient in values[0].items()}
        if formula.kind == "power" and len(values) == 2:
            return self._power(values[0], _constant(values[1], "an exponent"))
        return number(_function_of_constants(formula.kind, values))

    def _call(self, name: str, values: list[Polynomial]) -> Polynomial:
        if name not in self._functions:
            raise NetworkError(f"function {printable(name)} is not declared")
        function = self._functions[name]
        if len(values) != len(function.parameters):
            raise NetworkError(
                f"function {printable(name)} is given {len(values)} arguments, "
                f"but has {len(function.parameters)}"
            )
        known = dict(zip(function.parameters, values, strict=True))

        def lookup(inner: str) -> Polynomial:
            if inner not in known:
                raise NetworkError(
                    f"function {printable(name)} uses {printable(inner)}, not an argument of it"
                )
            return known[inner]

        return self.evaluate(function.body, lookup)

    def _power(self, base: Polynomial, exponent: float) -> Polynomial:
        if set(base) <= {()}:
            return number(_computed(math.pow, base.get((), 0.0), exponent))
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

    def _spend(self, work: int) -> None:
        self._work -= work + 1
        if self._work < 0:
            raise NetworkError("its formulas take too much work to expand: write them shorter")


def _sum(values: list[Polynomial]) -> Polynomial:
    result: dict[Monomial, float] = {}
    for value in values:
        for monomial, coefficient in value.items():
            result[monomial] = result[monomial] + coefficient if monomial in result else coefficient
    return result


def _constant(value: Polynomial, what: str) -> float:
    for monomial in value:
        if monomial:
            raise NetworkError(
                f"{what} depends on species {monomial[0]}: a law of mass action is a sum of constants times "
                "products of species"
            )
    return value.get((), 0.0)


def _function_of_constants(kind: str, values: list[Polynomial]) -> float:
    """Return one of the few functions that a constant may be made of."""
    numbers = [_constant(value, f"the argument of '{kind}'") for value in values]
    if kind == "log" and len(numbers) == 2:
        base, argument = numbers
        return _computed(math.log10, argument) if base == 10.0 else _computed(math.log, argument, base)
    if kind == "root" and len(numbers) == 2:
        degree, argument = numbers
        return _computed(math.sqrt, argument) if degree == 2.0 else _computed(_root, argument, degree)
    simple = {"exp": math.exp, "ln": math.log, "abs": math.fabs}
    if kind in simple and len(numbers) == 1:
        return _computed(simple[kind], numbers[0])
    raise NetworkError(f"'{kind}' with {len(numbers)} arguments is not supported")


def _root(argument: float, degree: float) -> float:
    return math.pow(argument, 1.0 / degree)


def _computed(function: Callable[..., float], *numbers: float) -> float:
    try:
        return function(*numbers)
    except (ValueError, OverflowError, ZeroDivisionError):
        shown = ", ".join(f"{value:g}" for value in numbers)
        raise NetworkError(f"{function.__name__.strip('_')}({shown}) is not a finite number") from None
