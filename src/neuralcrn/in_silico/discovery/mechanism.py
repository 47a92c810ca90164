"""Reactions with rate constants that may depend on temperature."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Expression
from neuralcrn.chemistry import Complex, Network, ParametricNetwork, Reaction
from neuralcrn.in_silico.discovery.reading import Reading

Matrix = NDArray[Any]

GAS_CONSTANT = 8.31446261815324e-3
"""kJ / (mol K)."""
COLDNESS = "coldness"
"""Parameter: reciprocal temperature minus that of the reference, 1/K."""


@final
@dataclass(frozen=True, slots=True)
class Mechanism:
    """Reactions of some species.

    Attributes
    ----------
    species : tuple of str
        All measured species.
    reactions : tuple of Reaction
        With the rate constants at the reference temperature.
    activation : tuple of float, K
        Activation energy divided by the gas constant of each reaction; empty without temperatures.
    reference : float, 1/K
        Reciprocal of the reference temperature; 0 without temperatures.
    """

    species: tuple[str, ...]
    reactions: tuple[Reaction, ...]
    activation: tuple[float, ...] = ()
    reference: float = 0.0

    @property
    def rates(self) -> Matrix:
        """Rate constants at the reference temperature."""
        return np.array([reaction.rate for reaction in self.reactions])

    def with_(self, rates: Sequence[float] | Matrix, activation: Sequence[float] | Matrix) -> Mechanism:
        """Return the same reactions with other rate constants."""
        reactions = (reaction.k(float(k)) for reaction, k in zip(self.reactions, rates, strict=True))
        return replace(self, reactions=tuple(reactions), activation=tuple(map(float, activation)))

    def without(self, place: int) -> Mechanism:
        """Return the other reactions."""
        kept = [i for i in range(len(self.reactions)) if i != place]
        return replace(
            self,
            reactions=tuple(self.reactions[i] for i in kept),
            activation=tuple(self.activation[i] for i in kept) if self.activation else (),
        )

    def network(self, coldness: float = 0.0, initial: Sequence[float] | Matrix = ()) -> Network:
        """Return the network at a temperature, the reference by default.

        Parameters
        ----------
        coldness : float, 1/K
            Reciprocal temperature minus that of the reference.
        initial : array-like, shape (n_species,), optional
            Initial concentrations.
        """
        activation = self.activation or (0.0,) * len(self.reactions)
        reactions = tuple(
            reaction.k(reaction.rate * math.exp(-energy * coldness))
            for reaction, energy in zip(self.reactions, activation, strict=True)
        )
        values = tuple(map(float, initial)) or (0.0,) * len(self.species)
        return Network(self.species, reactions, values)

    @property
    def constants(self) -> tuple[str, ...]:
        """Names of the parameters of `parametric` that belong to the reactions."""
        numbers = range(1, len(self.reactions) + 1)
        rates = [f"rate_constant_{i}" for i in numbers]
        return (*rates, *(f"activation_{i}" for i in numbers if self.activation))

    @property
    def starts(self) -> tuple[str, ...]:
        """Names of the parameters of `parametric` that are initial concentrations."""
        return tuple(f"initial_{name}" for name in self.species)

    def parametric(self) -> ParametricNetwork:
        """Return the network with `constants`, `starts` and the coldness as parameters."""
        count = len(self.reactions)
        rates = tuple(map(Expression.name, self.constants[:count]))
        if self.activation:
            cold = Expression.name(COLDNESS)
            energies = map(Expression.name, self.constants[count:])
            rates = tuple(
                rate * Expression.call("exp", -(energy * cold))
                for rate, energy in zip(rates, energies, strict=True)
            )
        nominal = [*self.rates.tolist(), *self.activation, *(0.0,) * len(self.species), 0.0]
        return ParametricNetwork(
            self.network(),
            (*self.constants, *self.starts, COLDNESS),
            tuple(nominal),
            rates,
            tuple(map(Expression.name, self.starts)),
        )


def mechanism_of(
    species: tuple[str, ...],
    readings: Iterable[tuple[NDArray[np.int64], Reading, float]],
    reference: float = 0.0,
) -> Mechanism:
    """Return the reactions of readings.

    Parameters
    ----------
    species : tuple of str
        Names of all species.
    readings : iterable of (ndarray of int, Reading, float)
        Source complex, its reading and its activation temperature in K.
    reference : float, 1/K
        Reciprocal of the reference temperature; 0 without temperatures.
    """
    reactions: list[Reaction] = []
    activation: list[float] = []
    for source, reading, energy in readings:
        for change, rate in zip(reading.changes, reading.rates, strict=True):
            sides = (_complex(species, molecules) for molecules in (source, source + change))
            reactions.append(Reaction(*sides, rate=float(rate)))
            activation.append(energy)
    return Mechanism(species, tuple(reactions), tuple(activation) if reference else (), reference)


def _complex(species: tuple[str, ...], molecules: NDArray[np.int64]) -> Complex:
    return Complex(tuple((name, int(n)) for name, n in zip(species, molecules, strict=True) if n))
