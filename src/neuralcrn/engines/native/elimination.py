"""Ordering and symbolic factorisation of sparse matrices, computed once per network.

The matrices of a network, ``shift I - J``, have the same pattern, so the elimination is planned in advance
and needs no pivoting, as is usual for chemical kinetics (Sandu et al., Atmos. Environ. 31 (1997) 3459,
doi:10.1016/S1352-2310(97)00060-2).
"""

from __future__ import annotations

import graphlib
import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from neuralcrn.errors import InvalidValueError

FILL_LIMIT = 10_000_000
"""Maximum number of entries of a factorised block: a full matrix of 3,162 species, seconds per
factorisation.
"""


@dataclass(frozen=True, slots=True)
class Elimination:
    """A planned LU factorisation by rows, without pivoting.

    Row i is reduced by the pivot row of every entry left of its diagonal, from left to right. The pattern
    contains every entry that becomes nonzero in the process, so no additional storage is needed.

    Attributes
    ----------
    row_pointer, column : tuple of int
        Compressed rows of the pattern with its fill, columns ascending.
    diagonal : tuple of int
        Position of each row's diagonal entry.
    """

    row_pointer: tuple[int, ...]
    column: tuple[int, ...]
    diagonal: tuple[int, ...]

    def multipliers(self, row: int) -> range:
        """Return the positions left of the diagonal of a row; the column of each is its pivot row."""
        return range(self.row_pointer[row], self.diagonal[row])

    def updates(self, pivot: int) -> range:
        """Return the positions right of the diagonal of a pivot row, which are subtracted from other rows."""
        return range(self.diagonal[pivot] + 1, self.row_pointer[pivot + 1])

    def filled_block(self) -> range:
        """Return the longest sequence of rows that are filled between each other, and have the same columns
        after the last of them; the network of a large molecule with many states leaves such a block.

        Examples
        --------
        >>> eliminate(3, [(1, 0), (0, 1), (1, 2)]).filled_block()  # the first two rows differ in column 2
        range(0, 1)
        >>> eliminate(3, [(1, 0), (0, 1), (0, 2), (1, 2)]).filled_block()
        range(0, 2)
        """
        longest, begin, columns = range(0), 0, ()
        for row, middle in enumerate(self.diagonal):
            before, columns = columns, self.column[middle : self.row_pointer[row + 1]]
            begin = begin if before[1:] == columns else row
            left = middle
            while left > self.row_pointer[row] and self.column[left - 1] == self.column[left] - 1:
                left -= 1
            begin = max(begin, self.column[left])
            longest = max(longest, range(begin, row + 1), key=len)
        return longest

    @property
    def positions(self) -> dict[tuple[int, int], int]:
        """The position of every entry of the pattern by its row and column."""
        return {
            (row, self.column[place]): place
            for row in range(len(self.diagonal))
            for place in range(self.row_pointer[row], self.row_pointer[row + 1])
        }

    @property
    def operations(self) -> int:
        """Multiplications of one factorisation."""
        return sum(
            1 + len(self.updates(self.column[place]))
            for row in range(len(self.diagonal))
            for place in self.multipliers(row)
        )


def independent_blocks(species: Iterable[int], together: Iterable[Sequence[int]]) -> list[list[int]]:
    """Return the species in blocks that do not depend on each other, ordered by their first species.

    Examples
    --------
    >>> independent_blocks([5, 2, 3, 7], [(2, 7), (7, 5), (3,)])
    [[2, 5, 7], [3]]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    names = sorted(species)
    position = {name: i for i, name in enumerate(names)}
    edges = [(position[group[0]], position[other]) for group in together for other in group[1:]]
    rows, columns = [a for a, _ in edges], [b for _, b in edges]
    graph = coo_array(([1] * len(edges), (rows, columns)), shape=(len(names), len(names)))
    blocks: dict[int, list[int]] = {}
    for name, label in zip(names, connected_components(graph, directed=False)[1].tolist(), strict=True):
        blocks.setdefault(label, []).append(name)
    return list(blocks.values())


def block_order(species: Iterable[int], influences: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    """Order species by strongly connected blocks, readers before the species that they depend on.

    With downstream blocks first the Jacobian is block upper triangular, and elimination touches
    only the diagonal blocks. Within a block the species of least degree comes first.

    Parameters
    ----------
    species : iterable of int
        The species to order.
    influences : iterable of (int, int)
        Pairs (reader, read).

    Raises
    ------
    InvalidValueError
        If elimination would fill more than 10 million entries of a block.
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
    within = [0] * len(names)
    for a, b in edges:
        if labels[a] != labels[b]:
            depends[int(labels[b])].add(int(labels[a]))  # the reader comes before what it reads
        else:
            within[a] |= 1 << b
            within[b] |= 1 << a
    order: list[int] = []
    for label in graphlib.TopologicalSorter(depends).static_order():
        order.extend(_least_degree_order(blocks[label], within))
    return tuple(names[node] for node in order)


def _least_degree_order(nodes: list[int], neighbours: list[int]) -> list[int]:
    """Order the nodes of one block by repeatedly removing the one of least degree (its fill joined).

    The neighbours of a node are a set of nodes, as the bits of an integer.
    """
    if len(nodes) < 3:
        return nodes
    graph = {node: neighbours[node] for node in nodes}
    queue = [(around.bit_count(), node) for node, around in graph.items()]
    heapq.heapify(queue)
    order: list[int] = []
    filled = 0
    while queue:
        degree, node = heapq.heappop(queue)
        if node not in graph or graph[node].bit_count() != degree:
            continue  # its degree has changed since, and it waits in the queue with the new one
        if filled + (degree + 1) ** 2 > FILL_LIMIT:
            raise InvalidValueError(
                f"network with {len(nodes):,} interacting species: solving for them together "
                f"fills more than {FILL_LIMIT:,} entries; simulate it stochastically, or in parts"
            )
        if degree + 1 == len(graph):  # all that are left are joined to all others
            return order + sorted(graph)
        filled += 2 * degree + 1
        around = graph.pop(node)
        for other in _members(around):
            graph[other] = (graph[other] | around) & ~(1 << node | 1 << other)
            heapq.heappush(queue, (graph[other].bit_count(), other))
        order.append(node)
    return order


def eliminate(size: int, pattern: Iterable[tuple[int, int]]) -> Elimination:
    """Plan the factorisation of a square matrix with the given nonzero `pattern` (and its diagonal).

    Examples
    --------
    >>> eliminate(3, [(1, 0), (2, 0), (0, 2)])  # entry (1, 2) is filled
    Elimination(row_pointer=(0, 2, 5, 7), column=(0, 2, 0, 1, 2, 0, 2), diagonal=(0, 3, 6))
    """
    rows = [1 << i for i in range(size)]  # a row is the set of its columns, as the bits of an integer
    for i, j in pattern:
        rows[i] |= 1 << j
    row_pointer, column, diagonal = [0], list[int](), list[int]()
    right: list[int] = []
    for i, row in enumerate(rows):
        below, done = (1 << i) - 1, 0
        while pending := (row & below) >> done:
            done += (pending & -pending).bit_length()
            row |= right[done - 1]
        right.append(row & ~(below | 1 << i))
        diagonal.append(len(column) + (row & below).bit_count())
        column.extend(_members(row))
        row_pointer.append(len(column))
    return Elimination(tuple(row_pointer), tuple(column), tuple(diagonal))


def _members(bits: int) -> Iterator[int]:
    """Yield the elements of a set of numbers, ascending."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
