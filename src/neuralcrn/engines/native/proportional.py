"""Species whose amounts keep a constant ratio over a whole phase, which need one variable together.

If a species changes at a rate r times its own amount, as in ``A + C -> C`` or ``A -> 2A``, where r depends on
other species, its amount is its first amount times a fraction f, with f' = r f and f(0) = 1. All species with
the same r share the fraction: both rails of an adjoint that decays, gradients that are used up alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from neuralcrn.engines.native.entries import Entries, Product, Term, Terms

Group = tuple[int, ...]
"""Species that share a fraction, ascending."""
_Rate = frozenset[tuple[Product, tuple[tuple[Product, float], ...]]]


def proportional_groups(entries: Entries, species: Iterable[int]) -> tuple[Group, ...]:
    """Return the groups of at least two of the species that change in constant proportions.

    Examples
    --------
    >>> terms = (Term(-2.0, (), 0),)
    >>> proportional_groups({(0, (0, 2)): terms, (1, (1, 2)): terms, (2, (2,)): terms}, (0, 1, 2))
    ((0, 1),)
    """
    rows: dict[int, dict[Product, Terms]] = defaultdict(dict)
    for (row, product), terms in entries.items():
        rows[row][product] = terms
    groups: dict[_Rate, list[int]] = defaultdict(list)
    for one in sorted(species):
        if all(one in product for product in rows[one]):
            groups[_rate(one, rows[one])].append(one)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def with_fractions(entries: Entries, groups: Sequence[Group]) -> dict[tuple[int, Product], Terms]:
    """Return the entries in which the first species of each group represents its fraction.

    The first amount of a species is a constant, by which every term that contains its fraction is multiplied.
    """
    fraction = {species: group[0] for group in groups for species in group}
    result: dict[tuple[int, Product], Terms] = {}
    for (row, product), terms in entries.items():
        if fraction.get(row, row) != row:
            continue  # it follows the fraction of its group
        amounts = [species for species in product if species in fraction]
        if row in fraction:
            amounts.remove(row)  # f' = r f
        key = row, tuple(sorted(fraction.get(species, species) for species in product))
        new = (Term(t.value, tuple(sorted((*t.constants, *amounts))), t.reaction) for t in terms)
        result[key] = (*result.get(key, ()), *new)
    return result


def _rate(species: int, row: Mapping[Product, Terms]) -> _Rate:
    """Return the rate r of a species, whose products all contain it, in a form that can be compared."""
    rate: dict[Product, tuple[tuple[Product, float], ...]] = {}
    for product, terms in row.items():
        place = product.index(species)
        rest = product[:place] + product[place + 1 :]
        rate[rest] = tuple(sorted((term.constants, term.value) for term in terms))
    return frozenset(rate.items())
