"""Pass: which reactant binds first.

The first reactant of ``A + B -> ...`` is held by the gates of all its reactions in proportion to their
rate constants, the second by none. Every signal must be held alike (`dna`), so the most loaded species
sets the price for all, and the choice of first reactants is a choice of the smallest maximum: scheduling
on two machines each, exact here by branch and bound, and for large networks the best found.
"""

from __future__ import annotations

from collections.abc import Sequence

from neuralcrn.chemistry import Reaction

_VISITED = 20_000
"""Choices tried before the best so far is taken."""


def order_reactants(reactions: Sequence[Reaction]) -> tuple[tuple[str, ...], ...]:
    """Return the reactant molecules of each reaction, in the order in which they bind.

    Parameters
    ----------
    reactions : sequence of Reaction
        Of order 2 at most; of others the molecules are returned as they are.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> net = parse_network("X + Y -> 2B [k = 2]" + chr(10) + "B + X -> 2X [k = 1]" + chr(10) + "2B -> Y")
    >>> order_reactants(net.reactions)
    (('X', 'Y'), ('B', 'X'), ('B', 'B'))
    """
    molecules = [
        tuple(name for name, count in reaction.reactants.terms for _ in range(count))
        for reaction in reactions
    ]
    free = [i for i, names in enumerate(molecules) if len(names) == 2 and names[0] != names[1]]
    free.sort(key=lambda i: -reactions[i].rate)
    loads = dict.fromkeys((name for names in molecules for name in names), 0.0)
    loads.update(
        bound_loads(reactions, [() if i in set(free) else names for i, names in enumerate(molecules)])
    )
    firsts = _first_reactants([molecules[i] for i in free], [reactions[i].rate for i in free], loads)
    for i, first in zip(free, firsts, strict=True):
        if molecules[i][0] != first:
            molecules[i] = molecules[i][::-1]
    return tuple(molecules)


def bound_loads(reactions: Sequence[Reaction], orders: Sequence[tuple[str, ...]]) -> dict[str, float]:
    """Return sigma of each first reactant: the sum of the rate constants of what it binds first for."""
    loads: dict[str, float] = {}
    for reaction, names in zip(reactions, orders, strict=True):
        if len(names) == 2:
            loads[names[0]] = loads.get(names[0], 0.0) + reaction.rate
    return loads


def largest_load(reactions: Sequence[Reaction]) -> float:
    """Return the largest sigma after the order was chosen, 0 without reactions of two reactants."""
    return max(bound_loads(reactions, order_reactants(reactions)).values(), default=0.0)


def _first_reactants(
    pairs: Sequence[tuple[str, ...]], rates: Sequence[float], loads: dict[str, float]
) -> list[str]:
    """Return one of each pair so that the largest load is least; `loads` are what is bound in any case.

    Depth first, the lighter of a pair first, so that the first answer is that of the greedy rule.
    """

    def options(place: int) -> list[str]:
        """Return a pair, what is tried first last: the lighter, and of equals the one written first."""
        first, second = pairs[place]
        return [first, second] if loads[second] < loads[first] else [second, first]

    floor = max([*rates, *loads.values(), (sum(rates) + sum(loads.values())) / max(len(loads), 1)])
    best: list[str] = []
    lowest = float("inf")
    untried = [options(0)] if pairs else []
    chosen: list[tuple[str, float]] = []
    visited = 0
    while untried and (not best or visited < _VISITED):
        visited += 1
        if len(chosen) == len(untried):
            name, before = chosen.pop()
            loads[name] = before
        if not untried[-1]:
            untried.pop()
            continue
        name = untried[-1].pop()
        chosen.append((name, loads[name]))
        loads[name] += rates[len(chosen) - 1]
        if loads[name] >= lowest:
            continue
        if len(chosen) < len(pairs):
            untried.append(options(len(chosen)))
        elif max(loads.values()) < lowest:
            best, lowest = [name for name, _ in chosen], max(loads.values())
            if lowest <= floor:
                break
    return best
