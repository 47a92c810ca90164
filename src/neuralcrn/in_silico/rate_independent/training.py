"""Training of binary and ternary weights by straight-through gradients (BinaryConnect).

Real weights follow the gradients of the outputs with respect to the quantised weights. All starts are trained
at once, as the leading axis of every array.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.errors import DataError, InvalidValueError
from neuralcrn.in_silico.rate_independent.network import ReluNetwork, Table
from neuralcrn.status import OnStatus, Status, ignore_status

_SMALL = 1e-8
_MEMORY, _SQUARE_MEMORY = 0.9, 0.999
"""Decay rates of the averages of Adam (Kingma and Ba, arXiv 1412.6980)."""
_LIMITS = {"epochs": 10_000_000, "batch": 1_000_000, "starts": 10_000}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of a training.

    Parameters
    ----------
    hidden : tuple of int
        Numbers of units of the hidden layers.
    threshold : float
        Real weights below it in magnitude are 0, others their sign; 0 for binary weights.
    epochs, batch : int
        Passes over the samples, and samples of a step.
    rates : tuple of float
        First and last learning rate; it changes by the same factor after every epoch.
    dropout : tuple of float
        Fractions of inputs and of hidden units that are left out in a step.
    starts : int
        Number of random initial weights; the best result is kept.
    fewest : bool
        Whether, of equally accurate networks, one with the fewest used inputs is preferred to one with a
        smaller loss: it has fewer reactions.

    Raises
    ------
    InvalidValueError
        If a number is out of range.

    Examples
    --------
    >>> Settings(hidden=(0,))
    Traceback (most recent call last):
    ...
    neuralcrn.errors.InvalidValueError: hidden = (0,): give positive numbers of units
    """

    hidden: tuple[int, ...] = (16,)
    threshold: float = 0.15
    epochs: int = 300
    batch: int = 16
    rates: tuple[float, float] = (0.02, 0.002)
    dropout: tuple[float, float] = (0.0, 0.0)
    starts: int = 8
    fewest: bool = False

    def __post_init__(self) -> None:
        if not all(units >= 1 for units in self.hidden):
            raise InvalidValueError(f"hidden = {self.hidden}: give positive numbers of units")
        if not 0.0 <= self.threshold < 1.0:
            raise InvalidValueError(f"threshold = {self.threshold}: it must be in [0, 1)")
        for name, largest in _LIMITS.items():
            if not 1 <= getattr(self, name) <= largest:
                raise InvalidValueError(
                    f"{name} = {getattr(self, name)}: give a number from 1 to {largest:,}"
                )
        if not all(0.0 < rate <= 1.0 for rate in self.rates):
            raise InvalidValueError(f"rates = {self.rates}: both must be in (0, 1]")
        if not all(0.0 <= part < 1.0 for part in self.dropout):
            raise InvalidValueError(f"dropout = {self.dropout}: both must be in [0, 1)")


