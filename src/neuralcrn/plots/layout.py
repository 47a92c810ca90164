"""Layout of the nodes in the drawing of a network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry.graph import SpeciesRole
from neuralcrn.errors import InvalidValueError

_EDGE, _EDGE_PER_NODE, _GAP = 46.0, 0.5, 9.0
"""Mean length of a line for few nodes, and its increase per node; free space around nodes; points."""
_ROUNDS = 200

Points = NDArray[np.float64]


def place(
    sizes: Points, ends: Sequence[tuple[int, int, SpeciesRole]], margin: float
) -> tuple[Points, tuple[float, float]]:
    """Return the position of each node, and the total size.

    Each connected component is laid out by the method of Kamada and Kawai (1989,
    doi:10.1016/0020-0190(89)90102-6) and rotated so that it is wide and reactions run to the right. Overlaps
    are removed, and the components are arranged in rows.

    Parameters
    ----------
    sizes : numpy.ndarray, shape (n_nodes, 2), points
        Width and height of each node.
    ends : sequence of (int, int, SpeciesRole)
        Lines from a species to a reaction, both as node indices.
    margin : float, points
        Free space around the drawing.

    Returns
    -------
    numpy.ndarray, shape (n_nodes, 2), points
        Centre of each node.
    tuple of float
        Width and height.

    Raises
    ------
    InvalidValueError
        If networkx is not installed.
    """
    try:
        import networkx
    except ImportError as error:
        raise InvalidValueError("drawing needs networkx: install the extra 'neuralcrn[draw]'") from error
    graph = networkx.Graph()
    graph.add_nodes_from(range(len(sizes)))
    graph.add_edges_from((species, reaction) for species, reaction, _ in ends)
    places = np.zeros_like(sizes)
    parts = [sorted(part) for part in networkx.connected_components(graph)]
    for part in parts:
        springs = networkx.kamada_kawai_layout(graph.subgraph(part))
        places[part] = [springs[node] for node in part]
        inside = set(part)
        lines = [end for end in ends if end[0] in inside]
        places[part] = _turned(places, part, lines)
        places[part] = _spread(places[part], sizes[part])
    return _in_rows(places, sizes, parts, margin)


def _turned(places: Points, part: list[int], lines: Sequence[tuple[int, int, SpeciesRole]]) -> Points:
    """Return the positions of a component: mean length of lines, longest extent and reactions to the
    right.
    """
    if not lines:
        return places[part]
    starts, stops = places[[line[0] for line in lines]], places[[line[1] for line in lines]]
    scale = (_EDGE + _EDGE_PER_NODE * len(part)) / float(np.mean(np.hypot(*(starts - stops).T)))
    centred = places[part] - places[part].mean(axis=0)
    turn = np.linalg.svd(centred, full_matrices=False)[2].T
    direction = {SpeciesRole.REACTANT: 1.0, SpeciesRole.PRODUCT: -1.0, SpeciesRole.CATALYST: 0.0}
    signs = np.array([direction[line[2]] for line in lines])
    forwards = float(signs @ ((stops - starts) @ turn)[:, 0])
    return scale * centred @ turn * [1.0 if forwards >= 0 else -1.0, 1.0]


def _spread(places: Points, sizes: Points) -> Points:
    """Return positions without overlaps: overlapping pairs are moved apart in small steps."""
    places = places.copy()
    for _ in range(_ROUNDS):
        apart = places[:, None] - places[None]
        lacking = (sizes[:, None] + sizes[None]) / 2 + _GAP - np.abs(apart)
        touching = np.logical_and(*np.moveaxis(lacking > 0, 2, 0)) & ~np.eye(len(places), dtype=bool)
        if not touching.any():
            break
        first, second = np.nonzero(touching)
        axis = lacking[first, second].argmin(
            axis=1
        )  # the axis along which the smallest displacement suffices
        gap = apart[first, second, axis]
        away = np.where(gap, np.sign(gap), np.where(first < second, -1.0, 1.0))
        np.add.at(places, (first, axis), 0.25 * away * lacking[first, second, axis])
    return places


def _in_rows(
    places: Points, sizes: Points, parts: Sequence[list[int]], margin: float
) -> tuple[Points, tuple[float, float]]:
    """Return the positions with components arranged in rows, and the total size."""
    places = places.copy()
    lows = [(places[part] - sizes[part] / 2).min(axis=0) for part in parts]
    extents = [
        (places[part] + sizes[part] / 2).max(axis=0) - low for part, low in zip(parts, lows, strict=True)
    ]
    room = [extent + 2 * margin for extent in extents]
    widest = max(*(r[0] for r in room), 1.4 * float(np.sqrt(sum(r[0] * r[1] for r in room))), 0.0)
    corner, row_height, width = np.zeros(2), 0.0, 0.0
    for i in sorted(range(len(parts)), key=lambda i: (-room[i][1], i)):
        if corner[0] + room[i][0] > widest:
            corner, row_height = np.array([0.0, corner[1] + row_height]), 0.0
        places[parts[i]] += corner + margin - lows[i]
        corner = corner + np.array([room[i][0], 0.0])
        row_height, width = max(row_height, room[i][1]), max(width, corner[0])
    return places, (width, corner[1] + row_height)
