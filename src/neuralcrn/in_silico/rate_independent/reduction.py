"""Removal of reactions with one reactant, which leaves all final amounts as they are.

A reaction X -> P, the only one that consumes X, converts all of X in the end. X can therefore be replaced by
P wherever it is released, and its initial amount by that of P. Repeated replacement is one expansion of every
product list in the order of dependence, right for any number of layers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.errors import InvalidValueError

Amounts = Mapping[str, int]


def reduce_network(
    network: Network, kept: Collection[str] = (), *, pairs: Sequence[tuple[str, str]] = ()
) -> Network:
    r"""Return a network without reactions of one reactant that has the same final amounts.

    Parameters
    ----------
    network : Network
        The network. Rate constants of the reactions that stay are not changed.
    kept : collection of str
        Species that stay, with their reactions: usually the inputs.
    pairs : sequence of tuple of str
        Pairs of species of which only the difference of the final amounts is of interest, such as the rails
        of an output: molecules of both that one reaction releases are left out.

    Raises
    ------
    InvalidValueError
        If a species of a pair is not in the network or is a reactant, or conversions form a cycle.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> net = parse_network("X -> 2 A + B [k = 1]\nA -> C [k = 1]\nC -> D [k = 1]\nA @initial 3")
    >>> print(reduce_network(net, ["X"]))
    X -> 2 D + B [k = 1]
    D @initial 3
    """
    _check_pairs(network, pairs)
    removed = _conversions(network, kept)
    expansions: dict[str, Amounts] = {}
    for name in _in_order(removed):
        expansions[name] = _expanded(removed[name], expansions)
    reactions: list[Reaction] = []
    for reaction in network.reactions:
        if len(reaction.reactants.terms) == 1 and reaction.reactants.terms[0][0] in removed:
            continue
        products = _without_pairs(_expanded(reaction.products.coefficients, expansions), pairs)
        if products or reaction.reactants.terms:
            reactions.append(Reaction.of(reaction.reactants.coefficients, products, rate=reaction.rate))
    initial = dict.fromkeys((name for name in network.species if name not in removed), 0.0)
    for name, amount in zip(network.species, network.initial, strict=True):
        for product, count in expansions.get(name, {name: 1}).items():
            initial[product] += count * amount
    for first, second in pairs:
        both = min(initial[first], initial[second])
        initial[first], initial[second] = initial[first] - both, initial[second] - both
    used = {name for reaction in reactions for name in reaction.species}
    shown = {name: amount for name, amount in initial.items() if name in used or amount}
    return Network.of(reactions, shown)


def _conversions(network: Network, kept: Collection[str]) -> dict[str, Amounts]:
    """Return the products of every species that is removed: one reaction X -> P, and no other, consumes X."""
    uses = Counter(name for reaction in network.reactions for name, _ in reaction.reactants.terms)
    found: dict[str, Amounts] = {}
    for reaction in network.reactions:
        (name, count), *others = reaction.reactants.terms or (("", 0),)
        if count == 1 and not others and uses[name] == 1 and name not in kept:
            found[name] = reaction.products.coefficients
    return found


def _in_order(removed: Mapping[str, Amounts]) -> list[str]:
    """Return the removed species so that each follows those that it is converted to."""
    after = {name: [p for p in products if p in removed] for name, products in removed.items()}
    try:
        return list(TopologicalSorter(after).static_order())
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise InvalidValueError(f"{circle}: conversions form a cycle, which never ends") from error


def _expanded(products: Amounts, expansions: Mapping[str, Amounts]) -> dict[str, int]:
    """Return a product list in which removed species are replaced."""
    found: Counter[str] = Counter()
    for name, count in products.items():
        for product, each in expansions.get(name, {name: 1}).items():
            found[product] += count * each
    return dict(found)


def _without_pairs(products: dict[str, int], pairs: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return a product list without pairs of rails."""
    for rails in pairs:
        both = min(products.get(name, 0) for name in rails)
        for name in rails:
            products[name] = products.get(name, 0) - both
    return {name: count for name, count in products.items() if count}


def _check_pairs(network: Network, pairs: Sequence[tuple[str, str]]) -> None:
    consumed = {name for reaction in network.reactions for name, _ in reaction.reactants.terms}
    for name in (name for rails in pairs for name in rails):
        if name not in network.index:
            raise InvalidValueError(f"pair of {name}: the network has no such species")
        if name in consumed:
            raise InvalidValueError(f"pair of {name}: it is a reactant, so not only its difference matters")
