"""Reduction of a network to the smallest polynomial system that must be integrated.

With mass action every network is a polynomial ODE. Its structure is used before integration:

* a species that no reaction changes is a *constant* and is included in the rates;
* a species on which no reaction depends is a *quadrature*: it is an integral and is excluded from the
  implicit system;
* reactions with the same remaining reactants share one *monomial*;
* the remaining species, the *core*, are ordered by strongly connected blocks, downstream first, so that
  elimination creates no fill between blocks.

The result is ``dy_s/dt = sum_m W[s, m] * m(y)``, where every entry of W is a sum of rate constants times
constant concentrations, computed at the start of each integration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry.network import Network
from neuralcrn.engines.native.elimination import Elimination, block_order, eliminate

Monomial = tuple[int, ...]
"""Core indices of the factors, ascending, with powers as repetitions."""


@dataclass(frozen=True, slots=True)
class Term:
    """One reaction's contribution ``value * prod(constants)`` to an entry of W."""

    value: float
    constants: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reduction:
    """The polynomial system of a network, and the elimination of its Jacobian.

    Attributes
    ----------
    core : tuple of int
        Integrated species (indices of the state vector), in elimination order.
    quadratures : tuple of int
        Species that are integrals of monomials of the core.
    monomials : tuple of Monomial
        The distinct products of core species that occur in W.
    core_entries : tuple of (row, monomial, terms)
        Nonzero entries of W; `row` is a core index, `monomial` an index into `monomials`.
    quadrature_entries : tuple of (species, monomial, terms)
        The same for quadratures; here the row is an index of the state vector.
    elimination : Elimination
        Pattern and order of operations of the sparse factorisation of ``shift I - J``.
    """

    core: tuple[int, ...]
    quadratures: tuple[int, ...]
    monomials: tuple[Monomial, ...]
    core_entries: tuple[tuple[int, int, tuple[Term, ...]], ...]
    quadrature_entries: tuple[tuple[int, int, tuple[Term, ...]], ...]
    elimination: Elimination

    @property
    def integrated_monomials(self) -> tuple[int, ...]:
        """Indices of the monomials whose integrals are needed for quadratures."""
        return tuple(sorted({monomial for _, monomial, _ in self.quadrature_entries}))


def reduce_network(
    network: Network, positions: Mapping[str, int] | None = None, *, separate_quadratures: bool = True
) -> Reduction:
    r"""Reduce `network` to the polynomial system that must be integrated.

    Parameters
    ----------
    network : Network
        The reactions.
    positions : mapping of str to int, optional
        Index of every species in the state vector; by default the order of the network.
    separate_quadratures : bool
        Whether species on which nothing depends are removed from the core. They are kept if they are recorded
        at intermediate times.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> reduction = reduce_network(parse_network("p + x -> p + x + z\n2z -> z\nz -> z + y"))
    >>> len(reduction.core), len(reduction.quadratures), reduction.monomials
    (1, 1, ((), (0,), (0, 0)))
    """
    where = positions if positions is not None else {name: i for i, name in enumerate(network.species)}
    changes = [
        {where[name]: change for name, change in reaction.net_change.items()}
        for reaction in network.reactions
    ]
    reactants = [
        tuple(sorted((where[name], power) for name, power in reaction.reactants.terms))
        for reaction in network.reactions
    ]
    rates = [reaction.rate for reaction in network.reactions]
    active = [r for r, change in enumerate(changes) if change and rates[r] > 0.0]
    changing = {species for r in active for species in changes[r]}
    read = {species for r in active for species, _ in reactants[r]}
    core_set = changing & read if separate_quadratures else changing
    core = block_order(core_set, _influences(active, changes, reactants, core_set))
    core_position = {species: i for i, species in enumerate(core)}

    entries: dict[tuple[int, Monomial], list[Term]] = {}
    for r in active:
        monomial, constants = _split(reactants[r], core_position)
        for species, change in changes[r].items():
            entries.setdefault((species, monomial), []).append(Term(change * rates[r], constants))
    monomials = tuple(sorted({monomial for _, monomial in entries}, key=lambda m: (len(m), m)))
    index = {monomial: i for i, monomial in enumerate(monomials)}
    core_entries = tuple(
        sorted(
            (
                (core_position[s], index[m], tuple(terms))
                for (s, m), terms in entries.items()
                if s in core_position
            ),
            key=lambda entry: entry[:2],
        )
    )
    quadrature_entries = tuple(
        sorted(
            ((s, index[m], tuple(terms)) for (s, m), terms in entries.items() if s not in core_position),
            key=lambda entry: entry[:2],
        )
    )
    pattern = {(row, factor) for row, monomial, _ in core_entries for factor in monomials[monomial]}
    return Reduction(
        core=core,
        quadratures=tuple(sorted(changing - core_set)),
        monomials=monomials,
        core_entries=core_entries,
        quadrature_entries=quadrature_entries,
        elimination=eliminate(len(core), pattern),
    )


def _influences(
    active: list[int],
    changes: list[dict[int, int]],
    reactants: list[tuple[tuple[int, int], ...]],
    core: set[int],
) -> set[tuple[int, int]]:
    """Return the pairs (reader, read) of the core: the rate of the reader depends on the species that is
    read.
    """
    return {
        (species, factor)
        for r in active
        for species in changes[r]
        if species in core
        for factor, _ in reactants[r]
        if factor in core
    }


def _split(
    reactants: tuple[tuple[int, int], ...], core_position: Mapping[int, int]
) -> tuple[Monomial, tuple[int, ...]]:
    """Split the reactants of a reaction into its core monomial and its constant factors."""
    factors: list[int] = []
    constants: list[int] = []
    for species, power in reactants:
        target, position = (
            (factors, core_position[species]) if species in core_position else (constants, species)
        )
        target.extend([position] * power)
    return tuple(sorted(factors)), tuple(constants)


def derivative(monomial: Monomial, factor: int) -> tuple[int, Monomial]:
    """Return (power, rest) with d monomial / d factor = power * rest."""
    power = monomial.count(factor)
    rest = list(monomial)
    rest.remove(factor)
    return power, tuple(rest)


def initial_state(network: Network) -> NDArray[np.float64]:
    """Return the initial concentrations as a vector in the network's order."""
    return np.array(network.initial, dtype=np.float64)
