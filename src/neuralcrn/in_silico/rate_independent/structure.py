"""Structure of a network that makes its final amounts independent of rate constants.

If every species is consumed by at most one reaction, no catalyst is consumed by another reaction, every
reaction consumes something, and none depends on its own products, then all reactions proceed to the same
extents at any rates (Vasic et al., arXiv 2003.13720).
"""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

import numpy as np

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.in_silico.rate_independent.network import Table


def competition(network: Network) -> str:
    r"""Return two reactions that compete for a species, as text; empty if there are none.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> competition(parse_network("A -> B [k = 1]\nB + C -> D [k = 1]"))
    ''
    >>> competition(parse_network("A -> B [k = 1]\nA + C -> D [k = 1]"))
    'A is consumed by A -> B and by A + C -> D'
    >>> competition(parse_network("A + C -> B + C [k = 1]\nC -> D [k = 1]"))
    'C is consumed by C -> D and is a reactant of A + C -> B + C'
    """
    consumers: dict[str, str] = {}
    for place, reaction in enumerate(network.reactions):
        text = shown(network, place)
        for name, change in reaction.net_change.items():
            if change < 0 and consumers.setdefault(name, text) != text:
                return f"{name} is consumed by {consumers[name]} and by {text}"
    for place, reaction in enumerate(network.reactions):
        text = shown(network, place)
        for name, _ in reaction.reactants.terms:
            if consumers.get(name, text) != text:
                return f"{name} is consumed by {consumers[name]} and is a reactant of {text}"
    return ""


def endless_reaction(network: Network) -> str:
    r"""Return a reaction that releases something and consumes nothing, as text; empty if there is none.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> endless_reaction(parse_network("A -> B [k = 1]\nB -> B + C [k = 1]"))
    'B -> B + C consumes nothing, so it never ends'
    """
    for place, reaction in enumerate(network.reactions):
        if _is_endless(reaction):
            return f"{shown(network, place)} consumes nothing, so it never ends"
    return ""


def _is_endless(reaction: Reaction) -> bool:
    changes = reaction.net_change.values()
    return bool(changes) and min(changes) > 0


def shown(network: Network, place: int) -> str:
    """Return a reaction without its rate constant."""
    reaction = network.reactions[place]
    return f"{reaction.reactants} -> {reaction.products}"


def reaction_order(network: Network) -> list[int]:
    r"""Return the reactions in an order in which each follows those that release its reactants.

    Raises
    ------
    CycleError
        If reactions depend on their own products; its second argument is the cycle.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> reaction_order(parse_network("B -> C [k = 1]\nA -> B [k = 1]"))
    [1, 0]
    """
    users: dict[str, list[int]] = {}
    for place, reaction in enumerate(network.reactions):
        for name, _ in reaction.reactants.terms:
            users.setdefault(name, []).append(place)
    after: dict[int, list[int]] = {place: [] for place in range(len(network.reactions))}
    for place, reaction in enumerate(network.reactions):
        for name, change in reaction.net_change.items():
            for user in users.get(name, []) if change > 0 else []:
                after[user].append(place)
    for place, causes in after.items():
        if place in causes:
            raise CycleError("nodes are in a cycle", [place, place])
    return list(TopologicalSorter(after).static_order())


def dependence_cycle(network: Network) -> str:
    """Return a cycle of reactions that depend on their own products, as text; empty if there is none.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> dependence_cycle(parse_network("A <-> B [kf = 1, kr = 1]"))
    'A -> B releases a reactant of B -> A, which releases a reactant of A -> B'
    """
    try:
        reaction_order(network)
    except CycleError as error:
        circle: Sequence[int] = error.args[1]
        names = [shown(network, place) for place in circle]
        return " releases a reactant of ".join(names[:2]) + "".join(
            f", which releases a reactant of {name}" for name in names[2:]
        )
    return ""


def largest_changes(network: Network) -> Table:
    r"""Return by how much all amounts can change, in total, after one unit of each reaction.

    This includes all reactions that follow from its products, if no reaction depends on its own products;
    otherwise only the reaction itself. It is infinite for reactions that consume nothing.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> largest_changes(parse_network("A -> 2 B [k = 1]\nB -> 3 C [k = 1]")).tolist()
    [11.0, 4.0]
    """
    changes = np.array(
        [np.inf if _is_endless(r) else float(sum(map(abs, r.net_change.values()))) for r in network.reactions]
    )
    try:
        order = reaction_order(network)
    except CycleError:
        return changes
    follows: dict[str, float] = {}
    """Change that follows from one unit of a species."""
    for place in reversed(order):
        reaction = network.reactions[place]
        released = ((name, change) for name, change in reaction.net_change.items() if change > 0)
        changes[place] += sum(change * follows.get(name, 0.0) for name, change in released)
        for name, change in reaction.net_change.items():
            if change < 0:
                follows[name] = max(follows.get(name, 0.0), changes[place] / -change)
    return changes
