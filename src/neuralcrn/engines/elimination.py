"""Order and pattern of a sparse elimination, decided once for a network.

The matrices of one network, ``shift I - J``, share one pattern, so the whole elimination is
planned in advance and run without a search for pivots, as is usual for chemical kinetics
(Sandu et al., Atmos. Environ. 31 (1997) 3459, doi:10.1016/S1352-2310(97)00060-2).
"""

from __future__ import annotations

import graphlib
import heapq
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Elimination:
    """A planned LU factorisation in rows, without pivoting.

    Attributes
    ----------
    row_pointer, column : tuple of int
        Compressed rows of the pattern with its fill, columns ascending.
    diagonal : tuple of int
        Position of each row's diagonal entry.
    multipliers : tuple of (position, pivot row, updates)
        In order of execution: the entry left of the diagonal to divide by its pivot, and the pairs
        (target, source) of positions that are updated with it.
    row_multipliers : tuple of int
        Row i owns ``multipliers[row_multipliers[i]:row_multipliers[i + 1]]``.
    """

    row_pointer: tuple[int, ...]
    column: tuple[int, ...]
    diagonal: tuple[int, ...]
    multipliers: tuple[tuple[int, int, tuple[tuple[int, int], ...]], ...]
    row_multipliers: tuple[int, ...]


def block_order(species: Iterable[int], influences: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    """Order species by strongly connected blocks, readers before what they read.

    With downstream blocks first the Jacobian is block upper triangular, and elimination touches
    only the diagonal blocks. Within a block the species of least degree comes first.

    Parameters
    ----------
    species : iterable of int
        The species to order.
    influences : iterable of (int, int)
        Pairs (reader, read).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    names = sorted(species)
    position = {name: i for i, name in enumerate(names)}
    edges = sorted({(position[a], position[b]) for a, b in influences if a != b})
    if not names:
        return ()
    rows, columns = [a for a, _ in edges], [b for _, b in edges]
    graph = coo_array(([1] * len(edges), (rows, columns)), shape=(len(names), len(names)))
    count, labels = connected_components(graph, directed=True, connection="strong")
    blocks: list[list[int]] = [[] for _ in range(count)]
    for node, label in enumerate(labels):
        blocks[label].append(node)
    depends: dict[int, set[int]] = {label: set() for label in range(count)}
    within: dict[int, set[int]] = defaultdict(set)
    for a, b in edges:
        if labels[a] != labels[b]:
            depends[int(labels[b])].add(int(labels[a]))  # the reader comes before what it reads
        else:
            within[a].add(b)
            within[b].add(a)
    order: list[int] = []
    for label in graphlib.TopologicalSorter(depends).static_order():
        order.extend(_least_degree_order(blocks[label], within))
    return tuple(names[node] for node in order)


def _least_degree_order(nodes: list[int], neighbours: dict[int, set[int]]) -> list[int]:
    """Order the nodes of one block by repeatedly removing the one of least degree (its fill joined)."""
    if len(nodes) < 3:
        return nodes
    graph = {node: set(neighbours[node]) for node in nodes}
    queue = [(len(around), node) for node, around in graph.items()]
    heapq.heapify(queue)
    order: list[int] = []
    while queue:
        degree, node = heapq.heappop(queue)
        if node not in graph or len(graph[node]) != degree:
            continue  # its degree has changed since, and it waits in the queue with the new one
        around = graph.pop(node)
        for other in around:
            graph[other] |= around
            graph[other] -= {node, other}
            heapq.heappush(queue, (len(graph[other]), other))
        order.append(node)
    return order


def eliminate(size: int, pattern: Iterable[tuple[int, int]]) -> Elimination:
    """Plan the factorisation of a square matrix with the given nonzero `pattern` (and its diagonal)."""
    rows: list[set[int]] = [{i} for i in range(size)]
    for i, j in pattern:
        rows[i].add(j)
    right: list[list[int]] = []
    for i in range(size):
        pending = sorted(j for j in rows[i] if j < i)
        while pending:
            k = pending.pop(0)
            new = set(right[k]) - rows[i]
            rows[i] |= new
            pending = sorted({*pending, *(j for j in new if j < i)})
        right.append(sorted(j for j in rows[i] if j > i))

    position: dict[tuple[int, int], int] = {}
    row_pointer, column = [0], []
    for i in range(size):
        for j in sorted(rows[i]):
            position[i, j] = len(column)
            column.append(j)
        row_pointer.append(len(column))
    multipliers: list[tuple[int, int, tuple[tuple[int, int], ...]]] = []
    row_multipliers = [0]
    for i in range(size):
        for k in sorted(j for j in rows[i] if j < i):
            updates = tuple((position[i, j], position[k, j]) for j in right[k])
            multipliers.append((position[i, k], k, updates))
        row_multipliers.append(len(multipliers))
    return Elimination(
        row_pointer=tuple(row_pointer),
        column=tuple(column),
        diagonal=tuple(position[i, i] for i in range(size)),
        multipliers=tuple(multipliers),
        row_multipliers=tuple(row_multipliers),
    )
