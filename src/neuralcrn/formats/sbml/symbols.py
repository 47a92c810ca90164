"""Values of the symbols of a model: constants, initial values, and polynomials in the variables.

The three are distinguished: a species with the initial value 2 is not the constant 2, but a parameter that an
initial assignment computes from a species is a constant.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import partial
from types import MappingProxyType
from typing import final

from neuralcrn.errors import InvalidValueError, NetworkError, NeuralCRNWarning, printable, shown_path
from neuralcrn.formats.sbml.document import Document, ReactionEntry, SpeciesEntry
from neuralcrn.formats.sbml.formula import TIME, Formula, Polynomial
from neuralcrn.formats.sbml.numbers import Array, Numbers, operand, scalar
from neuralcrn.formats.sbml.polynomials import Polynomials, constant, number

_CHAIN_LIMIT = 50


@final
class Symbols:
    """The values of one model, computed on demand.

    Parameters
    ----------
    document : Document
        The model.
    work : int
        Maximum number of processed terms.
    source : str
        File name, for warnings.
    """

    def __init__(self, document: Document, work: int, source: str):
        self._document, self._source = document, source
        self._variables = frozenset(document.variables)
        self._polynomials = Polynomials(document.functions, work)
        self._numbers = Numbers(document.functions, work)
        self._constants: dict[str, float] = {}
        self._starts: dict[str, float] = {}
        self._expanded: dict[str, Polynomial] = {}
        self._open: list[str] = []

    def constant(self, name: str) -> float:
        """Return the value of a constant compartment, parameter or identified stoichiometry.

        Raises
        ------
        NetworkError
            If the name is not a constant, or has no finite value.
        """
        if name in self._constants:
            return self._constants[name]
        document, shown = self._document, printable(name)
        if name in document.reactions:
            raise NetworkError(f"{shown} is the rate of a reaction: a constant is needed")
        if name in self._variables:
            what = "a species" if name in document.species else "changed by a rule or an event"
            raise NetworkError(f"{shown} is {what}: a constant is needed")
        if name in document.ruled:  # holds at all times, an initial assignment only at the start
            with self._entered(name):
                rule = self._polynomials.evaluate(document.ruled[name], self.constant_polynomial)
                value = constant(rule, "the value")
        else:
            value = self._given(name)
        self._constants[name] = value
        return value

    def has_value(self, name: str) -> bool:
        """Return whether a value is given for a name of `numbers`, directly or by a formula."""
        document = self._document
        return document.numbers[name] is not None or name in document.ruled or name in document.assigned

    def size(self, species: SpeciesEntry) -> float | None:
        """Return the compartment size of a species, or None if it is not given and not needed."""
        name = species.compartment
        if name not in self._document.compartments:
            raise NetworkError(f"compartment {printable(name)} is not declared")
        if not self.has_value(name) and species.substance_only:
            return None
        size = self.constant(name)
        if size <= 0.0:
            raise InvalidValueError(f"compartment {printable(name)} has size {size:g}: give one above 0")
        return size

    def divisor(self, name: str) -> float:
        """Return the factor by which the amount of a variable is divided to give the value of its symbol."""
        species = self._document.species.get(name)
        if species is None or species.substance_only:
            return 1.0
        return self.size(species) or 1.0

    def start(self, name: str) -> float:
        """Return the initial value of any symbol.

        Raises
        ------
        NetworkError
            If there is no value, or it is not finite.
        """
        if name == TIME:
            return 0.0
        if name not in self._starts:
            value = self._start(name)
            if not math.isfinite(value):
                raise NetworkError(f"{printable(name)} starts at {value}: give a finite number")
            self._starts[name] = value
        return self._starts[name]

    def polynomial(self, name: str, units: Mapping[str, float]) -> Polynomial:
        """Return the meaning of a symbol in a law: a variable in its unit, an expanded rule or rate, a number."""  # noqa: E501
        if name in units:
            return {(name,): units[name]}
        document = self._document
        if name in document.ruled or name in document.reactions:
            if name not in self._expanded:
                with self._entered(name):
                    self._expanded[name] = (
                        self.law(document.reactions[name], units)
                        if name in document.reactions
                        else self._polynomials.evaluate(
                            document.ruled[name], lambda n: self.polynomial(n, units)
                        )
                    )
            return self._expanded[name]
        return self.constant_polynomial(name)

    def law(self, entry: ReactionEntry, units: Mapping[str, float]) -> Polynomial:
        """Return the law of a reaction as a polynomial."""
        local = self._local(entry)
        return self._polynomials.evaluate(
            entry.law, lambda name: number(local[name]()) if name in local else self.polynomial(name, units)
        )

    def rate(self, name: str, units: Mapping[str, float]) -> Polynomial:
        """Return the right-hand side of a rate rule as a polynomial."""
        return self._polynomials.evaluate(
            self._document.rates[name], lambda symbol: self.polynomial(symbol, units)
        )

    def stoichiometry(self, formula: Formula) -> float:
        """Return the value of a formula that must be constant."""
        return constant(self._polynomials.evaluate(formula, self.constant_polynomial), "the value")

    def constant_polynomial(self, name: str) -> Polynomial:
        """Return a constant as a polynomial."""
        if name == TIME:
            raise NetworkError("'time' is not supported here: rates may only depend on species")
        return number(self.constant(name))

    def _given(self, name: str) -> float:
        """Return the value of a compartment, a parameter or a stoichiometry in the model."""
        document, shown = self._document, printable(name)
        if name in document.assigned:
            with self._entered(name):
                value = self._at_start(document.assigned[name])
        elif name in document.numbers:
            value = document.numbers[name]
        else:
            raise NetworkError(f"{shown} is not declared")
        if value is None and name in document.compartments:
            self._warn(f"compartment {shown} has no size: 1 is assumed")
            value = 1.0
        if value is None or not math.isfinite(value):
            raise NetworkError(f"{shown} has {'no value' if value is None else f'the value {value}'}")
        return value

    def _start(self, name: str) -> float:
        document = self._document
        if name in document.ruled:
            with self._entered(name):
                return self._at_start(document.ruled[name])
        if name in document.reactions:
            entry = document.reactions[name]
            local = self._local(entry)
            with self._entered(name):
                return self._at_start(entry.law, local)
        if name in document.species:
            return self._start_of(document.species[name])
        return self._given(name) if name in self._variables else self.constant(name)

    def _start_of(self, species: SpeciesEntry) -> float:
        name, shown = species.name, printable(species.name)
        with self._entered(name):
            if name in self._document.assigned:
                return self._at_start(self._document.assigned[name])
            if species.amount is not None:
                return species.amount / self.divisor(name)
            if species.concentration is None:
                self._warn(f"species {shown} has no initial value: 0 is assumed")
                return 0.0
            if species.substance_only:
                return species.concentration * self.constant(species.compartment)
            return species.concentration

    def _at_start(
        self, formula: Formula, local: Mapping[str, Callable[[], float]] = MappingProxyType({})
    ) -> float:
        def lookup(name: str) -> Array:
            return operand(local[name]() if name in local else self.start(name))

        return scalar(self._numbers.evaluate(formula, lookup))

    def _local(self, entry: ReactionEntry) -> dict[str, Callable[[], float]]:
        """Return the local parameters of a law; invalid ones raise an error only if they are used."""

        def value_of(name: str) -> float:
            value = entry.local[name]
            if value is None or not math.isfinite(value):
                raise NetworkError(f"local parameter {printable(name)} has no finite value")
            return value

        return {name: partial(value_of, name) for name in entry.local}

    @contextmanager
    def _entered(self, name: str) -> Generator[None]:
        """Record that a value is being computed, and reject recursive definitions."""
        if name in self._open:
            raise NetworkError(f"{printable(name)} depends on itself")
        if len(self._open) == _CHAIN_LIMIT:
            raise NetworkError(f"a chain of more than {_CHAIN_LIMIT} assignments: write them in order")
        self._open.append(name)
        try:
            yield
        finally:
            self._open.pop()

    def _warn(self, what: str) -> None:
        warnings.warn(f"{shown_path(self._source)}: {what}", NeuralCRNWarning, stacklevel=2)
