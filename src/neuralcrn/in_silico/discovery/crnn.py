"""Chemical reaction neural networks (Ji and Deng, arXiv 2002.09062): reactions by gradient training.

Every reaction has the rate ``exp(b + sum_i w_i ln x_i)`` with trained orders w and constant b, and changes
the species by trained coefficients. Published are two parametrisations: orders equal to what is consumed,
which excludes catalysts, and orders whose sign says whether a species reacts or is made. The mean absolute
error, of concentrations divided by their ranges or of logarithms, is minimised by AdamW with one step per
experiment. The trained reactions are then rounded, refitted and judged as those of the regression.

Gradients come from the discrete adjoint of a Runge-Kutta method. The learning rate decays, and the best of
several starts is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError
from neuralcrn.in_silico.adam import Adam
from neuralcrn.in_silico.discovery.refit import Refit
from neuralcrn.in_silico.discovery.regression import Column
from neuralcrn.in_silico.discovery.selection import Evidence, Selected, Vectors, read_and_refit
from neuralcrn.in_silico.discovery.smoothing import scales
from neuralcrn.status import OnStatus, Status

Matrix = NDArray[Any]

_FLOOR = 1e-5
"""Smallest concentration of logarithms."""
_PARTS = 2
"""Steps of the integration between two measurements."""
_FIRST_OFFSET, _SPREAD = -2.0, 0.3
_ENERGY = 1e4
"""Unit of trained activation temperatures, K."""
_DECAY = 1e-6
_SCREENED = 5
"""Part of the epochs after which the best start is chosen."""
_FINAL = 0.02
"""Last learning rate as a part of the first."""
_PRUNED = 0.05
"""Coefficients below this part of the largest of their reaction are left out."""
_ERROR = 0.1
"""Standard error of a net vector, relative to its largest entry."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CrnnSettings:
    """Settings of the gradient training.

    Attributes
    ----------
    reactions : int or None
        Number of reactions; one less than species if None.
    catalysts : bool
        Whether a reactant may be consumed less than its order. Otherwise orders equal what is consumed.
    logarithmic : bool
        Whether errors are those of logarithms.
    epochs : int
        Passes over all experiments.
    learning_rate : float
        First learning rate of AdamW; it decays exponentially.
    starts : int
        Number of starts; after a fifth of the epochs only the one with the smallest loss is trained further.

    Raises
    ------
    InvalidValueError
        If a setting is out of range.
    """

    reactions: int | None = None
    catalysts: bool = False
    logarithmic: bool = False
    epochs: int = 1000
    learning_rate: float = 0.01
    starts: int = 4

    def __post_init__(self) -> None:
        for name in ("reactions", "epochs", "starts"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InvalidValueError(f"{name} = {value}: it must be at least 1")
        if not 0.0 < self.learning_rate < 1.0:
            raise InvalidValueError(f"learning_rate = {self.learning_rate:g}: it must be between 0 and 1")

    def rate(self, epoch: int) -> float:
        """Return the learning rate of an epoch."""
        return self.learning_rate * _FINAL ** (epoch / self.epochs)


def train_crnn(evidence: Evidence, settings: CrnnSettings, seed: int, on_status: OnStatus) -> Selected:
    """Return the rounded and refitted reactions of a gradient training."""
    shape = _Shape(
        settings.reactions or max(1, len(evidence.species) - 1),
        len(evidence.species),
        int(evidence.sources.sum(axis=1).max()),
        settings.catalysts,
    )
    losses = tuple(_losses(evidence, settings))
    trials = [
        _Trial.begin(shape, losses, np.random.default_rng([seed, 7, start]))
        for start in range(settings.starts)
    ]
    first = settings.epochs // _SCREENED if settings.starts > 1 else 0
    total = settings.starts * first + settings.epochs - first
    for number, trial in enumerate(trials):
        for epoch in range(first):
            on_status(Status("Gradient training: epoch", number * first + epoch, total))
            trial.learn(settings.rate(epoch))
    best = min(trials, key=lambda trial: trial.loss)
    for epoch in range(first, settings.epochs):
        on_status(Status("Gradient training: epoch", (settings.starts - 1) * first + epoch, total))
        best.learn(settings.rate(epoch))
    return Selected(_read(evidence, shape.weights(best.adam.values)), ())


class _Weights(NamedTuple):
    """Orders and changes, shape (n_reactions, n_species); offsets and activation temperatures."""

    orders: Matrix
    changes: Matrix
    offsets: Matrix
    activation: Matrix


@final
@dataclass(frozen=True, slots=True)
class _Shape:
    """The trained vector and its parts: offsets, coefficients, orders, energies."""

    reactions: int
    species: int
    order: int
    catalysts: bool

    def first(self, rng: np.random.Generator) -> Matrix:
        size = self.reactions * (2 * self.species + 2)
        p = _SPREAD * rng.standard_normal(size)
        p[: self.reactions] += _FIRST_OFFSET
        p[-self.reactions :] = 0.5
        return p

    def parts(self, p: Matrix) -> tuple[Matrix, Matrix, Matrix, Matrix]:
        n, s = self.reactions, self.species
        return p[:n], p[n : n + n * s].reshape(n, s), p[n + n * s : n + 2 * n * s].reshape(n, s), p[-n:]

    def weights(self, p: Matrix) -> _Weights:
        offsets, coefficients, signed, energies = self.parts(p)
        if self.catalysts:
            orders, changes = np.clip(signed, 0.0, self.order), -signed * np.abs(coefficients)
        else:
            orders, changes = np.clip(-coefficients, 0.0, self.order), coefficients
        return _Weights(orders, changes, offsets, _ENERGY * np.abs(energies))

    def pull_back(
        self, p: Matrix, by_orders: Matrix, by_changes: Matrix, rest: tuple[Matrix, Matrix]
    ) -> Matrix:
        """Return the gradient by the trained vector."""
        _, coefficients, signed, energies = self.parts(p)
        gradient = np.zeros_like(p)
        of_offsets, of_coefficients, of_signed, of_energies = self.parts(gradient)
        of_offsets += rest[0]
        of_energies += rest[1] * _ENERGY * np.sign(energies)
        if self.catalysts:
            of_coefficients -= by_changes * signed * np.sign(coefficients)
            of_signed += np.where((signed > 0.0) & (signed < self.order), by_orders, 0.0)
            of_signed -= by_changes * np.abs(coefficients)
        else:
            inside = (coefficients < 0.0) & (coefficients > -self.order)
            of_coefficients += by_changes - np.where(inside, by_orders, 0.0)
        return gradient


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Loss:
    """Distance of one experiment from the trained kinetics."""

    times: Matrix
    start: Matrix
    values: Matrix
    weights: Matrix
    logarithmic: bool
    cold: float

    def at(self, shape: _Shape, p: Matrix) -> tuple[float, Matrix]:
        """Return the loss and its gradient."""
        from neuralcrn.engines.native.power_laws import power_law_gradient

        weights = shape.weights(p)
        offsets = weights.offsets - weights.activation * self.cold
        grads = np.zeros_like(weights.orders), np.zeros_like(offsets), np.zeros_like(weights.changes)
        value = power_law_gradient(
            self.times, self.start, self.values, self.weights, self.logarithmic, _FLOOR, _PARTS,
            np.ascontiguousarray(weights.orders), offsets, np.ascontiguousarray(weights.changes), grads,
        )  # fmt: skip
        return float(value), shape.pull_back(p, grads[0], grads[2], (grads[1], -self.cold * grads[1]))


@final
@dataclass(slots=True, eq=False)
class _Trial:
    """A training in progress: the state of AdamW, and the mean loss of the last epoch."""

    shape: _Shape
    losses: tuple[_Loss, ...]
    rng: np.random.Generator
    adam: Adam
    loss: float = np.inf

    @classmethod
    def begin(cls, shape: _Shape, losses: tuple[_Loss, ...], rng: np.random.Generator) -> Self:
        return cls(shape, losses, rng, Adam.at(shape.first(rng)))

    def learn(self, rate: float) -> None:
        """Take one step for each experiment, in random order."""
        total = 0.0
        for i in self.rng.permutation(len(self.losses)):
            value, gradient = self.losses[i].at(self.shape, self.adam.values)
            total += value / len(self.losses)
            if not np.isfinite(value):  # concentrations grow without bound: slow all reactions down
                slower = self.adam.values.copy()
                slower[: self.shape.reactions] -= rate
                self.adam = replace(self.adam, values=slower)
                continue
            self.adam = self.adam.step(gradient, rate, _DECAY)
        self.loss = total


def _losses(evidence: Evidence, settings: CrnnSettings) -> Iterator[_Loss]:
    scale = np.ones(len(evidence.species)) if settings.logarithmic else scales(evidence.experiments)
    for experiment, course in zip(evidence.experiments, evidence.courses, strict=True):
        weights = np.ones_like(experiment.values) / scale / experiment.values.size
        yield _Loss(
            course.times, course.start, experiment.values, weights, settings.logarithmic,
            evidence.cold(experiment),
        )  # fmt: skip


def _read(evidence: Evidence, weights: _Weights) -> Refit:
    """Return the refitted reactions of trained weights whose orders are rounded."""
    numbers = {tuple(molecules): i for i, molecules in enumerate(evidence.sources.tolist())}
    found: dict[int, list[tuple[Matrix, float]]] = {}
    order = int(evidence.sources.sum(axis=1).max())
    for orders, changes, offset, energy in zip(*weights, strict=True):
        molecules = np.rint(orders).astype(int)
        while molecules.sum() > order:  # drop the least certain molecule
            molecules[int(np.argmax(np.where(molecules > 0, molecules - orders, -np.inf)))] -= 1
        vector = np.where(np.abs(changes) < _PRUNED * np.abs(changes).max(), 0.0, changes) * np.exp(offset)
        vector = np.where((vector < 0.0) & (molecules == 0), 0.0, vector)
        if vector.any():
            found.setdefault(numbers[tuple(molecules.tolist())], []).append((vector, float(energy)))
    vectors = np.array([np.sum([vector for vector, _ in parts], axis=0) for parts in found.values()])
    cold = evidence.reference > 0.0
    energies = [float(np.mean([energy for _, energy in parts])) if cold else 0.0 for parts in found.values()]
    columns = tuple(Column(source, energy) for source, energy in zip(found, energies, strict=True))
    errors = np.repeat(_ERROR * np.abs(vectors).max(axis=1, keepdims=True), vectors.shape[1], axis=1)
    return read_and_refit(evidence, Vectors(columns, vectors, errors), evidence.courses)
