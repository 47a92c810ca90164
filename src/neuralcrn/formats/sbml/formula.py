"""The mathematics of laws: formulas, how they are gone through, and what a monomial is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, final

from neuralcrn.errors import NetworkError, printable

Monomial = tuple[str, ...]
"""A product of species: their names in alphabetical order, each as often as it is a factor."""

Polynomial = Mapping[Monomial, float]
"""Coefficients by monomial. Zeros are kept: a reaction whose constant is 0 is still a reaction."""

TIME = "the time"
"""The symbol of time, which no identifier can be."""

_DEPTH_LIMIT = 200
V = TypeVar("V")


@final
@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as a tree.

    Attributes
    ----------
    kind : str
        ``number``, ``name``, ``time``, ``call`` of a function of the model, or an operator.
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


class Walker(ABC, Generic[V]):
    """Evaluates formulas, with a bound on the work: functions that call functions multiply it.

    Parameters
    ----------
    functions : mapping from str to Function
        The functions of the model.
    work : int
        How many terms may be touched in all.
    """

    def __init__(self, functions: Mapping[str, Function], work: int):
        self._functions = functions
        self._work = work
        self._depth = 0

    def evaluate(self, formula: Formula, lookup: Callable[[str], V]) -> V:
        """Return the value of a formula; `lookup` says what a symbol stands for, `TIME` among them.

        Raises
        ------
        NetworkError
            If it has none, or takes too much work.
        """
        self._depth += 1
        try:
            if self._depth > _DEPTH_LIMIT:
                raise NetworkError(f"formulas and functions are nested more than {_DEPTH_LIMIT} deep")
            self._spend(1)
            if formula.kind == "number":
                return self._number(formula.value)
            if formula.kind in ("name", "time"):
                return lookup(formula.name if formula.kind == "name" else TIME)
            values: list[V] = []
            for argument in formula.arguments:  # a comprehension would be one more frame a level
                values.append(self.evaluate(argument, lookup))
            if formula.kind == "call":
                return self._call(formula.name, values)
            return self._operate(formula.kind, values)
        finally:
            self._depth -= 1

    @abstractmethod
    def _number(self, value: float) -> V:
        """Return what a number is."""

    @abstractmethod
    def _operate(self, kind: str, values: list[V]) -> V:
        """Return what an operator makes of its operands."""

    def _call(self, name: str, values: list[V]) -> V:
        if name not in self._functions:
            raise NetworkError(f"function {printable(name)} is not declared")
        function = self._functions[name]
        if len(values) != len(function.parameters):
            raise NetworkError(
                f"function {printable(name)} is given {len(values)} arguments, "
                f"but has {len(function.parameters)}"
            )
        known = dict(zip(function.parameters, values, strict=True))

        def lookup(inner: str) -> V:
            if inner not in known:
                raise NetworkError(
                    f"function {printable(name)} uses {printable(inner)}, not an argument of it"
                )
            return known[inner]

        return self.evaluate(function.body, lookup)

    def _spend(self, work: int) -> None:
        self._work -= work
        if self._work < 0:
            raise NetworkError("its formulas take too much work to expand: write them shorter")
