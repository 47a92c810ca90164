"""Placement of labels in the drawing of a network, clear of other elements."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_ALONG = (0.5, 0.35, 0.65, 0.25, 0.75)
"""Positions of a coefficient along its line, in order of preference."""
_ROOM = 6.0
"""Free space around a label beyond which more is not preferred, points."""
_GAP = 2.0
"""Distance between a label and its element, points."""


def curve_points(start: Points, middle: Points, end: Points, at: Points) -> Points:
    """Return points of a quadratic Bezier curve, shape (n, 2), at parameters in [0, 1]."""
    t = at[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end


def beside_curve(start: Points, middle: Points, end: Points, half: Points) -> Points:
    """Return the positions beside a curve at which a box of half size `half` just does not touch it."""
    at = np.array(_ALONG)[:, None]
    on = curve_points(start, middle, end, at[:, 0])
    along = 2 * (1 - at) * (middle - start) + 2 * at * (end - middle)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    reach = (np.abs(normal) @ half + _GAP)[:, None]
    return np.stack([on + reach * normal, on - reach * normal], axis=1).reshape(-1, 2)


def around_dot(dot: Points, radius: float, half: Points) -> Points:
    """Return the positions around a dot: below, above, right and left, then at the corners."""
    directions = np.array([(0, -1), (0, 1), (1, 0), (-1, 0), (1, -1), (1, 1), (-1, -1), (-1, 1)], dtype=float)
    return dot + directions * (half + radius + _GAP)


def clearest(places: Points, half: Points, obstacles: Points) -> Points:
    """Return the first position at which a box fits, or else the one farthest from the obstacles."""
    if not len(obstacles):
        return places[0]
    outside = np.max(np.abs(places[:, None] - obstacles[None]) - half, axis=2)
    return places[int(np.argmax(np.minimum(outside.min(axis=1), _ROOM)))]


def box_points(at: Points, half: Points) -> Points:
    """Return points in a box that are dense enough that no label fits between them."""
    counts = np.maximum(np.ceil(half / 2.0), 1).astype(int)
    sides = [np.linspace(-h, h, 2 * n + 1) for h, n in zip(half, counts, strict=True)]
    return at + np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
