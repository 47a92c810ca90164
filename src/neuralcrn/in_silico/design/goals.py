"""Goals for concentrations over time, each with a differentiable loss."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError

if TYPE_CHECKING:
    from neuralcrn.algebra import Expression

Array = NDArray[np.float64]

PERIODS = 2.0
"""Periods of an oscillation by default, and of the first part of longer ones."""
POINTS = 40
"""Times per window, or per period of an oscillation, at which a loss is evaluated."""


class Goal(ABC):
    """A goal for some species within a time window.

    The loss is a mean over species and times, in concentration squared. `inputs` are initial concentrations
    that differ between the runs of one design.
    """

    __slots__ = ()

    species: tuple[str, ...]
    begin: float
    end: float

    @property
    @abstractmethod
    def times(self) -> Array:
        """Ascending times at which the loss needs concentrations, shape (n_times,)."""

    @abstractmethod
    def loss(self, values: Array, inputs: Mapping[str, float]) -> tuple[float, Array]:
        """Return the loss for concentrations of shape (n_times, n_species), and its derivative by them."""

    @abstractmethod
    def limits(self, times: Array, inputs: Mapping[str, float]) -> tuple[Array, Array]:
        """Return the lowest and highest concentrations that fulfil the goal at times within its window.

        Both have the shape (n_times, n_species); they are infinite where there is none.
        """

    @property
    def first(self) -> Goal:
        """The part that is trained first: all, except for long oscillations."""
        return self

    def __post_init__(self) -> None:
        if not (0.0 <= self.begin <= self.end < math.inf and self.end > 0.0):
            window = f"{self.begin:g}:{self.end:g}"
            raise InvalidValueError(f"window {window}: it must begin at a time >= 0 and end at a later one")


@final
@dataclass(frozen=True, slots=True)
class Oscillation(Goal):
    """Cosines with a period and an amplitude, whose phases are shifted by equal parts of the period.

    Attributes
    ----------
    species : tuple of str
        The first one peaks at the time 0, the others follow in order.
    period : float, time
        Period.
    amplitude, mean : float, concentration
        The concentrations are between mean - amplitude and mean + amplitude.
    begin, end : float, time
        Window, by default the first `PERIODS` periods.

    Examples
    --------
    >>> ring = Oscillation(("A", "B", "C"), period=10.0, amplitude=0.12, mean=1 / 3)
    >>> ring.at(np.array([0.0, 10.0])).round(3).tolist()
    [[0.453, 0.273, 0.273], [0.453, 0.273, 0.273]]
    >>> ring.loss(ring.at(ring.times), {})[0]
    0.0
    """

    species: tuple[str, ...]
    period: float
    amplitude: float
    mean: float
    begin: float = 0.0
    end: float = math.nan

    def __post_init__(self) -> None:
        for name in ("period", "amplitude", "mean"):
            if not 0.0 < getattr(self, name) < math.inf:
                raise InvalidValueError(f"oscillation: {name} = {getattr(self, name):g}: it must be positive")
        if self.amplitude > self.mean:
            raise InvalidValueError(
                f"oscillation: amplitude {self.amplitude:g} is above the mean {self.mean:g}, so that "
                "concentrations would be negative: give a smaller amplitude, or a larger mean"
            )
        if math.isnan(self.end):
            object.__setattr__(self, "end", self.begin + PERIODS * self.period)
        Goal.__post_init__(self)
        if self.end - self.begin < self.period:
            raise InvalidValueError(
                f"oscillation: the period {self.period:g} is longer than the window "
                f"{self.begin:g}:{self.end:g}: give a window of at least one period, better two"
            )

    @property
    def first(self) -> Goal:
        """The first `PERIODS` periods: the phases of random rate constants differ too much later."""
        return replace(self, end=min(self.end, self.begin + PERIODS * self.period))

    @property
    def times(self) -> Array:
        """`POINTS` times per period."""
        count = math.ceil(POINTS * (self.end - self.begin) / self.period)
        return np.linspace(self.begin, self.end, count + 1)

    def at(self, times: Array) -> Array:
        """Return the cosines, shape (n_times, n_species)."""
        shifts = np.arange(len(self.species)) / len(self.species)
        return self.mean + self.amplitude * np.cos(2.0 * np.pi * (times[:, None] / self.period - shifts))

    def loss(self, values: Array, inputs: Mapping[str, float]) -> tuple[float, Array]:
        """Return the mean squared error."""
        return _squares(values - self.at(self.times))

    def limits(self, times: Array, inputs: Mapping[str, float]) -> tuple[Array, Array]:
        """Return the cosines twice."""
        wanted = self.at(times)
        return wanted, wanted

    def __str__(self) -> str:
        text = f"{', '.join(self.species)} oscillate period {self.period:g} amplitude {self.amplitude:g}"
        return f"{text} mean {self.mean:g} in {self.begin:g}:{self.end:g}"


@final
@dataclass(frozen=True, slots=True)
class Value(Goal):
    """A concentration given by a formula of time and inputs, at one time or within a window.

    Attributes
    ----------
    species : tuple of str
        One species.
    formula : Expression
        Formula of ``t`` and of inputs.
    begin, end : float, time
        Window, or twice the same time.

    Examples
    --------
    >>> from neuralcrn.algebra import parse_expression
    >>> double = Value(("Y",), parse_expression("2*X"), 10.0, 10.0)
    >>> loss, derivative = double.loss(np.array([[0.5]]), {"X": 0.3})
    >>> round(loss, 3), derivative.round(3).tolist()
    (0.01, [[-0.2]])
    """

    species: tuple[str, ...]
    formula: Expression
    begin: float
    end: float

    @property
    def times(self) -> Array:
        """Times within the window."""
        return _window(self.begin, self.end)

    def at(self, times: Array, inputs: Mapping[str, float]) -> Array:
        """Return the wanted concentrations, shape (n_times, 1)."""
        wanted = self.formula.evaluate({**inputs, "t": times})
        return np.broadcast_to(wanted, times.shape)[:, None]

    def loss(self, values: Array, inputs: Mapping[str, float]) -> tuple[float, Array]:
        """Return the mean squared error."""
        return _squares(values - self.at(self.times, inputs))

    def limits(self, times: Array, inputs: Mapping[str, float]) -> tuple[Array, Array]:
        """Return the formula twice."""
        wanted = self.at(times, inputs)
        return wanted, wanted

    def __str__(self) -> str:
        return f"{self.species[0]} = {self.formula} {_when(self)}"


@final
@dataclass(frozen=True, slots=True)
class Bound(Goal):
    """A concentration above or below a level within a window.

    Attributes
    ----------
    species : tuple of str
        One species.
    above : bool
        Whether it should be above the level.
    level : float, concentration
        The level.
    begin, end : float, time
        Window.

    Examples
    --------
    >>> high = Bound(("A",), True, 0.6, 1.0, 1.0)
    >>> round(high.loss(np.array([[0.5]]), {})[0], 3), high.loss(np.array([[0.7]]), {})[0]
    (0.01, 0.0)
    """

    species: tuple[str, ...]
    above: bool
    level: float
    begin: float
    end: float

    def __post_init__(self) -> None:
        Goal.__post_init__(self)
        if not 0.0 <= self.level < math.inf:
            raise InvalidValueError(f"level {self.level:g} of {self.species[0]}: it must not be negative")

    @property
    def times(self) -> Array:
        """Times within the window."""
        return _window(self.begin, self.end)

    def loss(self, values: Array, inputs: Mapping[str, float]) -> tuple[float, Array]:
        """Return the mean squared violation."""
        excess = values - self.level
        return _squares(np.minimum(excess, 0.0) if self.above else np.maximum(excess, 0.0))

    def limits(self, times: Array, inputs: Mapping[str, float]) -> tuple[Array, Array]:
        """Return the level, and infinity on the other side."""
        level, none = np.full((len(times), 1), self.level), np.full((len(times), 1), math.inf)
        return (level, none) if self.above else (-none, level)

    def __str__(self) -> str:
        return f"{self.species[0]} {'>' if self.above else '<'} {self.level:g} {_when(self)}"


@final
@dataclass(frozen=True, slots=True)
class Rest(Goal):
    """Constant concentrations within a window.

    Attributes
    ----------
    species : tuple of str
        The species.
    begin, end : float, time
        Window.

    Examples
    --------
    >>> Rest(("A",), 0.0, 1.0).loss(np.full((41, 1), 0.5), {})[0]
    0.0
    """

    species: tuple[str, ...]
    begin: float
    end: float

    @property
    def times(self) -> Array:
        """Times within the window."""
        return _window(self.begin, self.end)

    def loss(self, values: Array, inputs: Mapping[str, float]) -> tuple[float, Array]:
        """Return the mean variance over time."""
        return _squares(values - values.mean(axis=0))

    def limits(self, times: Array, inputs: Mapping[str, float]) -> tuple[Array, Array]:
        """Return no limits."""
        none = np.full((len(times), len(self.species)), math.inf)
        return -none, none

    def __str__(self) -> str:
        return f"{', '.join(self.species)} rest {_when(self)}"


def _squares(errors: Array) -> tuple[float, Array]:
    """Return the mean square and its derivative."""
    return float((errors**2).mean()), 2.0 * errors / errors.size


def _window(begin: float, end: float) -> Array:
    return np.linspace(begin, end, POINTS + 1) if end > begin else np.array([begin])


def _when(goal: Goal) -> str:
    return f"at {goal.begin:g}" if goal.begin == goal.end else f"in {goal.begin:g}:{goal.end:g}"
