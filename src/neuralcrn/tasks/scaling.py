"""Affine map between raw numbers and concentrations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.errors import InvalidValueError

_COLUMN_FIELDS = ("feature_low", "feature_high", "target_low", "target_high")
_RANGE_FIELDS = ("low", "high")


@dataclass(frozen=True, slots=True)
class Scaling:
    r"""Affine map of raw columns to concentrations from `low` to `high`.

    .. math:: c = low + (raw - column_{low}) / (column_{high} - column_{low}) \cdot (high - low)

    A constant column is mapped to the middle of the range, and back to its constant.

    Parameters
    ----------
    feature_low, feature_high : tuple of float (d,), raw units
        Values of each feature that are mapped to `low` and `high`.
    target_low, target_high : tuple of float (o,), raw units
        The same for regression targets; empty for classes, which are not scaled.
    low, high : float, concentration
        Range of the scaled columns.

    Raises
    ------
    InvalidValueError
        If lengths differ, a number is not finite, or a lower end exceeds its upper end.

    Examples
    --------
    >>> scaling = Scaling.fit([[1.0, 7.0], [3.0, 7.0]], [[10.0], [20.0]])
    >>> scaling.scale_features([[2.0, 7.0], [0.0, 7.0]]).tolist()
    [[0.5, 0.5], [-0.5, 0.5]]
    >>> scaling.unscale_targets(scaling.scale_targets([[12.5]])).tolist()
    [[12.5]]
    """

    feature_low: tuple[float, ...]
    feature_high: tuple[float, ...]
    target_low: tuple[float, ...] = ()
    target_high: tuple[float, ...] = ()
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        _check_ends("feature", self.feature_low, self.feature_high)
        _check_ends("target", self.target_low, self.target_high)
        _check_ends("concentration", (self.low,), (self.high,))
        if not self.feature_low:
            raise InvalidValueError("scaling: at least one feature is needed")
        if self.low == self.high:
            raise InvalidValueError(f"scaling: low must be below high, got {self.low} for both")

    @classmethod
    def fit(
        cls, features: ArrayLike, targets: ArrayLike | None = None, *, low: float = 0.0, high: float = 1.0
    ) -> Self:
        """Return the scaling that maps the minimum and maximum of each column to the ends of the range.

        Parameters
        ----------
        features : array (n, d), raw units
            Training features.
        targets : array (n, o), raw units, optional
            Training targets of a regression.
        low, high : float, concentration
            Range of the scaled columns.
        """
        return cls(*_ends(features), *(((), ()) if targets is None else _ends(targets)), low=low, high=high)

    @classmethod
    def fit_centred(cls, features: ArrayLike, targets: ArrayLike | None = None) -> Self:
        """Return the scaling into [-1, 1] that maps the mean of each column to 0.

        The convergence rate of stochastic gradient descent is limited by the direction with the smallest
        variance, relative to the largest; a common offset of the inputs would be by far the largest.

        Parameters
        ----------
        features : array (n, d), raw units
            Training features.
        targets : array (n, o), raw units, optional
            Training targets of a regression.

        Examples
        --------
        >>> scaling = Scaling.fit_centred([[0.0], [0.0], [3.0]])
        >>> scaling.scale_features([[0.0], [1.0], [3.0]]).tolist()
        [[-0.5], [0.0], [1.0]]
        """
        scaled = ((), ()) if targets is None else _centred_ends(targets)
        return cls(*_centred_ends(features), *scaled, low=-1.0, high=1.0)

    def scale_features(self, features: ArrayLike) -> NDArray[np.float64]:
        """Return scaled features.

        Values outside the fitted range are mapped outside the scaled range. Whether a dose may be negative
        depends on the rails of the circuit.

        Parameters
        ----------
        features : array (n, d), raw units
            One sample per row.

        Returns
        -------
        array (n, d), concentration
        """
        return self._scale("feature", features, self.feature_low, self.feature_high)

    def scale_targets(self, targets: ArrayLike) -> NDArray[np.float64]:
        """Return scaled regression targets; unlike features they are never clipped.

        Parameters
        ----------
        targets : array (n, o), raw units
            One sample per row.

        Returns
        -------
        array (n, o), concentration
        """
        return self._scale("target", targets, self.target_low, self.target_high)

    def unscale_features(self, features: ArrayLike) -> NDArray[np.float64]:
        """Return scaled features in raw units.

        Parameters
        ----------
        features : array (n, d), concentration
            One sample per row.

        Returns
        -------
        array (n, d), raw units
        """
        return self._unscale("feature", features, self.feature_low, self.feature_high)

    def unscale_targets(self, outputs: ArrayLike) -> NDArray[np.float64]:
        """Return outputs in the raw units of the targets.

        Parameters
        ----------
        outputs : array (n, o), concentration
            Outputs of a circuit.

        Returns
        -------
        array (n, o), raw units
        """
        return self._unscale("target", outputs, self.target_low, self.target_high)

    def to_json(self) -> dict[str, float | list[float]]:
        """Return the scaling as a dictionary of lists and numbers for JSON."""
        columns: dict[str, float | list[float]] = {name: list(getattr(self, name)) for name in _COLUMN_FIELDS}
        return columns | {name: getattr(self, name) for name in _RANGE_FIELDS}

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Return the scaling from the output of `to_json`.

        Raises
        ------
        InvalidValueError
            If a key is missing or unknown, or a value has the wrong type.

        Examples
        --------
        >>> scaling = Scaling((0.0,), (2.0,))
        >>> Scaling.from_json(scaling.to_json()) == scaling
        True
        """
        expected = {*_COLUMN_FIELDS, *_RANGE_FIELDS}
        if not isinstance(data, dict) or {*cast(dict[object, object], data)} != expected:
            raise InvalidValueError(f"scaling: an object with exactly the keys {sorted(expected)} expected")
        fields = cast(dict[str, object], data)
        columns = [_numbers(name, fields[name]) for name in _COLUMN_FIELDS]
        low, high = (_numbers(name, [fields[name]])[0] for name in _RANGE_FIELDS)
        return cls(*columns, low=low, high=high)

    def _scale(
        self, what: str, raw: ArrayLike, start: tuple[float, ...], end: tuple[float, ...]
    ) -> NDArray[np.float64]:
        values = _columns(what, raw, len(start))
        first, span = np.asarray(start), np.asarray(end) - np.asarray(start)
        constant = span == 0.0
        with np.errstate(over="ignore"):  # overflow is detected below
            part = np.where(constant, 0.5, (values - first) / np.where(constant, 1.0, span))
            return _finite(what, self.low + part * (self.high - self.low))

    def _unscale(
        self, what: str, scaled: ArrayLike, start: tuple[float, ...], end: tuple[float, ...]
    ) -> NDArray[np.float64]:
        part = (_columns(what, scaled, len(start)) - self.low) / (self.high - self.low)
        return _finite(what, np.asarray(start) + part * (np.asarray(end) - np.asarray(start)))


