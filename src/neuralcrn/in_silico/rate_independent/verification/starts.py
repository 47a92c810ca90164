"""Initial amounts from which a network is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np

from neuralcrn.chemistry import Network
from neuralcrn.errors import InvalidValueError
from neuralcrn.in_silico.rate_independent.network import Table

_PARTS = 16
_LARGEST = 4
"""Varied amounts are multiples of 1 / 16 up to 4 times the unit."""


@final
@dataclass(frozen=True, slots=True)
class Start:
    """Exact initial amounts in the order of the species."""

    amounts: tuple[Fraction, ...]

    @property
    def table(self) -> Table:
        """The amounts as real numbers."""
        return np.array([float(amount) for amount in self.amounts])

    def whole(self, per_unit: float) -> Table:
        """Return whole amounts, at least 1 where there is something."""
        table = self.table
        return np.where(table > 0.0, np.maximum(np.round(table * per_unit), 1.0), 0.0)


def varied_species(network: Network, named: Sequence[str]) -> tuple[str, ...]:
    """Return the species whose amounts are varied: by default reactants that no reaction releases, or all.

    Raises
    ------
    InvalidValueError
        If a name is not in the network.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> varied_species(parse_network("A + E -> B + E [k = 1]"), ())
    ('A', 'E')
    """
    for name in named:
        if name not in network.index:
            raise InvalidValueError(f"the network has no species {name}")
    if named:
        return tuple(named)
    released = {n for r in network.reactions for n, change in r.net_change.items() if change > 0}
    used = {name for reaction in network.reactions for name, _ in reaction.reactants.terms}
    return tuple(n for n in network.species if n in used - released) or tuple(
        n for n in network.species if n in used
    )


def draw_starts(
    network: Network, varied: Sequence[str], count: int, rng: np.random.Generator
) -> tuple[Start, ...]:
    """Return the initial amounts of the network, and others in which some species are varied.

    The unit of the varied amounts is the largest initial amount, or 1.
    """
    own = tuple(Fraction(amount) for amount in network.initial)
    unit = max(own, default=Fraction(0)) or Fraction(1)
    places = [network.index[name] for name in varied]
    starts = [Start(own)] if any(own) else []
    while len(starts) < count:
        amounts = list(own)
        for place, number in zip(places, rng.integers(0, _LARGEST * _PARTS + 1, len(places)), strict=True):
            amounts[place] = Fraction(int(number), _PARTS) * unit
        starts.append(Start(tuple(amounts)))
    return tuple(starts)
