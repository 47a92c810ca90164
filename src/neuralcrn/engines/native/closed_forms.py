"""Species whose reactions can be solved by a formula over a whole phase.

* A species that only *decays*, or is converted, with rate constants that do not change: ``A + C -> D + C``,
  ``A -> 0``. It follows an exponential, which its channels share in constant fractions.
* A *pair* that is consumed only together, ``A + B -> 0``. The difference of its amounts is conserved, which
  leaves an equation of one variable that is solved by separation.

A *pair with sources*, of which the other species is of the first kind, has no formula, but its difference is
known. What remains is one equation of one variable; see `fed_pairs`.

The integral of the product of their reactants is known as well, so what they are converted to is exact. For
the formulas see `exact_steps`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from neuralcrn.engines.native.entries import IndexedReaction, Product


def closed_products(reactions: Sequence[IndexedReaction]) -> tuple[Product, ...]:
    """Return the products of reactants, of one or two species, that can be solved by a formula.

    Every reaction that reads or changes one of their species has exactly this product, consumes its species
    alike, and changes nothing else that is read.

    Examples
    --------
    >>> decay = IndexedReaction((0,), (3,), {0: -1, 1: 1}, rate=2.0, number=0)
    >>> annihilation = IndexedReaction((1, 2), (), {1: -1, 2: -1}, rate=1.0, number=1)
    >>> closed_products([decay]), closed_products([annihilation]), closed_products([decay, annihilation])
    (((0,),), ((1, 2),), ())
    """
    touching = _touching(reactions)
    read = {species for reaction in reactions for species in reaction.product}

    def consumes_alike(reaction: IndexedReaction, product: Product) -> bool:
        changes = {reaction.changes.get(species, 0) for species in product}
        return reaction.product == product and len(changes) == 1 and max(changes) <= 0

    def is_closed(product: Product) -> bool:
        return len(set(product)) == len(product) in (1, 2) and all(
            consumes_alike(reaction, product) and read.isdisjoint(reaction.changes.keys() - set(product))
            for species in product
            for reaction in touching[species]
        )

    return tuple(filter(is_closed, sorted({reaction.product for reaction in reactions})))


def fed_pairs(reactions: Sequence[IndexedReaction]) -> tuple[tuple[int, ...], tuple[Product, ...]]:
    """Return pairs that are consumed only together and have sources, after the species that feed them.

    A source is constant, or proportional to a species that decays alone. These species and pairs affect
    nothing else that is read.

    Examples
    --------
    >>> fed = IndexedReaction((0,), (), {0: -1, 1: 1}, rate=2.0, number=0)
    >>> annihilation = IndexedReaction((1, 2), (), {1: -1, 2: -1}, rate=1.0, number=1)
    >>> fed_pairs([fed, annihilation])
    ((0,), ((1, 2),))
    """
    touching = _touching(reactions)
    read = {species for reaction in reactions for species in reaction.product}
    pairs = {
        reaction.product
        for reaction in reactions
        if len(set(reaction.product)) == len(reaction.product) == 2
        and all(_only_annihilates(one, reaction.product) for s in reaction.product for one in touching[s])
    }
    feeders = {
        species
        for species in read.difference(*pairs)
        if all(one.product == (species,) and one.changes.get(species, 0) <= 0 for one in touching[species])
    }
    while True:
        members = {species for pair in pairs for species in pair}
        alone = {
            species
            for species in feeders
            if all(read.isdisjoint(one.changes.keys() - members - {species}) for one in touching[species])
        }
        known = {(), *((species,) for species in alone)}
        fed = {
            pair
            for pair in pairs
            if all(one.product == pair or one.product in known for s in pair for one in touching[s])
        }
        if (alone, fed) == (feeders, pairs):
            break
        feeders, pairs = alone, fed
    sourced = {pair for pair in pairs if any(one.product != pair for s in pair for one in touching[s])}
    members = {species for pair in sourced for species in pair}
    feeding = {s for s in feeders if any(members & one.changes.keys() for one in touching[s])}
    return tuple(sorted(feeding)), tuple(sorted(sourced))


def _only_annihilates(reaction: IndexedReaction, pair: Product) -> bool:
    """Return whether a reaction consumes a pair alike, and nothing else changes, or is a source of it."""
    first, second = (reaction.changes.get(species, 0) for species in pair)
    if reaction.product == pair:
        return first == second <= 0 and reaction.changes.keys() <= set(pair)
    return min(first, second) >= 0 and not set(pair) & set(reaction.product)


def _touching(reactions: Sequence[IndexedReaction]) -> Mapping[int, Sequence[IndexedReaction]]:
    """Return the reactions that read or change each species."""
    touching: dict[int, list[IndexedReaction]] = defaultdict(list)
    for reaction in reactions:
        for species in {*reaction.product, *reaction.changes}:
            touching[species].append(reaction)
    return touching
