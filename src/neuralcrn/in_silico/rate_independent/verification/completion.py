"""Exact completion: reactions proceed as far as they can, one after the other, in fractions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from neuralcrn.chemistry import Network
from neuralcrn.errors import SimulationError
from neuralcrn.in_silico.rate_independent.structure import shown

_PASSES = 1_000


def complete(
    network: Network,
    amounts: Sequence[Fraction],
    order: Iterable[int] | None = None,
    first: Fraction = Fraction(1),
) -> tuple[Fraction, ...]:
    r"""Return the amounts after all reactions have proceeded as far as possible.

    Parameters
    ----------
    network : Network
        The network.
    amounts : sequence of Fraction
        Initial amounts in the order of the species.
    order : iterable of int, optional
        Order in which reactions proceed, repeated until nothing can react; by default that of the network.
    first : Fraction
        Part of the possible extent by which each reaction proceeds at first; later it proceeds completely.

    Raises
    ------
    SimulationError
        If this does not end.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> net = parse_network("A -> B [k = 1]\nB + 2 C -> D [k = 1]")
    >>> [str(amount) for amount in complete(net, [Fraction(1), Fraction(0), Fraction(1, 3), Fraction(0)])]
    ['0', '5/6', '0', '1/6']
    """
    state, listed = list(amounts), list(range(len(network.reactions)) if order is None else order)
    index = network.index
    needed = [[index[name] for name, _ in reaction.reactants.terms] for reaction in network.reactions]
    changes = [[(index[n], c) for n, c in reaction.net_change.items()] for reaction in network.reactions]
    for done in range(len(listed) + _PASSES):
        rested = True
        for place in listed:
            if not all(state[i] > 0 for i in needed[place]):
                continue
            consumed = [state[i] / -change for i, change in changes[place] if change < 0]
            if not changes[place]:
                continue
            if not consumed:
                raise SimulationError(f"{shown(network, place)} never ends")
            rested, extent = False, min(consumed) * (1 if done else first)
            for i, change in changes[place]:
                state[i] += extent * change
        if rested:
            return tuple(state)
    raise SimulationError("reactions proceed in a cycle, so they never end")