def _check_ends(what: str, start: tuple[float, ...], end: tuple[float, ...]) -> None:
    if len(start) != len(end):
        raise InvalidValueError(f"scaling: {len(start)} lower but {len(end)} upper ends of {what} columns")
    for low, high in zip(start, end, strict=True):
        # A range that overflows would scale everything to zero.
        if not (math.isfinite(low) and math.isfinite(high) and math.isfinite(high - low) and low <= high):
            raise InvalidValueError(
                f"scaling: {what} range from {low} to {high} is not a finite, rising range"
            )


def _ends(values: ArrayLike) -> tuple[tuple[float, ...], tuple[float, ...]]:
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or len(table) == 0:
        raise InvalidValueError(f"scaling: a table (rows, columns) expected to fit to, got {table.shape}")
    return tuple(map(float, table.min(axis=0))), tuple(map(float, table.max(axis=0)))


def _centred_ends(values: ArrayLike) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the ends of the shortest interval around the mean of each column that contains the column."""
    low, high = map(np.array, _ends(values))
    with np.errstate(over="ignore"):  # overflow is detected by the scaling
        # The mean of equal numbers may differ from them by rounding.
        mean = np.where(low == high, low, np.asarray(values, dtype=np.float64).mean(axis=0))
        reach = np.maximum(high - mean, mean - low)
        return tuple((mean - reach).tolist()), tuple((mean + reach).tolist())


def _columns(what: str, values: ArrayLike, width: int) -> NDArray[np.float64]:
    if width == 0:
        raise InvalidValueError(f"scaling: this task has no scaled {what}s, its targets are classes")
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != width:
        raise InvalidValueError(f"scaling: {what}s of shape (n, {width}) expected, got {table.shape}")
    return table


def _finite(what: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    if not np.isfinite(values).all():
        raise InvalidValueError(f"scaling: a {what} is not finite or lies too far outside the fitted range")
    return values


def _numbers(name: str, values: object) -> tuple[float, ...]:
    """Return JSON numbers as floats; booleans and texts are errors."""
    items = cast(Sequence[object], values) if isinstance(values, list) else None
    if items is None or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in items):
        raise InvalidValueError(f"scaling: {name} must hold numbers")
    try:
        return tuple(float(cast(float, v)) for v in items)
    except OverflowError as error:
        raise InvalidValueError(f"scaling: {name} holds a number too large") from error
