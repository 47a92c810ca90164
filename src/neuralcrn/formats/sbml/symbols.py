"""What the symbols of a model are worth: constants once and for all, species at the start or as variables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import final

from neuralcrn.errors import InvalidValueError, NetworkError, printable
from neuralcrn.formats.sbml.document import Document, SpeciesEntry
from neuralcrn.formats.sbml.formula import Calculator, Polynomial, number

_CHAIN_LIMIT = 50


@final
class Symbols:
    """The values of one model, computed when they are asked for.

    Parameters
    ----------
    document : Document
        The model.
    calculator : Calculator
        What evaluates its formulas.
    """

    def __init__(self, document: Document, calculator: Calculator):
        self._document, self._calculator = document, calculator
        # apart: a species that starts at 2 is not the constant 2
        self._constants: dict[str, float] = {}
        self._starts: dict[str, float] = {}
        self._open: list[str] = []

    def constant(self, name: str) -> float:
        """Return the value of a compartment, a parameter or an identified stoichiometry.

        Raises
        ------
        NetworkError
            If the name is something else or nothing, or has no finite value.
        """
        if name in self._constants:
            return self._constants[name]
        document, shown = self._document, printable(name)
        if name not in document.numbers:
            reaction = any(entry.name == name for entry in document.reactions)
            species = name in document.species
            raise NetworkError(
                f"{shown} is a species: a constant is needed"
                if species
                else f"{shown} is the rate of a reaction, which is not supported in a formula"
                if reaction
                else f"{shown} is not declared"
            )
        formula = document.ruled.get(name) or document.assigned.get(name)
        if formula is None:
            value = document.numbers[name]
        else:
            self._enter(name)
            # an assignment rule holds at all times, an initial assignment at the start
            lookup = self.constant_polynomial if name in document.ruled else self._at_start
            value = self._calculator.constant(formula, lookup)
            self._open.pop()
        if value is None or not math.isfinite(value):
            raise NetworkError(f"{shown} has {'no value' if value is None else f'the value {value}'}")
        self._constants[name] = value
        return value

    def has_value(self, name: str) -> bool:
        """Tell whether a number is given for a name of `numbers`, by itself or by a formula."""
        document = self._document
        return document.numbers[name] is not None or name in document.ruled or name in document.assigned

    def size(self, species: SpeciesEntry) -> float | None:
        """Return the size of a species' compartment, None where none is given."""
        name = species.compartment
        if name not in self._document.compartments:
            raise NetworkError(f"compartment {printable(name)} is not declared")
        if not self.has_value(name):
            return None
        size = self.constant(name)
        if size <= 0.0:
            raise InvalidValueError(f"compartment {printable(name)} has size {size:g}: give one above 0")
        return size

    def divisor(self, species: SpeciesEntry) -> float:
        """Return what the amount of a species is divided by to give the value of its symbol."""
        if species.substance_only:
            return 1.0
        size = self.size(species)
        if size is None:
            raise NetworkError(
                f"compartment {printable(species.compartment)} has no size, so that no concentration is known"
            )
        return size

    def start(self, species: SpeciesEntry) -> float:
        """Return the value of a species' symbol at the start.

        Raises
        ------
        NetworkError
            If it has none.
        """
        if species.name in self._starts:
            return self._starts[species.name]
        self._enter(species.name)
        divisor = self.divisor(species)
        if species.name in self._document.assigned:
            value = self._calculator.constant(self._document.assigned[species.name], self._at_start)
        elif species.amount is not None:
            value = species.amount / divisor
        elif species.concentration is not None:
            size = self.size(species) if species.substance_only else 1.0
            if size is None:
                raise NetworkError("has an initial concentration, but its compartment has no size")
            value = species.concentration * size
        else:
            raise NetworkError("has no initial value: give an initial amount or concentration")
        if not math.isfinite(value):
            raise NetworkError(f"starts at {value}: give a finite number")
        self._open.pop()
        self._starts[species.name] = value
        return value

    def law(self, name: str, local: Mapping[str, float | None], units: Mapping[str, float]) -> Polynomial:
        """Return what a symbol means in a law: a local parameter, a species in its unit, or a constant."""
        if name in local:
            value = local[name]
            if value is None or not math.isfinite(value):
                raise NetworkError(f"local parameter {printable(name)} has no finite value")
            return number(value)
        if name in units:
            return {(name,): units[name]}
        return self.constant_polynomial(name)

    def constant_polynomial(self, name: str) -> Polynomial:
        """Return a constant as a polynomial."""
        return number(self.constant(name))

    def _at_start(self, name: str) -> Polynomial:
        if name in self._document.species:
            return number(self.start(self._document.species[name]))
        return self.constant_polynomial(name)

    def _enter(self, name: str) -> None:
        """Note that a value is being computed, and refuse one that depends on itself."""
        if name in self._open:
            raise NetworkError(f"{printable(name)} depends on itself")
        if len(self._open) == _CHAIN_LIMIT:
            raise NetworkError(f"a chain of more than {_CHAIN_LIMIT} assignments: write them in order")
        self._open.append(name)
