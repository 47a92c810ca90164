"""Where the labels of a drawn network stand: beside what they name, clear of everything else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_ALONG = (0.5, 0.35, 0.65, 0.25, 0.75)
"""Where along its edge a number may stand, the best first."""
_ROOM = 6.0
"""Free space round a label beyond which more is no better, points."""
_GAP = 2.0
"""Between a label and what it names, points."""


def curve_points(start: Points, middle: Points, end: Points, at: Points) -> Points:
    """Return points of a quadratic Bezier curve, shape (n, 2), at parameters in [0, 1]."""
    t = at[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end


def beside_curve(start: Points, middle: Points, end: Points, half: Points) -> Points:
    """Return the places beside a curve at which a box of half size `half` just does not touch it."""
    at = np.array(_ALONG)[:, None]
    on = curve_points(start, middle, end, at[:, 0])
    along = 2 * (1 - at) * (middle - start) + 2 * at * (end - middle)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    reach = (np.abs(normal) @ half + _GAP)[:, None]
    return np.stack([on + reach * normal, on - reach * normal], axis=1).reshape(-1, 2)


def around_dot(dot: Points, radius: float, half: Points) -> Points:
    """Return the places around a dot: below, above, right and left of it, then at its corners."""
    directions = np.array([(0, -1), (0, 1), (1, 0), (-1, 0), (1, -1), (1, 1), (-1, -1), (-1, 1)], dtype=float)
    return dot + directions * (half + radius + _GAP)


def clearest(places: Points, half: Points, obstacles: Points) -> Points:
    """Return the first place at which a box has room, or else the one farthest from the obstacles."""
    if not len(obstacles):
        return places[0]
    outside = np.max(np.abs(places[:, None] - obstacles[None]) - half, axis=2)
    return places[int(np.argmax(np.minimum(outside.min(axis=1), _ROOM)))]


def box_points(at: Points, half: Points) -> Points:
    """Return points that fill a box closely enough that no label fits between them."""
    counts = np.maximum(np.ceil(half / 2.0), 1).astype(int)
    sides = [np.linspace(-h, h, 2 * n + 1) for h, n in zip(half, counts, strict=True)]
    return at + np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
