"""The published tasks of Neural CRNs (Nagipogu and Reif, arXiv 2409.00034), generated from a seed.

The default distributions and sizes are the published ones. Training and validation samples use independent
random streams, so that the size of one set does not affect the other. Classes alternate, so their counts
differ by at most one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError
from neuralcrn.tasks.sampling import (
    MAX_GRID_SIDE,
    Classifier,
    annulus_share,
    balanced,
    check_count,
    check_real,
    check_rising,
    grid,
    streams,
)
from neuralcrn.tasks.task import Samples, Task

_PLANE = ("x1", "x2")
# Rejection sampling is slow for rare classes.
_LEAST_SHARE = 0.01


def linear_regression(
    rng: int | np.random.Generator = 0,
    *,
    train: int = 41,
    validation: int = 101,
    low: float = 1.0,
    high: float = 5.0,
    noise: float = 0.4,
) -> Task:
    """Return y = x1 + 2 x2 + 1 with Gaussian noise, x uniform on [low, high]².

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed or random generator.
    train, validation : int
        Numbers of samples.
    low, high : float, concentration
        Range of both features.
    noise : float, concentration
        Standard deviation of the noise on y.

    Returns
    -------
    Task
        A regression with two inputs and one output.

    Raises
    ------
    InvalidValueError
        If an option is out of range.

    Examples
    --------
    >>> task = linear_regression(rng=3)
    >>> len(task.train), len(task.validation)
    (41, 101)
    """
    return _regression(
        "linear-regression", lambda x: x[:, 0] + 2.0 * x[:, 1] + 1.0,
        rng, train, validation, low, high, noise,
    )  # fmt: skip


def bilinear(
    rng: int | np.random.Generator = 0,
    *,
    train: int = 50,
    validation: int = 100,
    low: float = 0.5,
    high: float = 2.0,
    noise: float = 0.1,
) -> Task:
    """Return y = x1 x2 + x2² with Gaussian noise, x uniform on [low, high]².

    Parameters, result and errors are those of `linear_regression`.

    Examples
    --------
    >>> bilinear(rng=3, noise=0.0).train.targets.shape
    (50, 1)
    """
    return _regression(
        "bilinear", lambda x: x[:, 0] * x[:, 1] + x[:, 1] ** 2,
        rng, train, validation, low, high, noise,
    )  # fmt: skip


def sin_square(
    rng: int | np.random.Generator = 0,
    *,
    train: int = 50,
    validation: int = 100,
    low: float = 0.5,
    high: float = 2.0,
    noise: float = 0.1,
) -> Task:
    """Return y = sin(x1) + x2² with Gaussian noise, x uniform on [low, high]².

    Parameters, result and errors are those of `linear_regression`.

    Examples
    --------
    >>> len(sin_square(rng=3, validation=7).validation)
    7
    """
    return _regression(
        "sin-square", lambda x: np.sin(x[:, 0]) + x[:, 1] ** 2,
        rng, train, validation, low, high, noise,
    )  # fmt: skip


def linear_classification(
    rng: int | np.random.Generator = 0,
    *,
    train: int = 101,
    validation: int = 101,
    low_target: float = 0.0,
    high_target: float = 4.0,
    test_side: int = 60,
) -> Task:
    """Return the two sides of the line x1 + 2 x2 = 2 in [0, 2]².

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed or random generator.
    train, validation : int
        Numbers of samples.
    low_target, high_target : float, concentration
        Targets of the classes below and above the line; the threshold is their mean.
    test_side : int
        Points per side of the test grid, which includes the boundary of the square.

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
    >>> task = linear_classification(rng=3)
    >>> task.threshold, len(task.test), task.labels(task.train.targets).sum()
    (2.0, 3600, np.int64(50))
    """

    def above(x: NDArray[np.float64]) -> NDArray[np.int64]:
        return (x[:, 0] + 2.0 * x[:, 1] > 2.0).astype(np.int64)

    return _plane(
        "linear-classification", above, rng, train, validation,
        square=(0.0, 2.0), low=low_target, high=high_target, classes=("below", "above"), test_side=test_side,
    )  # fmt: skip


def xor(
    rng: int | np.random.Generator = 0, *, train: int = 101, validation: int = 31, test_side: int = 40
) -> Task:
    """Return the exclusive or of two features, uniform on [0, 1]² and rounded to bits.

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed or random generator.
    train, validation : int
        Numbers of samples.
    test_side : int
        Points per side of the test grid, which includes the boundary of the square.

    Returns
    -------
    Task
        A classification with two inputs and one output, targets 0 and 1, threshold 0.5.

    Raises
    ------
    InvalidValueError
        If an option is out of range.

    Examples
    --------
    >>> task = xor(rng=3)
    >>> task.labels(task.test.targets)[[0, 39, 1560, 1599]].tolist()
    [0, 1, 1, 0]
    """
    return _logic("xor", np.logical_xor, rng, train, validation, test_side)


def logical_and(
    rng: int | np.random.Generator = 0, *, train: int = 100, validation: int = 10, test_side: int = 40
) -> Task:
    """Return the conjunction of two features; see `xor`.

    Examples
    --------
    >>> task = logical_and(rng=3)
    >>> task.labels(task.test.targets)[[0, 39, 1560, 1599]].tolist()
    [0, 0, 0, 1]
    """
    return _logic("and", np.logical_and, rng, train, validation, test_side)


def logical_or(
    rng: int | np.random.Generator = 0, *, train: int = 100, validation: int = 10, test_side: int = 40
) -> Task:
    """Return the disjunction of two features; see `xor`.

    Examples
    --------
    >>> task = logical_or(rng=3)
    >>> task.labels(task.test.targets)[[0, 39, 1560, 1599]].tolist()
    [0, 1, 1, 1]
    """
    return _logic("or", np.logical_or, rng, train, validation, test_side)


def rings(
    rng: int | np.random.Generator = 0,
    *,
    train: int = 101,
    validation: int = 201,
    inner_low: float = 0.0,
    inner: float = 0.45,
    outer_low: float = 0.5,
    outer_high: float = 1.0,
    centre: float = 0.0,
    low_target: float = 0.0,
    high_target: float = 1.0,
) -> Task:
    """Return a disc (or ring) and the ring around it, drawn by rejection from [centre - 1, centre + 1]².

    With r the distance from (centre, centre), class "inner" has inner_low <= r <= inner and class
    "outer" has outer_low <= r <= outer_high.

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed or random generator.
    train, validation : int
        Numbers of samples.
    inner_low, inner, outer_low, outer_high : float, concentration
        Radii, from 0 to 1 and increasing; each ring must cover at least a hundredth of the square.
    centre : float, concentration
        Both coordinates of the centre; for values of at least 1 no feature is negative.
    low_target, high_target : float, concentration
        Targets of the inner and the outer class; the threshold is their mean.

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
    The variant with inputs that need only one rail:

    >>> task = rings(3, inner=0.4, outer_low=0.6, centre=1.0, high_target=2.0, validation=101)
    >>> task.non_negative_inputs, task.threshold
    (True, 1.0)
    """
    given = {"inner_low": inner_low, "inner": inner, "outer_low": outer_low, "outer_high": outer_high}
    radii = {name: check_real(name, radius, 0.0, 1.0) for name, radius in given.items()}
    check_rising(**radii)
    for start, end in (("inner_low", "inner"), ("outer_low", "outer_high")):
        if annulus_share(radii[start], radii[end]) < _LEAST_SHARE:
            raise InvalidValueError(
                f"options {start} and {end} leave less than {_LEAST_SHARE:.0%} of the square: widen the ring"
            )
    middle = check_real("centre", centre)

    def ring(x: NDArray[np.float64]) -> NDArray[np.int64]:
        r = np.hypot(x[:, 0] - middle, x[:, 1] - middle)
        is_inner = (r >= radii["inner_low"]) & (r <= radii["inner"])
        is_outer = (r >= radii["outer_low"]) & (r <= radii["outer_high"])
        return np.where(is_outer, 1, np.where(is_inner, 0, -1))

    return _plane(
        "rings", ring, rng, train, validation,
        square=(middle - 1.0, middle + 1.0), low=low_target, high=high_target, classes=("inner", "outer"),
    )  # fmt: skip


_Law = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _regression(
    name: str,
    law: _Law,
    rng: int | np.random.Generator,
    train: int,
    validation: int,
    low: float,
    high: float,
    noise: float,
) -> Task:
    low, high = check_real("low", low), check_real("high", high)
    check_rising(low=low, high=high)
    noise = check_real("noise", noise, 0.0)
    sizes = (check_count("train", train), check_count("validation", validation))

    def draw(stream: np.random.Generator, count: int) -> Samples:
        x = stream.uniform(low, high, size=(count, 2))
        y = law(x) + noise * stream.standard_normal(count)
        return Samples(x, y[:, np.newaxis])

    learn, judge = (draw(stream, size) for stream, size in zip(streams(rng, 2), sizes, strict=True))
    return Task(
        name=name, kind="regression", train=learn, validation=judge, test=None, threshold=None, classes=(),
        feature_names=_PLANE, target_names=("y",), scaling=None, bounds=np.array([[low, high]] * 2),
    )  # fmt: skip


def _logic(
    name: str, gate: np.ufunc, rng: int | np.random.Generator, train: int, validation: int, test_side: int
) -> Task:
    def bit(x: NDArray[np.float64]) -> NDArray[np.int64]:
        return np.asarray(gate(x[:, 0] >= 0.5, x[:, 1] >= 0.5)).astype(np.int64)

    return _plane(
        name, bit, rng, train, validation,
        square=(0.0, 1.0), low=0.0, high=1.0, classes=("0", "1"), test_side=test_side,
    )  # fmt: skip


def _plane(
    name: str,
    classify: Classifier,
    rng: int | np.random.Generator,
    train: int,
    validation: int,
    *,
    square: tuple[float, float],
    low: float,
    high: float,
    classes: tuple[str, str],
    test_side: int | None = None,
) -> Task:
    """Return a task with two classes in a square and one output, with a test grid if a side is given."""
    low, high = check_real("low_target", low), check_real("high_target", high)
    check_rising(low_target=low, high_target=high)
    sizes = (check_count("train", train), check_count("validation", validation))

    def samples(x: NDArray[np.float64], labels: NDArray[np.int64]) -> Samples:
        return Samples(x, np.where(labels == 1, high, low)[:, np.newaxis])

    test = None
    if test_side is not None:
        x = grid(check_count("test_side", test_side, MAX_GRID_SIDE, low=2), *square)
        test = samples(x, classify(x))
    learn, judge = (
        samples(*balanced(stream, size, *square, classify))
        for stream, size in zip(streams(rng, 2), sizes, strict=True)
    )
    return Task(
        name=name, kind="classification", train=learn, validation=judge, test=test,
        threshold=(low + high) / 2.0, classes=classes, feature_names=_PLANE, target_names=("y",),
        scaling=None, bounds=np.array([square] * 2),
    )  # fmt: skip
