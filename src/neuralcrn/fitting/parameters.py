"""Parameters of a fit: bounds, scale of the search, and prior."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, final, get_args

from neuralcrn.errors import InvalidValueError, UnknownNameError, printable

Scale = Literal["lin", "log", "log10"]
PriorKind = Literal["normal", "laplace", "uniform"]

_LOG_TWO_PI = math.log(2.0 * math.pi)


def to_scale(value: float, scale: Scale) -> float:
    """Return a value on a scale; the logarithm of 0 is minus infinity."""
    if scale == "lin":
        return value
    if value <= 0.0:
        return -math.inf if value == 0.0 else math.nan
    return math.log(value) if scale == "log" else math.log10(value)


def from_scale(value: float, scale: Scale) -> float:
    """Return the value of a number on a scale."""
    if scale == "lin":
        return value
    return math.exp(value) if scale == "log" else 10.0**value


def slope_of_scale(value: float, scale: Scale) -> float:
    """Return the derivative of `from_scale` at the number that gives a value."""
    if scale == "lin":
        return 1.0
    return value if scale == "log" else value * math.log(10.0)


@final
@dataclass(frozen=True, slots=True)
class Prior:
    """A prior distribution of a parameter.

    Attributes
    ----------
    kind : {"normal", "laplace", "uniform"}
        Distribution.
    location : float
        Mean, or the lower end of a uniform distribution.
    width : float
        Standard deviation, scale of a Laplace distribution, or the upper end of a uniform distribution.
    scale : {"lin", "log", "log10"}
        The distribution is that of the value on this scale: a log-normal prior is normal with "log".
    density : {"lin", "log", "log10"}
        The density is with respect to the value on this scale. With "lin" and the scale "log" it is the
        log-normal density of the value; with "log" for both it is a normal density of the logarithm.

    Examples
    --------
    >>> round(Prior("normal", 0.0, 1.0).negative_logarithm(1.0), 4)
    1.4189
    """

    kind: PriorKind
    location: float
    width: float
    scale: Scale = "lin"
    density: Scale = "lin"

    def __post_init__(self) -> None:
        if self.kind not in get_args(PriorKind):
            raise UnknownNameError("prior", self.kind, get_args(PriorKind))
        positive = self.width > self.location if self.kind == "uniform" else self.width > 0.0
        if not (math.isfinite(self.location) and math.isfinite(self.width) and positive):
            raise InvalidValueError(
                f"prior {self.kind}({self.location:g}, {self.width:g}): the width must be positive, and both "
                "numbers finite"
            )

    def negative_logarithm(self, value: float) -> float:
        """Return the negative logarithm of the density at a value of the parameter."""
        x = to_scale(value, self.scale)
        change = _log_slope(value, self.scale) - _log_slope(value, self.density)
        if self.kind == "uniform":
            inside = self.location <= x <= self.width
            return math.log(self.width - self.location) - change if inside else math.inf
        z = (x - self.location) / self.width
        if self.kind == "normal":
            return 0.5 * (z * z + _LOG_TWO_PI) + math.log(self.width) - change
        return abs(z) + math.log(2.0 * self.width) - change

    def slope(self, value: float) -> float:
        """Return the derivative of `negative_logarithm` with respect to the value."""
        change = _slope_of_log_slope(value, self.scale) - _slope_of_log_slope(value, self.density)
        if self.kind == "uniform":
            return -change
        z = (to_scale(value, self.scale) - self.location) / self.width
        unit = self.width * slope_of_scale(value, self.scale)
        return (z if self.kind == "normal" else math.copysign(1.0, z)) / unit - change

    def curvature(self, value: float) -> float:
        """Return the Fisher information of the value: 0 for a uniform distribution."""
        if self.kind == "uniform":
            return 0.0
        return 1.0 / (self.width * slope_of_scale(value, self.scale)) ** 2


def _log_slope(value: float, scale: Scale) -> float:
    """Return the logarithm of the derivative of `to_scale`."""
    return -math.log(slope_of_scale(value, scale))


def _slope_of_log_slope(value: float, scale: Scale) -> float:
    return 0.0 if scale == "lin" else -1.0 / value


@final
@dataclass(frozen=True, slots=True)
class FitParameter:
    """A parameter of a fit.

    Attributes
    ----------
    name : str
        Name in the network, or in the formulas of observables, noise and experiments.
    nominal : float
        Value in the network, or a first guess; the value if it is not estimated.
    lower, upper : float
        Bounds.
    scale : {"lin", "log", "log10"}
        Scale of the search; logarithms need positive bounds.
    estimated : bool
        Whether it is estimated.
    prior : Prior, optional
        Prior distribution; by default none.
    start : tuple of float, optional
        Range of random starts; by default the bounds.

    Raises
    ------
    InvalidValueError
        If bounds are not ascending, or not positive for a logarithmic scale.

    Examples
    --------
    >>> FitParameter("k1", 0.3, 1e-3, 1e3).range
    (-3.0, 3.0)
    """

    name: str
    nominal: float
    lower: float
    upper: float
    scale: Scale = "log10"
    estimated: bool = True
    prior: Prior | None = None
    start: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        shown = f"parameter {printable(self.name)}"
        if self.scale not in get_args(Scale):
            raise UnknownNameError("scale", self.scale, get_args(Scale))
        if not math.isfinite(self.nominal):
            raise InvalidValueError(f"{shown}: its value is {self.nominal}: give a finite number")
        if not self.estimated:
            return
        if not (math.isfinite(self.lower) and math.isfinite(self.upper) and self.lower < self.upper):
            raise InvalidValueError(
                f"{shown}: bounds {self.lower:g} to {self.upper:g}: give two ascending finite numbers"
            )
        first, last = self.start or (self.lower, self.upper)
        if self.scale != "lin" and min(self.lower, first) <= 0.0:
            raise InvalidValueError(
                f"{shown}: lower bound {min(self.lower, first):g}: a logarithmic scale needs a positive one; "
                "or choose the scale lin"
            )
        if first > last:
            raise InvalidValueError(f"{shown}: starts from {first:g} to {last:g}: give ascending numbers")

    @property
    def range(self) -> tuple[float, float]:
        """Bounds on the scale of the search."""
        return to_scale(self.lower, self.scale), to_scale(self.upper, self.scale)

    @property
    def starts(self) -> tuple[float, float]:
        """Range of random starts on the scale of the search, within the bounds."""
        first, last = self.start or (self.lower, self.upper)
        first, last = max(first, self.lower), min(last, self.upper)
        return to_scale(first, self.scale), to_scale(last, self.scale)
