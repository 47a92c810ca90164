"""Pass: choose the reactant that binds first.

The first reactant of ``A + B -> ...`` is sequestered by the gates of all its reactions in proportion to their
rate constants, the second is not. All signals must be sequestered equally (`network`), so the largest load
determines the cost, and the first reactants are chosen to minimise it. This is a scheduling problem with two
possible machines per job. It is solved exactly by branch and bound; for large networks the best solution
found is used.
"""

from __future__ import annotations

from collections.abc import Sequence

from neuralcrn.chemistry import Reaction

_VISITED = 20_000
"""Number of choices examined before the best solution found is returned."""


def order_reactants(reactions: Sequence[Reaction]) -> tuple[tuple[str, ...], ...]:
    """Return the reactant molecules of each reaction in the order of binding.

    Parameters
    ----------
    reactions : sequence of Reaction
        Of order 2 at most; for lower orders the molecules are returned unchanged.

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
    """Return sigma of each first reactant: the sum of the rate constants of the reactions in which it binds
    first.
    """
    loads: dict[str, float] = {}
    for reaction, names in zip(reactions, orders, strict=True):
        if len(names) == 2:
            loads[names[0]] = loads.get(names[0], 0.0) + reaction.rate
    return loads


def largest_load(reactions: Sequence[Reaction]) -> float:
    """Return the largest sigma for the chosen order, 0 without bimolecular reactions."""
    return max(bound_loads(reactions, order_reactants(reactions)).values(), default=0.0)


def _first_reactants(
    pairs: Sequence[tuple[str, ...]], rates: Sequence[float], loads: dict[str, float]
) -> list[str]:
    """Choose one of each pair such that the largest load is minimal; `loads` are the fixed loads.

    Depth-first search that tries the lighter one of a pair first, so that the first solution is that of the
    greedy rule.
    """

    def options(place: int) -> list[str]:
        """Return a pair in reverse order of trial: the lighter is tried first, for equal loads the first
        one.
        """
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
