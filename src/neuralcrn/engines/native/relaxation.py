"""Species that relax: whose consumption over a whole step has a known distribution.

A channel that consumes one molecule of a species, at a rate that is proportional to it, can be *owned* by
this species. Given the rates per molecule of all owned channels, every molecule has an independent,
exponentially distributed lifetime, so the numbers of survivors and of firings over a step of any length are
binomial (Jahnke and Huisinga 2007, doi:10.1007/s00285-006-0034-x). `hybrid` uses this.

Species are ordered such that all that is produced from owned channels, and, as far as possible, all that is
read, is known when a species is advanced. This is impossible in a cycle of consumption and production, as in
``A <-> B``: molecules can come back within a step, which must therefore be short.
"""

from __future__ import annotations

import graphlib
from collections.abc import Sequence
from dataclasses import dataclass

Change = tuple[tuple[int, int], ...]
"""Species and net change."""
Factors = tuple[tuple[int, int], ...]
"""Species and offset of every factor."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Which species can own which channels, and the order in which species are advanced.

    Attributes
    ----------
    order : tuple of int
        All species.
    cyclic : tuple of bool
        Whether a species belongs to a cycle of consumption and production.
    influential : tuple of bool
        Whether the rate of a channel that changes another species depends on a species.
    touching : tuple of tuple of int
        The channels that change each species.
    ownable : tuple of tuple of bool
        For every change of every channel, whether its species can own the channel.
    """

    order: tuple[int, ...]
    cyclic: tuple[bool, ...]
    influential: tuple[bool, ...]
    touching: tuple[tuple[int, ...], ...]
    ownable: tuple[tuple[bool, ...], ...]

    @classmethod
    def of(cls, changes: Sequence[Change], factors: Sequence[Factors], size: int) -> Relaxation:
        """Return the relaxation of channels, given as changes and factors.

        Examples
        --------
        >>> changes = [((0, 1),), ((0, -1), (1, 1)), ((1, -2),)]  # 0 -> A, A -> B, 2 B -> 0
        >>> relaxation = Relaxation.of(changes, [(), ((0, 0),), ((1, 0), (1, 1))], 2)
        >>> relaxation.ownable, relaxation.order, relaxation.cyclic
        (((False,), (True, False), (False,)), (0, 1), (False, False))
        """
        touching: list[list[int]] = [[] for _ in range(size)]
        influential = [False] * size
        flows, reads = set[tuple[int, int]](), set[tuple[int, int]]()
        for channel, (change, read) in enumerate(zip(changes, factors, strict=True)):
            changed, species_read = {s for s, _ in change}, {s for s, _ in read}
            produced = {s for s, n in change if n > 0}
            for species in changed:
                touching[species].append(channel)
            for species in species_read:
                influential[species] |= not changed <= {species}
            flows |= {(s, t) for s, n in change if n < 0 for t in produced}
            reads |= {(s, t) for s in species_read for t in produced if s != t}
        returning = {s for block in _blocks(range(size), flows) if len(block) > 1 for s in block}
        order = [
            species
            for block in _blocks(range(size), flows | reads)
            for part in _blocks(block, flows)
            for species in part
        ]
        ownable = tuple(
            tuple(n == -1 and [offset for t, offset in read if t == s] == [0] for s, n in change)
            for change, read in zip(changes, factors, strict=True)
        )
        return cls(
            tuple(order),
            tuple(species in returning for species in range(size)),
            tuple(influential),
            tuple(map(tuple, touching)),
            ownable,
        )


def _blocks(nodes: Sequence[int], edges: set[tuple[int, int]]) -> list[list[int]]:
    """Return the strongly connected components among some nodes, each before those that it leads to."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    place = {node: i for i, node in enumerate(nodes)}
    inner = sorted((place[a], place[b]) for a, b in edges if a in place and b in place)
    rows, columns = [a for a, _ in inner], [b for _, b in inner]
    graph = coo_array(([1] * len(inner), (rows, columns)), shape=(len(nodes), len(nodes)))
    count, labels = connected_components(graph, directed=True, connection="strong")
    blocks: list[list[int]] = [[] for _ in range(count)]
    for node, label in zip(nodes, labels, strict=True):
        blocks[label].append(node)
    before: dict[int, set[int]] = {label: set() for label in range(count)}
    for a, b in inner:
        if labels[a] != labels[b]:
            before[int(labels[b])].add(int(labels[a]))
    return [blocks[label] for label in graphlib.TopologicalSorter(before).static_order()]
