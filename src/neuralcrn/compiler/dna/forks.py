"""Reactions with many products as trees of reactions with few: a gate releases one strand per product."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from neuralcrn.chemistry import Complex, Network, Reaction
from neuralcrn.compiler.dna.gates import namer
from neuralcrn.errors import InvalidValueError


def split_products(network: Network, largest: int = 4, *, rate: float | None = None) -> Network:
    r"""Return a network in which no reaction releases more than a number of molecules.

    Groups of products are replaced by one new species F, which another reaction converts to them. The final
    amounts of a network that comes to rest at the same amounts for all rate constants are not changed;
    products appear later by about the number of stages divided by the rate constant.

    Parameters
    ----------
    network : Network
        The network.
    largest : int
        Largest number of product molecules of a reaction, at least 2.
    rate : float, 1 / time, optional
        Rate constant of the new reactions; by default the largest of the network.

    Raises
    ------
    InvalidValueError
        If the number is less than 2.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> for reaction in split_products(parse_network("A -> 3 B + 2 C [k = 5]"), 3).reactions:
    ...     print(reaction)
    A -> F1 + F2 [k = 5]
    F1 -> 3 B [k = 5]
    F2 -> 2 C [k = 5]
    """
    if largest < 2:
        raise InvalidValueError(f"products = {largest}: a tree needs at least 2 products of a reaction")
    constant = max((r.rate for r in network.reactions), default=1.0) if rate is None else rate
    free_name = namer(network.species, "F")
    forks: dict[tuple[str, ...], str] = {}

    def forked(group: tuple[str, ...]) -> str:
        if len(group) == 1:
            return group[0]
        if group not in forks:
            forks[group] = free_name(str(len(forks) + 1))
        return forks[group]

    reactions: list[Reaction] = []
    for reaction in network.reactions:
        molecules = [name for name, count in reaction.products.terms for _ in range(count)]
        while len(molecules) > largest:
            groups = (tuple(molecules[i : i + largest]) for i in range(0, len(molecules), largest))
            molecules = [forked(group) for group in groups]
        reactions.append(replace(reaction, products=Complex.of(Counter(molecules))))
    reactions += [Reaction.of({name: 1}, Counter(group), rate=constant) for group, name in forks.items()]
    initial = dict(zip(network.species, network.initial, strict=True))
    return Network.of(reactions, initial, network.species)
