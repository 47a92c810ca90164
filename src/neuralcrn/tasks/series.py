r"""Time series: tasks whose samples are consecutive, with one dose of the input per step.

Inputs are in [0, 1]. Sample k has the input u(k); its target is a function of the inputs up to u(k), so a
circuit must remember earlier samples. Training and validation samples are one series, of which the
validation samples are the end.

NARMA: Atiya and Parlos (IEEE Trans. Neural Netw. 11, 697, 2000). Memory capacity: Jaeger (GMD report 152,
2001). Delay equation: Mackey and Glass (Science 197, 287, 1977).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import SimulationError
from neuralcrn.tasks.sampling import check_count, check_real, streams
from neuralcrn.tasks.task import Kind, Samples, Task

Series = NDArray[np.float64]

_SETTLING = 300
"""Number of steps before the first sample, in which a recurrence forgets its initial values."""
_DRIVE = 0.5
"""Factor by which the inputs of NARMA are smaller than those of the circuit."""
_MACKEY_GLASS_STEPS = 10
"""Steps of integration per unit of time."""
_REGULAR, _CHAOTIC = (3.2, 3.5), (3.7, 4.0)
"""Ranges of the parameter of the logistic map: periods 2 and 4, and chaos with few windows."""


def narma_2(rng: int | np.random.Generator = 0, *, train: int = 2_000, validation: int = 2_000) -> Task:
    """Return the nonlinear autoregressive moving average of order 2 of a random input.

    With s = u/2, y(k + 1) = 0.4 y(k) + 0.4 y(k) y(k - 1) + 0.6 s(k)³ + 0.1; the target of sample k is
    y(k + 1).

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed or random generator.
    train, validation : int
        Numbers of samples.

    Returns
    -------
    Task
        A regression with one input, uniform in [0, 1], and one output; its samples are ordered.

    Raises
    ------
    InvalidValueError
        If an option is out of range.

    Examples
    --------
    >>> task = narma_2(rng=3, train=100)
    >>> task.ordered, len(task.train), len(task.validation)
    (True, 100, 2000)
    """
    sizes = _sizes(train, validation)
    inputs = _noise(rng, sizes)
    y = np.zeros(len(inputs) + 2)  # y[k + 2] is the target of sample k
    for k, s in enumerate(_DRIVE * inputs):
        y[k + 2] = 0.4 * y[k + 1] + 0.4 * y[k + 1] * y[k] + 0.6 * s**3 + 0.1
    return _task("narma-2", "regression", inputs, y[2:], sizes)


def narma_10(rng: int | np.random.Generator = 0, *, train: int = 2_000, validation: int = 2_000) -> Task:
    """Return the nonlinear autoregressive moving average of order 10 of a random input.

    With s = u/2, y(k + 1) = 0.3 y(k) + 0.05 y(k) (y(k) + ... + y(k - 9)) + 1.5 s(k - 9) s(k) + 0.1.
    Parameters, result and errors are those of `narma_2`.

    Raises
    ------
    SimulationError
        If the recurrence diverges for this input, which it does for a few seeds in a thousand.

    Examples
    --------
    >>> narma_10(rng=3, train=50, validation=20).train.targets.shape
    (50, 1)
    """
    sizes = _sizes(train, validation)
    inputs = _noise(rng, sizes)
    s = np.concatenate([np.zeros(9), _DRIVE * inputs])
    y = np.zeros(len(inputs) + 10)  # y[k + 10] is the target of sample k
    for k in range(len(inputs)):
        past = y[k : k + 10]
        y[k + 10] = 0.3 * past[-1] + 0.05 * past[-1] * past.sum() + 1.5 * s[k] * s[k + 9] + 0.1
        if not y[k + 10] < 1e3:
            raise SimulationError(f"task narma-10 diverges at step {k + 1} for this seed: choose another")
    return _task("narma-10", "regression", inputs, y[10:], sizes)


def mackey_glass(
    rng: int | np.random.Generator = 0,
    *,
    train: int = 2_000,
    validation: int = 2_000,
    tau: float = 17.0,
    ahead: int = 1,
) -> Task:
    """Return the prediction of the Mackey-Glass equation from its present value.

    dx/dt = 0.2 x(t - tau) / (1 + x(t - tau)^10) - 0.1 x, sampled in unit time and scaled linearly such that
    the training samples are in [0, 1]; validation samples outside are cut off.

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed or random generator of the initial history.
    train, validation : int
        Numbers of samples.
    tau : float, time
        Delay.
    ahead : int
        Number of steps ahead of the target.

    Returns
    -------
    Task
        A regression with one input and one output; its samples are ordered.

    Raises
    ------
    InvalidValueError
        If an option is out of range.

    Examples
    --------
    >>> task = mackey_glass(rng=3, train=100, validation=50)
    >>> bool(task.train.features.min() == 0.0), bool(task.train.targets[0, 0] == task.train.features[1, 0])
    (True, True)
    """
    sizes = check_count("train", train, low=2), check_count("validation", validation)
    ahead = check_count("ahead", ahead, 1_000)
    delay = round(check_real("tau", tau, 1.0, 1e3) * _MACKEY_GLASS_STEPS)
    (stream,) = streams(rng, 1)
    x = _delay_equation(stream, delay, _SETTLING + sum(sizes) + ahead)[_SETTLING:]
    low, high = float(x[:train].min()), float(x[:train].max())
    scaled = np.clip((x - low) / (high - low), 0.0, 1.0)
    return _task("mackey-glass", "regression", scaled[:-ahead], scaled[ahead:], sizes)


def memory_capacity(
    rng: int | np.random.Generator = 0, *, train: int = 2_000, validation: int = 2_000, lags: int = 30
) -> Task:
    """Return the inputs of 1, 2, ... steps ago, one output each.

    The measure is the memory capacity, the sum of the squared correlations (`memory_capacity_of`).

    Parameters
    ----------
    rng, train, validation
        See `narma_2`.
    lags : int
        Number of outputs.

    Returns
    -------
    Task
        A regression with one input, uniform in [0, 1]; its samples are ordered.

    Raises
    ------
    InvalidValueError
        If an option is out of range.

    Examples
    --------
    >>> task = memory_capacity(rng=3, train=50, validation=20, lags=4)
    >>> bool(task.train.targets[10, 3] == task.train.features[6, 0])
    True
    """
    lags = check_count("lags", lags, _SETTLING)
    sizes = _sizes(train, validation)
    inputs = _noise(rng, sizes)
    past = np.column_stack([np.roll(inputs, lag) for lag in range(1, lags + 1)])
    return _task("memory-capacity", "regression", inputs, past, sizes)


def logistic_chaos(
    rng: int | np.random.Generator = 0,
    *,
    train: int = 2_000,
    validation: int = 2_000,
    segment: int = 50,
) -> Task:
    """Return a series of the logistic map, and whether it is regular or chaotic at present.

    x(k + 1) = r x(k) (1 - x(k)); in every other segment r is drawn from [3.2, 3.5], where the period is 2 or
    4, and otherwise from [3.7, 4], where most series are chaotic. The first steps of a segment cannot be
    told from the segment before it.

    Parameters
    ----------
    rng, train, validation
        See `narma_2`.
    segment : int
        Number of steps with the same r.

    Returns
    -------
    Task
        A classification with one input and one output, 1 for chaos; its samples are ordered.

    Raises
    ------
    InvalidValueError
        If an option is out of range.

    Examples
    --------
    >>> task = logistic_chaos(rng=3, train=200, validation=100)
    >>> task.train.targets[:100:25, 0].tolist()
    [0.0, 0.0, 1.0, 1.0]
    """
    sizes = _sizes(train, validation)
    segment = check_count("segment", segment, low=2)
    (stream,) = streams(rng, 1)
    chaotic = np.arange(sum(sizes)) // segment % 2 == 1
    x = np.empty(len(chaotic))
    value, r = stream.uniform(0.1, 0.9), 0.0
    for k, class_ in enumerate(chaotic):
        if k % segment == 0:
            r = stream.uniform(*(_CHAOTIC if class_ else _REGULAR))
        value = r * value * (1.0 - value)
        x[k] = value
    return _task("logistic-chaos", "classification", x, chaotic.astype(np.float64), sizes)


def memory_capacity_of(outputs: NDArray[np.float64], targets: NDArray[np.float64]) -> float:
    """Return the sum over all columns of the squared correlation of outputs and targets.

    Examples
    --------
    >>> targets = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> round(memory_capacity_of(3.0 * targets - 1.0, targets), 12)
    2.0
    """
    a, b = outputs - outputs.mean(axis=0), targets - targets.mean(axis=0)
    scale = np.sum(a**2, axis=0) * np.sum(b**2, axis=0)
    products = np.sum(a * b, axis=0) ** 2
    return float(np.sum(np.divide(products, scale, out=np.zeros_like(scale), where=scale > 0.0)))


def _sizes(train: int, validation: int) -> tuple[int, int]:
    return check_count("train", train), check_count("validation", validation)


def _noise(rng: int | np.random.Generator, sizes: tuple[int, int]) -> Series:
    """Return inputs that are uniform in [0, 1], with those before the first sample."""
    (stream,) = streams(rng, 1)
    return stream.random(_SETTLING + sum(sizes))


def _delay_equation(stream: np.random.Generator, delay: int, samples: int) -> Series:
    """Return the Mackey-Glass series in unit time, by the method of Heun."""
    step = 1.0 / _MACKEY_GLASS_STEPS
    x = np.empty(delay + 1 + samples * _MACKEY_GLASS_STEPS)
    x[: delay + 1] = 1.2 + stream.uniform(-0.1, 0.1, delay + 1)

    def rate(now: float, before: float) -> float:
        return 0.2 * before / (1.0 + before**10) - 0.1 * now

    for i in range(delay, len(x) - 1):
        first = rate(x[i], x[i - delay])
        second = rate(x[i] + step * first, x[i + 1 - delay])
        x[i + 1] = x[i] + step * (first + second) / 2.0
    return x[delay + 1 :: _MACKEY_GLASS_STEPS]


def _task(name: str, kind: Kind, inputs: Series, targets: Series, sizes: tuple[int, int]) -> Task:
    """Return a task of the last samples of a series, given numbers of training and validation samples."""
    train, validation = sizes
    features = inputs[-train - validation :, np.newaxis]
    columns = targets.reshape(len(targets), -1)[-train - validation :]
    names = ("y",) if columns.shape[1] == 1 else tuple(f"y{k + 1}" for k in range(columns.shape[1]))
    classified = kind == "classification"
    return Task(
        name=name, kind=kind, train=Samples(features[:train], columns[:train]),
        validation=Samples(features[train:], columns[train:]), test=None,
        threshold=0.5 if classified else None, classes=("regular", "chaotic") if classified else (),
        feature_names=("u",), target_names=names, scaling=None, bounds=np.array([[0.0, 1.0]]), ordered=True,
    )  # fmt: skip
