"""Species whose reactions can be solved by a formula over a whole phase.

* A species that only *decays*, or is converted, with rate constants that do not change: ``A + C -> D + C``,
  ``A -> 0``. It follows an exponential, which its channels share in constant fractions.
* A *pair* that is consumed only together, ``A + B -> 0``. The difference of its amounts is conserved, which
  leaves an equation of one variable that is solved by separation.

The integral of the product of their reactants is known as well, so what they are converted to is exact. For
the formulas see `exact_steps`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

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
    touching: dict[int, list[IndexedReaction]] = defaultdict(list)
    for reaction in reactions:
        for species in {*reaction.product, *reaction.changes}:
            touching[species].append(reaction)
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