@final
@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Result of a training.

    Attributes
    ----------
    network : ReluNetwork
        The best network of all epochs and starts.
    accuracy, loss : float
        Its accuracy and mean squared hinge loss on the samples by which it was chosen.
    epoch, start : int
        Where it occurred.
    accuracies : ndarray, shape (starts,)
        Best accuracy of every start.
    """

    network: ReluNetwork
    accuracy: float
    loss: float
    epoch: int
    start: int
    accuracies: Table


class _Layer(NamedTuple):
    """A real parameter of every start, and its averages of Adam."""

    values: Table
    mean: Table
    square: Table
    factor: float
    """Factor of the learning rate."""

    @classmethod
    def of(cls, values: Table, factor: float) -> _Layer:
        return cls(values, np.zeros_like(values), np.zeros_like(values), factor)

    def step(self, gradient: Table, rate: float, count: int) -> None:
        """Descend, in place."""
        self.mean[...] += (1.0 - _MEMORY) * (gradient - self.mean)
        self.square[...] += (1.0 - _SQUARE_MEMORY) * (gradient**2 - self.square)
        scale = rate * self.factor * np.sqrt(1.0 - _SQUARE_MEMORY**count) / (1.0 - _MEMORY**count)
        self.values[...] -= scale * self.mean / (np.sqrt(self.square) + _SMALL)


def quantised(weights: Table, threshold: float) -> Table:
    """Return the sign of every weight, or 0 if it is below the threshold in magnitude.

    Examples
    --------
    >>> quantised(np.array([-0.7, -0.1, 0.0, 0.2]), 0.15).tolist()
    [-1.0, 0.0, 0.0, 1.0]
    >>> quantised(np.array([-0.7, -0.1, 0.0, 0.2]), 0.0).tolist()
    [-1.0, -1.0, 1.0, 1.0]
    """
    signs = np.where(weights >= 0.0, 1.0, -1.0)
    return np.where(np.abs(weights) < threshold, 0.0, signs)


def train(
    features: ArrayLike,
    labels: ArrayLike,
    settings: Settings | None = None,
    *,
    chosen_by: tuple[ArrayLike, ArrayLike] | None = None,
    seed: int = 0,
    on_status: OnStatus = ignore_status,
) -> Fit:
    """Train a classifier with one output for every class, by conventional computation.

    Parameters
    ----------
    features : array-like, shape (n_samples, n_features)
        Features, which are standardised: the inputs have mean 0 and deviation 1.
    labels : array-like of int, shape (n_samples,)
        Classes, numbered from 0.
    settings : Settings, optional
        Settings.
    chosen_by : tuple of array-like, optional
        Features and labels by which the best epoch and start are chosen; by default all samples.
    seed : int
        Seed of initial weights, order of samples and dropout.
    on_status : callable
        Called after every epoch; see `neuralcrn.app`.

    Raises
    ------
    DataError
        If there are fewer than two classes, or the numbers of rows differ.

    Examples
    --------
    >>> corners = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    >>> fit = train(corners, [0, 1, 1, 0], Settings(hidden=(4,), batch=4, rates=(0.05, 0.01)))
    >>> fit.accuracy
    1.0
    """
    chosen, table, classes = settings or Settings(), np.asarray(features, dtype=np.float64), _labels(labels)
    if table.ndim != 2 or len(table) != len(classes):
        raise DataError(f"features of shape {table.shape} and {len(classes)} labels do not fit")
    count = int(classes.max(initial=0)) + 1
    if count < 2:
        raise DataError("the samples have one class: give samples of two classes or more")
    centre, deviation = table.mean(axis=0), table.std(axis=0)
    width = np.where(deviation > 1e-12 * np.abs(centre), deviation, 1.0)  # constant columns: inputs 0
    targets = 2.0 * np.eye(count)[classes] - 1.0
    judged = (
        (table, classes)
        if chosen_by is None
        else (np.asarray(chosen_by[0], dtype=np.float64), _labels(chosen_by[1]))
    )
    rng = np.random.default_rng(seed)
    run = _Run(chosen, (table.shape[1], *chosen.hidden, count), rng)
    best = _Best(chosen.starts)
    inputs, shown = (table - centre) / width, (judged[0] - centre) / width
    for epoch in range(1, chosen.epochs + 1):
        run.epoch(inputs, targets, _rate(chosen, epoch))
        best.judge(run, shown, judged[1], epoch)
        note = f"best accuracy {best.accuracy.max():.3f}"
        on_status(Status("epoch", epoch, chosen.epochs, note))
    start = best.start
    weights, biases = best.parameters
    network = ReluNetwork(
        [matrix[start] for matrix in weights], [vector[start, 0] for vector in biases], centre, width
    )
    return Fit(
        network,
        float(best.accuracy[start]),
        float(best.loss[start]),
        int(best.epoch[start]),
        start,
        best.accuracy,
    )


def _labels(labels: ArrayLike) -> NDArray[np.int64]:
    return np.asarray(labels, dtype=np.int64)


def _rate(settings: Settings, epoch: int) -> float:
    """Return the learning rate of an epoch."""
    first, last = settings.rates
    return first * (last / first) ** ((epoch - 1) / max(1, settings.epochs - 1))


class _Run:
    """Real parameters of all starts."""

    def __init__(self, settings: Settings, sizes: tuple[int, ...], rng: np.random.Generator):
        self.settings, self.rng, self.count = settings, rng, 0
        starts = settings.starts
        self.weights = [
            _Layer.of(rng.uniform(-1.0, 1.0, (starts, before, after)), 1.0 / np.sqrt(1.5 / (before + after)))
            for before, after in pairwise(sizes)
        ]
        self.biases = [_Layer.of(np.zeros((starts, 1, after)), 1.0) for after in sizes[1:]]

    def quantised(self) -> list[Table]:
        """Return the weights that are used."""
        return [quantised(layer.values, self.settings.threshold) for layer in self.weights]

    def outputs(self, inputs: Table) -> Table:
        """Return the outputs of all starts, shape (starts, n_samples, n_classes)."""
        return self._forward(inputs, self.quantised(), lambda values, _: values)[-1]

    def epoch(self, inputs: Table, targets: Table, rate: float) -> None:
        """Learn every sample once."""
        order = self.rng.permutation(len(inputs))
        for first in range(0, len(order), self.settings.batch):
            rows = order[first : first + self.settings.batch]
            self._step(inputs[rows], targets[rows], rate)

    def _step(self, inputs: Table, targets: Table, rate: float) -> None:
        """Descend along the gradient of the mean squared hinge loss, passed straight through the signs."""
        self.count += 1
        weights = self.quantised()
        values = self._forward(inputs, weights, self._with_dropout)
        missing = np.maximum(1.0 - targets * values[-1], 0.0)
        slope = -2.0 * targets * missing / targets.size
        for place in reversed(range(len(weights))):
            gradient = values[place].swapaxes(-1, -2) @ slope, slope.sum(axis=-2, keepdims=True)
            if place:
                slope = (slope @ weights[place].swapaxes(-1, -2)) * (values[place] > 0.0)
            self.weights[place].step(gradient[0], rate, self.count)
            self.biases[place].step(gradient[1], rate, self.count)
            np.clip(self.weights[place].values, -1.0, 1.0, out=self.weights[place].values)

    def _forward(
        self, inputs: Table, weights: list[Table], keep: Callable[[Table, float], Table]
    ) -> list[Table]:
        """Return inputs, rectified values and outputs."""
        dropout = self.settings.dropout
        values = [keep(np.broadcast_to(inputs, (self.settings.starts, *inputs.shape)), dropout[0])]
        for place, (matrix, bias) in enumerate(zip(weights, self.biases, strict=True), 1):
            sums = values[-1] @ matrix + bias.values
            values.append(sums if place == len(weights) else keep(np.maximum(sums, 0.0), dropout[1]))
        return values

    def _with_dropout(self, values: Table, part: float) -> Table:
        """Leave out a random part of the values, and enlarge the others."""
        if not part:
            return values
        return values * (self.rng.random(values.shape) >= part) / (1.0 - part)


class _Best:
    """Best parameters of every start."""

    def __init__(self, starts: int):
        self.accuracy = np.full(starts, -1.0)
        self.inputs = np.zeros(starts, dtype=np.int64)
        self.loss = np.full(starts, np.inf)
        self.epoch = np.zeros(starts, dtype=np.int64)
        self.parameters: tuple[list[Table], list[Table]] = ([], [])

    @property
    def start(self) -> int:
        """The best start: the largest accuracy, then the fewest inputs if wanted, then the smallest loss."""
        return int(np.lexsort((self.loss, self.inputs, -self.accuracy))[0])

    def judge(self, run: _Run, inputs: Table, labels: NDArray[np.int64], epoch: int) -> None:
        """Compare with the best epoch before."""
        outputs = run.outputs(inputs)
        accuracy = (outputs.argmax(axis=-1) == labels).mean(axis=-1)
        targets = 2.0 * np.eye(outputs.shape[-1])[labels] - 1.0
        loss = (np.maximum(1.0 - targets * outputs, 0.0) ** 2).mean(axis=(-1, -2))
        found = run.quantised(), [layer.values for layer in run.biases]
        used = found[0][0].any(axis=-1).sum(axis=-1) * run.settings.fewest
        fewer = (used < self.inputs) | ((used == self.inputs) & (loss < self.loss))
        better = (accuracy > self.accuracy) | ((accuracy == self.accuracy) & fewer)
        for kept, new in ((self.accuracy, accuracy), (self.inputs, used), (self.loss, loss)):
            kept[better] = new[better]
        self.epoch[better] = epoch
        if not self.parameters[0]:
            self.parameters = found[0], [vector.copy() for vector in found[1]]
        for kept, new in zip((*self.parameters[0], *self.parameters[1]), (*found[0], *found[1]), strict=True):
            kept[better] = new[better]
