"""Functions shared by the generators: random streams, checks of options, balanced sampling and grids."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from numbers import Integral, Real
from typing import cast

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError

MAX_SAMPLES = 1_000_000
MAX_GRID_SIDE = 1_000
MAX_MAGNITUDE = 1e6
# Candidates are drawn in blocks of fixed length, so that the first samples do not depend on the sample size.
_BLOCK = 256

Classifier = Callable[[NDArray[np.float64]], NDArray[np.int64]]


def streams(rng: int | np.random.Generator, count: int) -> list[np.random.Generator]:
    """Return independent generators, determined by the seed or the state of the generator.

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed from 0 to 2**64 - 1, or a generator, which is advanced.
    count : int
        Number of generators.

    Examples
    --------
    >>> first, second = streams(7, 2)
    >>> bool(first.random() == streams(7, 1)[0].random())
    True
    """
    if isinstance(rng, np.random.Generator):
        # Drawn, not spawned: a generator restored from its saved state must give the same streams,
        # and the number of spawned generators is not part of that state.
        entropy: int | list[int] = [int(word) for word in rng.integers(0, 2**32, size=4)]
    elif isinstance(rng, bool) or not isinstance(rng, Integral) or not 0 <= int(rng) < 2**64:
        raise InvalidValueError(
            f"rng must be a seed from 0 to 2**64 - 1 or a numpy Generator, got {rng!r:.80}"
        )
    else:
        entropy = int(rng)
    return [np.random.default_rng(child) for child in np.random.SeedSequence(entropy).spawn(count)]


def check_count(name: str, value: object, high: int = MAX_SAMPLES, low: int = 1) -> int:
    """Return `value` if it is an integer from `low` to `high`, else raise an error with the name of the
    option.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or not low <= int(value) <= high:
        raise InvalidValueError(f"option {name} must be an integer from {low} to {high}, got {value!r:.80}")
    return int(value)


def check_real(name: str, value: object, low: float = -MAX_MAGNITUDE, high: float = MAX_MAGNITUDE) -> float:
    """Return `value` if it is a number from `low` to `high`, else raise an error with the name of the
    option.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not low <= cast(float, value) <= high:
        raise InvalidValueError(f"option {name} must be a number from {low:g} to {high:g}, got {value!r:.80}")
    return float(value)


def check_rising(**ends: float) -> None:
    """Raise an error unless the numbers are strictly increasing."""
    pairs = list(ends.items())
    for (name, value), (next_name, next_value) in itertools.pairwise(pairs):
        if not value < next_value:
            raise InvalidValueError(
                f"option {name} must be below option {next_name}, got {value:g} and {next_value:g}"
            )


def balanced(
    rng: np.random.Generator, count: int, low: float, high: float, classify: Classifier
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return points of a square with alternating classes 0, 1, 0, ..., by rejection sampling.

    Parameters
    ----------
    rng : numpy.random.Generator
        Random generator of the candidates.
    count : int
        Number of points.
    low, high : float
        The square is [low, high]².
    classify : function of an array (n, 2), to an array (n,) of int
        Class 0 or 1 of each point; points with other values are rejected. Neither class may be rare.

    Returns
    -------
    points : array (count, 2)
    classes : array (count,) of int
    """
    wanted = ((count + 1) // 2, count // 2)
    found: tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]] = ([], [])
    missing = list(wanted)
    while max(missing) > 0:
        candidates = rng.uniform(low, high, size=(_BLOCK, 2))
        classes = classify(candidates)
        for c in (0, 1):
            found[c].append(candidates[classes == c])
            missing[c] -= len(found[c][-1])
    points = np.empty((count, 2))
    for c in (0, 1):
        points[c::2] = np.concatenate(found[c])[: wanted[c]]
    return points, np.arange(count) % 2


def grid(side: int, low: float, high: float) -> NDArray[np.float64]:
    """Return the side² points of a regular grid over [low, high]², including the boundary.

    Point i·side + j is (x1[i], x2[j]), so that values reshape to (side, side).

    Examples
    --------
    >>> grid(2, 0.0, 1.0).tolist()
    [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    """
    axis = np.linspace(low, high, side)
    return np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(side * side, 2)


def annulus_share(inner: float, outer: float) -> float:
    """Return the fraction of the square [-1, 1]² that the annulus between two radii <= 1 covers."""
    return math.pi * (outer**2 - inner**2) / 4.0
