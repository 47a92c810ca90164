"""Reduction of a network to the smallest polynomial system that must be integrated.

With mass action every network is a polynomial ODE. Its structure is used before integration:

* a species that no reaction changes is a *constant* and is included in the rates;
* a species on which no reaction depends is a *quadrature*: it is an integral and is excluded from the
  implicit system;
* species with a *closed form* (see `closed_forms`) are excluded as well;
* species that keep a constant ratio (see `proportional`) are represented by one fraction;
* reactions with the same remaining reactants share one *monomial*;
* the remaining species, the *core*, are ordered by strongly connected blocks, downstream first, so that
  elimination creates no fill between blocks.

The result is ``dy_s/dt = sum_m W[s, m] * m(y)``, where every entry of W is a sum of rate constants times
constant concentrations, computed at the start of each integration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry.network import Network
from neuralcrn.engines.native.closed_forms import closed_products, fed_pairs
from neuralcrn.engines.native.elimination import Elimination, block_order, eliminate, independent_blocks
from neuralcrn.engines.native.entries import Entries, IndexedReaction, Product, Terms, entries_of
from neuralcrn.engines.native.proportional import Group, proportional_groups, with_fractions

Monomial = tuple[int, ...]
"""Core indices of the factors, ascending, with powers as repetitions."""
Source = tuple[int, int, Terms]
"""A source of a pair, see `Reduction.fed`."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """The polynomial system of a network, and the elimination of its Jacobian.

    Attributes
    ----------
    core : tuple of int
        Integrated species (indices of the state vector), in elimination order. The first species of a group
        of `proportional` species represents the fraction of the group.
    proportional : tuple of Group
        Species that keep a constant ratio.
    quadratures : tuple of int
        Species that are integrals of monomials of the core, of constants, or of products of species with a
        closed form.
    monomials : tuple of Monomial
        The distinct products of core species that occur in W.
    core_entries : tuple of (row, monomial, terms)
        Nonzero entries of W; `row` is a core index, `monomial` an index into `monomials`.
    integrated : tuple of int
        The monomials whose integrals are needed for quadratures.
    decays : tuple of (species, terms)
        Species that decay with the same rate constant, which is minus the terms.
    pairs : tuple of (species, terms)
        Two species that are consumed together; the rate constant is minus the terms.
    fed : tuple of (species, terms, sources)
        Two species that are consumed together and have sources; the rate constant is minus the terms. Every
        source is (0 or 1, species, terms): which of the two it feeds, the decaying species that it is
        proportional to, or -1 if it is constant, and the rate constant.
    quadrature_entries : tuple of (species, integral, terms)
        Nonzero entries of W of quadratures: `species` is an index of the state vector. Integrals are those of
        the integrated monomials, of 1, of every decaying species and of the product of every pair, in this
        order.
    elimination : Elimination
        Pattern and order of operations of the sparse factorisation of ``shift I - J``.
    """

    core: tuple[int, ...]
    proportional: tuple[Group, ...]
    quadratures: tuple[int, ...]
    monomials: tuple[Monomial, ...]
    core_entries: tuple[tuple[int, int, Terms], ...]
    integrated: tuple[int, ...]
    decays: tuple[tuple[Product, Terms], ...]
    pairs: tuple[tuple[Product, Terms], ...]
    fed: tuple[tuple[Product, Terms, tuple[Source, ...]], ...]
    quadrature_entries: tuple[tuple[int, int, Terms], ...]
    elimination: Elimination

    @property
    def weights(self) -> tuple[Terms, ...]:
        """All entries of W: of the core, of quadratures, of decays, of pairs, and of those with sources."""
        entries = (*self.core_entries, *self.quadrature_entries, *self.decays, *self.pairs)
        rates = (rate for _, rate, _ in self.fed)
        sources = (terms for _, _, sources in self.fed for _, _, terms in sources)
        return (*(entry[-1] for entry in entries), *rates, *sources)

    @property
    def integral_count(self) -> int:
        """Number of integrals."""
        return len(self.integrated) + 1 + sum(len(species) for species, _ in self.decays) + len(self.pairs)

    @property
    def separated(self) -> frozenset[int]:
        """Species that change and are not integrated themselves."""
        closed = [s for species, *_ in (*self.decays, *self.pairs, *self.fed) for s in species]
        return frozenset((*self.quadratures, *closed, *(s for group in self.proportional for s in group)))


def reduce_network(
    network: Network, positions: Mapping[str, int] | None = None, *, separate: bool = True
) -> Reduction:
    r"""Reduce `network` to the polynomial system that must be integrated.

    Parameters
    ----------
    network : Network
        The reactions.
    positions : mapping of str to int, optional
        Index of every species in the state vector; by default the order of the network.
    separate : bool
        Whether quadratures, species with a closed form and proportional species are removed from the core.
        They are kept if they are recorded at intermediate times.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> reduction = reduce_network(parse_network("p + x -> p + x + z\n2z -> z\nz -> z + y\nA + B -> 0"))
    >>> len(reduction.core), len(reduction.quadratures), reduction.monomials, len(reduction.pairs)
    (1, 1, ((), (0,), (0, 0)), 1)
    """
    return _reduced(_Roles.of(network, positions, separate), separate)


def reduce_blocks(
    network: Network, positions: Mapping[str, int] | None = None, *, together: int = 12
) -> tuple[Reduction, ...]:
    r"""Reduce `network` to systems that do not depend on each other, each of which has its own steps.

    Small systems are joined up to `together` species, because the cost of a step is hardly less for one
    species than for several. The first system has everything that is not integrated, and pairs with
    sources, which have steps of their own. For the other parameters see `reduce_network`.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> network = parse_network("2A -> B\n2C -> D\nE -> 2E\n2E -> E\nF -> D")
    >>> blocks = reduce_blocks(network, together=1)
    >>> [(len(block.core), len(block.quadratures), len(block.decays)) for block in blocks]
    [(1, 2, 1), (1, 1, 0), (1, 0, 0)]
    """
    roles = _Roles.of(network, positions, separate=True).with_fed_pairs()
    of_core = [[s for s in {row, *product} if s in roles.core] for row, product in roles.entries]
    blocks: list[list[int]] = [[]]
    for block in independent_blocks(roles.core, of_core):
        if blocks[-1] and len(blocks[-1]) + len(block) > together:
            blocks.append([])
        blocks[-1].extend(block)
    number = {species: i for i, block in enumerate(blocks) for species in block}
    parts: list[dict[tuple[int, Product], Terms]] = [{} for _ in blocks]
    for (key, terms), species in zip(roles.entries.items(), of_core, strict=True):
        parts[number[species[0]] if species else 0][key] = terms
    return tuple(
        _reduced(
            _Roles(
                roles.reactions, entries, frozenset(block), () if i else roles.closed, () if i else roles.fed
            ),
            separate=True,
        )
        for i, (entries, block) in enumerate(zip(parts, blocks, strict=True))
    )


class _Roles(NamedTuple):
    """Entries of W, and which species are integrated or have a closed form; all others are quadratures."""

    reactions: Sequence[IndexedReaction]
    entries: Entries
    core: frozenset[int]
    closed: tuple[Product, ...]
    fed: tuple[Product, ...] = ()

    @classmethod
    def of(cls, network: Network, positions: Mapping[str, int] | None, separate: bool) -> _Roles:
        reactions = _indexed(network, network.index if positions is None else positions)
        changing = {species for reaction in reactions for species in reaction.changes}
        read = {species for reaction in reactions for species in reaction.product}
        closed = closed_products(reactions) if separate else ()
        core = (changing & read if separate else changing) - {s for product in closed for s in product}
        return cls(reactions, entries_of(reactions), frozenset(core), closed)

    def with_fed_pairs(self) -> _Roles:
        """Take pairs with sources, and the species that feed them, out of the core."""
        feeders, fed = fed_pairs(self.reactions)
        core = self.core.difference(feeders, *fed)
        return self._replace(core=core, closed=(*self.closed, *((s,) for s in feeders)), fed=fed)


def _reduced(roles: _Roles, separate: bool) -> Reduction:
    groups = proportional_groups(roles.entries, roles.core) if separate else ()
    entries = with_fractions(roles.entries, groups)
    core_set = roles.core.difference(*(group[1:] for group in groups))
    core = block_order(core_set, _influences(entries, core_set))
    place = {species: i for i, species in enumerate(core)}
    decays, pairs = _closed_entries(roles.closed, entries)
    alone = [species for alike, _ in decays for species in alike]
    known = [(), *((species,) for species in alone), *(product for product, _ in pairs)]
    fed = tuple((pair, entries[pair[0], pair], _sources(pair, entries)) for pair in roles.fed)
    solved = {*alone, *(species for product, *_ in (*pairs, *fed) for species in product)}
    of_core = {key: terms for key, terms in entries.items() if key[0] in place}
    elsewhere = solved.union(place)
    of_quadratures = {key: terms for key, terms in entries.items() if key[0] not in elsewhere}
    integrands = {product for _, product in of_quadratures} - set(known)
    products = {
        product: tuple(sorted(place[species] for species in product))
        for product in {product for _, product in of_core} | integrands
    }
    ordered = sorted(products, key=lambda product: (len(product), products[product]))
    monomials, number = [products[p] for p in ordered], {p: i for i, p in enumerate(ordered)}
    integrated = sorted(integrands, key=number.__getitem__)
    integral = {product: i for i, product in enumerate([*integrated, *known])}
    core_entries = sorted((place[s], number[p], terms) for (s, p), terms in of_core.items())
    pattern = {(row, factor) for row, m, _ in core_entries for factor in monomials[m]}
    return Reduction(
        core=core,
        proportional=groups,
        quadratures=tuple(sorted({species for species, _ in of_quadratures})),
        monomials=tuple(monomials),
        core_entries=tuple(core_entries),
        integrated=tuple(number[product] for product in integrated),
        decays=decays,
        pairs=pairs,
        fed=fed,
        quadrature_entries=tuple(sorted((s, integral[p], terms) for (s, p), terms in of_quadratures.items())),
        elimination=eliminate(len(core), pattern),
    )


def _indexed(network: Network, where: Mapping[str, int]) -> list[IndexedReaction]:
    """Return the reactions that change something, as indices of the state vector."""
    active = [
        (number, reaction)
        for number, reaction in enumerate(network.reactions)
        if reaction.rate > 0.0 and reaction.net_change
    ]
    changing = {where[name] for _, reaction in active for name in reaction.net_change}
    return [
        IndexedReaction(
            tuple(s for s in reactants if s in changing),
            tuple(s for s in reactants if s not in changing),
            {where[name]: change for name, change in reaction.net_change.items()},
            reaction.rate,
            number,
        )
        for number, reaction in active
        for reactants in [sorted(where[n] for n, power in reaction.reactants.terms for _ in range(power))]
    ]


def _closed_entries(
    closed: Sequence[Product], entries: Entries
) -> tuple[tuple[tuple[Product, Terms], ...], tuple[tuple[Product, Terms], ...]]:
    """Return decays, species with equal rates together, and pairs."""
    decays: dict[Terms, list[int]] = {}
    for product in closed:
        if len(product) == 1:
            decays.setdefault(entries[product[0], product], []).append(product[0])
    pairs = tuple((product, entries[product[0], product]) for product in closed if len(product) == 2)
    return tuple((tuple(species), terms) for terms, species in decays.items()), pairs


def _sources(pair: Product, entries: Entries) -> tuple[Source, ...]:
    """Return the sources of a pair."""
    return tuple(
        (pair.index(species), product[0] if product else -1, terms)
        for (species, product), terms in sorted(entries.items())
        if species in pair and product != pair
    )


def _influences(entries: Entries, core: frozenset[int]) -> set[tuple[int, int]]:
    """Return the pairs (reader, read) of the core: the rate of the reader depends on the species that is
    read.
    """
    return {(row, factor) for row, product in entries if row in core for factor in product}


def derivative(monomial: Monomial, factor: int) -> tuple[int, Monomial]:
    """Return (power, rest) with d monomial / d factor = power * rest."""
    power = monomial.count(factor)
    rest = list(monomial)
    rest.remove(factor)
    return power, tuple(rest)


def initial_state(network: Network) -> NDArray[np.float64]:
    """Return the initial concentrations as a vector in the network's order."""
    return np.array(network.initial, dtype=np.float64)
