"""Stoichiometry: integer matrices of a network and their properties.

All computations use exact integer arithmetic; rate constants are not used.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable
from math import gcd

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry.network import Network
from neuralcrn.chemistry.reaction import Complex
from neuralcrn.errors import InvalidValueError

IntegerMatrix = NDArray[np.int64]
_DENSE_LIMIT = 250_000_000  # entries, 2 GB


def reactant_matrix(network: Network) -> IntegerMatrix:
    """Return the coefficients of the reactants.

    Returns
    -------
    numpy.ndarray of int64, shape (n_species, n_reactions), molecules per event
        A new array.

    Raises
    ------
    InvalidValueError
        If the array would have more than 250 million entries.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> net = parse_network("A + 2B -> A + C")
    >>> reactant_matrix(net).tolist(), product_matrix(net).tolist(), net_stoichiometry(net).tolist()
    ([[1], [2], [0]], [[1], [0], [1]], [[0], [-2], [1]])
    """
    return _matrix(network, (reaction.reactants.terms for reaction in network.reactions))


def product_matrix(network: Network) -> IntegerMatrix:
    """Return the coefficients of the products, in the form of `reactant_matrix`."""
    return _matrix(network, (reaction.products.terms for reaction in network.reactions))


def net_stoichiometry(network: Network) -> IntegerMatrix:
    """Return the net change of each species by one event of each reaction, products minus reactants.

    With mass action, ``dx/dt = net_stoichiometry(network) @ flux(x)``. The form is that of `reactant_matrix`.
    """
    return _matrix(network, (tuple(reaction.net_change.items()) for reaction in network.reactions))


@functools.lru_cache(maxsize=64)
def conservation_laws(network: Network) -> tuple[tuple[int, ...], ...]:
    r"""Return a basis of the conservation laws: linear combinations of species that no reaction changes.

    Returns
    -------
    tuple of tuple of int, shape (n_laws, n_species)
        Rows y with ``y @ net_stoichiometry(network) == 0``, exactly; a basis of the left null space. The
        entries of a row have no common factor. Rows are made non-negative if this is possible by adding other
        rows.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> conservation_laws(parse_network("E + S <-> ES\nES -> E + P"))
    ((1, 0, 1, 0), (0, 1, 1, 1))
    """
    pivots = _reduced_rows(network)
    size = len(network.species)
    laws: list[list[int]] = []
    for free in (column for column in range(size) if column not in pivots):
        # A reduced row states d y_pivot + r y_free = 0; scale y_free so that every y_pivot is an
        # integer.
        scale = 1
        for pivot, row in pivots.items():
            if free in row:
                denominator = abs(row[pivot]) // gcd(row[pivot], row[free])
                scale = scale * denominator // gcd(scale, denominator)
        law = [0] * size
        law[free] = scale
        for pivot, row in pivots.items():
            if free in row:
                law[pivot] = -scale * row[free] // row[pivot]
        laws.append(law)
    return tuple(sorted((tuple(law) for law in _made_positive(laws)), reverse=True))


def rank(network: Network) -> int:
    r"""Return the exact rank of the stoichiometric matrix.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> rank(parse_network("A <-> B\nB <-> C\nC <-> A"))
    2
    """
    return len(network.species) - len(conservation_laws(network))


def linkage_classes(network: Network) -> tuple[tuple[Complex, ...], ...]:
    r"""Return the linkage classes: the connected components of the graph of complexes and reactions.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> net = parse_network("A -> B\nC -> 2D\nB -> 0")
    >>> [" , ".join(map(str, part)) for part in linkage_classes(net)]
    ['A , B , 0', 'C , 2 D']
    """
    nodes, edges = _complex_graph(network)
    neighbours: dict[int, list[int]] = defaultdict(list)
    for start, end in edges:
        neighbours[start].append(end)
        neighbours[end].append(start)
    found: set[int] = set()
    classes: list[tuple[Complex, ...]] = []
    for node in range(len(nodes)):
        if node not in found:
            part = _reached(node, neighbours)
            found |= part
            classes.append(tuple(nodes[i] for i in sorted(part)))
    return tuple(classes)


def deficiency(network: Network) -> int:
    r"""Return the deficiency: number of complexes minus number of linkage classes minus rank.

    A weakly reversible network of deficiency zero has exactly one equilibrium in each compatibility class,
    which is stable, for all rate constants (Feinberg, doi:10.1016/0009-2509(87)80099-4).

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> deficiency(parse_network("A + B <-> C")), deficiency(parse_network("A -> 2A\nA + B -> 2B\nB -> 0"))
    (0, 1)
    """
    classes = linkage_classes(network)
    return sum(len(part) for part in classes) - len(classes) - rank(network)


def is_weakly_reversible(network: Network) -> bool:
    r"""Return whether each reaction is part of a cycle of reactions between complexes.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> is_weakly_reversible(parse_network("A -> B\nB -> C\nC -> A"))
    True
    >>> is_weakly_reversible(parse_network("A -> B"))
    False
    """
    nodes, edges = _complex_graph(network)
    ahead: dict[int, list[int]] = defaultdict(list)
    back: dict[int, list[int]] = defaultdict(list)
    for start, end in edges:
        ahead[start].append(end)
        back[end].append(start)
    left = set(range(len(nodes)))
    while left:
        node = min(left)
        # Every linkage class is strongly connected if and only if each node reaches all nodes that
        # reach it.
        component = _reached(node, ahead)
        if component != _reached(node, back):
            return False
        left -= component
    return True


def _matrix(network: Network, columns: Iterable[tuple[tuple[str, int], ...]]) -> IntegerMatrix:
    size = len(network.species), len(network.reactions)
    if size[0] * size[1] > _DENSE_LIMIT:
        raise InvalidValueError(
            f"a matrix of {size[0]:,} species and {size[1]:,} reactions would have more than "
            f"{_DENSE_LIMIT:,} entries: read the terms of network.reactions instead"
        )
    matrix = np.zeros(size, dtype=np.int64)
    for j, terms in enumerate(columns):
        for name, count in terms:
            matrix[network.index[name], j] = count
    return matrix


def _reduced_rows(network: Network) -> dict[int, dict[int, int]]:
    """Return the reduced row echelon form of the transposed stoichiometric matrix, {pivot column: row}.

    Rows are sparse and contain integers without a common factor. Short rows are processed first, and pivots
    are chosen in columns with few other entries, which limits fill-in for dual-rail networks, where
    productions change a single species.
    """
    index = network.index
    distinct = dict.fromkeys(
        tuple(sorted((index[name], count) for name, count in reaction.net_change.items()))
        for reaction in network.reactions
    )
    pivots: dict[int, dict[int, int]] = {}
    users: dict[int, set[int]] = defaultdict(set)  # column -> pivots of the rows with an entry in it
    for terms in sorted(distinct, key=len):
        row = dict(terms)
        for column in [column for column in row if column in pivots]:
            row = _eliminated(row, pivots[column], column)
        if not row:
            continue
        pivot = min(row, key=lambda column: (len(users[column]), abs(row[column]), column))
        for other in users.pop(pivot, set()):
            old = pivots[other]
            new = _eliminated(old, row, pivot)
            pivots[other] = new
            for column in old.keys() - new.keys():
                users[column].discard(other)
            for column in new.keys() - old.keys():
                users[column].add(other)
        pivots[pivot] = row
        for column in row.keys() - {pivot}:
            users[column].add(pivot)
    return pivots


def _eliminated(row: dict[int, int], by: dict[int, int], column: int) -> dict[int, int]:
    """Return the combination of two sparse rows without an entry in `column`, divided by the common
    factor.
    """
    shared = gcd(row[column], by[column])
    mine, theirs = by[column] // shared, row[column] // shared
    combined = {key: mine * value for key, value in row.items()}
    for key, value in by.items():
        combined[key] = combined.get(key, 0) - theirs * value
    return _primitive({key: value for key, value in combined.items() if value})


def _primitive(row: dict[int, int]) -> dict[int, int]:
    divisor = gcd(*row.values())
    return {key: value // divisor for key, value in row.items()} if divisor > 1 else row


def _made_positive(laws: list[list[int]]) -> list[list[int]]:
    """Return a basis of the same space with fewer negative entries.

    Negative entries of a row, or of its negative, are removed by adding non-negative rows. This is repeated
    until no row changes, because each non-negative row may help for others.
    """
    done = [_signed(law) for law in laws if min(law) * max(law) >= 0]
    mixed = [_signed(law) for law in laws if min(law) * max(law) < 0]
    changed = True
    while changed and mixed:
        helpers: dict[int, list[int]] = {}
        for law in sorted(done, key=lambda law: sum(map(bool, law))):
            for column, weight in enumerate(law):
                if weight:
                    helpers.setdefault(column, law)
        freed = [_freed(law, helpers) or _freed([-x for x in law], helpers) for law in mixed]
        done.extend(law for law in freed if law)
        changed = any(freed)
        mixed = [law for law, better in zip(mixed, freed, strict=True) if not better]
    return done + mixed


def _freed(law: list[int], helpers: dict[int, list[int]]) -> list[int] | None:
    """Return `law` plus `helpers` (column -> row positive there) if the result has no negative entry."""
    negative = [column for column, weight in enumerate(law) if weight < 0]
    if not all(column in helpers for column in negative):
        return None
    for column in negative:
        if law[column] < 0:  # an earlier helper may have covered this column
            helper = helpers[column]
            times = -(law[column] // helper[column])
            law = [x + times * h for x, h in zip(law, helper, strict=True)]
    divisor = gcd(*law)
    return [x // divisor for x in law]


def _signed(law: list[int]) -> list[int]:
    """Return the row or its negative, whichever has more positive entries or starts with one."""
    balance = sum((x > 0) - (x < 0) for x in law)
    first = next(x for x in law if x)
    return [-x for x in law] if balance < 0 or (balance == 0 and first < 0) else law


def _complex_graph(network: Network) -> tuple[list[Complex], list[tuple[int, int]]]:
    """Return the distinct complexes, and the reactions as pairs of indices; ``A + B`` equals ``B + A``."""
    positions: dict[tuple[tuple[str, int], ...], int] = {}
    nodes: list[Complex] = []

    def position(side: Complex) -> int:
        key = tuple(sorted(side.terms))
        if key not in positions:
            positions[key] = len(nodes)
            nodes.append(side)
        return positions[key]

    edges = [(position(reaction.reactants), position(reaction.products)) for reaction in network.reactions]
    return nodes, edges


def _reached(start: int, neighbours: dict[int, list[int]]) -> set[int]:
    reached, waiting = {start}, [start]
    while waiting:
        for node in neighbours.get(waiting.pop(), ()):
            if node not in reached:
                reached.add(node)
                waiting.append(node)
    return reached
