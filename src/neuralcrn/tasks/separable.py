"""Points on the two sides of a line, with a margin between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neuralcrn.tasks.sampling import balanced, check_count, check_real, check_rising, streams
from neuralcrn.tasks.task import Samples, Task

_WIDEST = 0.5
"""Widest margin, with which points are still found on both sides of every line."""
_FARTHEST = 0.3
"""Largest distance of a line from the centre of the square."""


def separable(
    rng: int | np.random.Generator = 0,
    *,
    train: int = 100,
    validation: int = 100,
    margin: float = 0.3,
    low_target: float = -1.0,
    high_target: float = 1.0,
) -> Task:
    """Return points of [-1, 1]² on the two sides of a random line, which are linearly separable.

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed or random generator, of the line and of the points.
    train, validation : int
        Numbers of samples.
    margin : float, concentration
        Width of the strip along the line that contains no points, from 0 to 0.5.
    low_target, high_target : float, concentration
        Targets of the two classes; the threshold is their mean.

    Returns
    -------
    Task
        A classification with two inputs and one output.

    Raises
    ------
    InvalidValueError
        If an option is out of range.

    Examples
    --------
    >>> task = separable(rng=3)
    >>> len(task.train), sorted(set(task.train.targets.ravel().tolist())), task.non_negative_inputs
    (100, [-1.0, 1.0], False)
    """
    low, high = check_real("low_target", low_target), check_real("high_target", high_target)
    check_rising(low_target=low, high_target=high)
    half = 0.5 * check_real("margin", margin, 0.0, _WIDEST)
    sizes = (check_count("train", train), check_count("validation", validation))
    lines, *points = streams(rng, 3)
    angle, distance = lines.uniform(0.0, 2.0 * np.pi), lines.uniform(-_FARTHEST, _FARTHEST)
    normal = np.array([np.cos(angle), np.sin(angle)])

    def side(x: NDArray[np.float64]) -> NDArray[np.int64]:
        signed = x @ normal - distance
        return np.where(signed > half, 1, np.where(signed <= -half, 0, -1)).astype(np.int64)

    def samples(stream: np.random.Generator, count: int) -> Samples:
        x, labels = balanced(stream, count, -1.0, 1.0, side)
        return Samples(x, np.where(labels == 1, high, low)[:, np.newaxis])

    learn, judge = (samples(stream, size) for stream, size in zip(points, sizes, strict=True))
    return Task(
        name="separable", kind="classification", train=learn, validation=judge, test=None,
        threshold=(low + high) / 2.0, classes=("one side", "other side"), feature_names=("x1", "x2"),
        target_names=("y",), scaling=None, bounds=np.array([[-1.0, 1.0]] * 2),
    )  # fmt: skip
