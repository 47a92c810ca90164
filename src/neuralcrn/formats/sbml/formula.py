"""Formulas of kinetic laws, their evaluation, and monomials."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, final

from neuralcrn.errors import NetworkError, printable

Monomial = tuple[str, ...]
"""A product of species: their names in alphabetical order, repeated according to their powers."""

Polynomial = Mapping[Monomial, float]
"""Coefficients by monomial. Zeros are kept, because a reaction with a rate constant of 0 is still a
reaction.
"""

TIME = "the time"
"""The symbol of time, which is not a valid identifier."""

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
        Value of a number.
    name : str
        Name of a symbol or of a called function.
    arguments : tuple of Formula
        Operands of an operator or arguments of a function.
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
        Names of the arguments.
    body : Formula
        Value; only the arguments may occur in it.
    """

    parameters: tuple[str, ...]
    body: Formula


class Walker(ABC, Generic[V]):
    """Evaluate formulas with a limit on the computational work, which nested functions can multiply.

    Parameters
    ----------
    functions : mapping from str to Function
        The functions of the model.
    work : int
        Maximum number of processed terms.
    """

    def __init__(self, functions: Mapping[str, Function], work: int):
        self._functions = functions
        self._work = work
        self._depth = 0

    def evaluate(self, formula: Formula, lookup: Callable[[str], V]) -> V:
        """Return the value of a formula; `lookup` returns the values of symbols, including `TIME`.

        Raises
        ------
        NetworkError
            If it has no value, or exceeds the limit of work.
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
            for argument in formula.arguments:  # a comprehension would add a stack frame per level
                values.append(self.evaluate(argument, lookup))
            if formula.kind == "call":
                return self._call(formula.name, values)
            return self._operate(formula.kind, values)
        finally:
            self._depth -= 1

    @abstractmethod
    def _number(self, value: float) -> V:
        """Return the value of a number."""

    @abstractmethod
    def _operate(self, kind: str, values: list[V]) -> V:
        """Return the value of an operator."""

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
            raise NetworkError("its formulas are too large to expand: simplify them")
