"""Layers of rectifiers with integer weights, as an immutable value with exact evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.errors import InvalidValueError

Table = NDArray[np.float64]
RELU_FIELDS = ("weights", "biases", "centre", "width")
"""Keys of a network as plain values."""


@final
@dataclass(frozen=True, slots=True, eq=False, init=False)
class ReluNetwork:
    r"""Layers of rectifiers with integer weights and real biases; the last layer is linear.

    .. math:: x = (features - centre) / width, \quad h_l = \max(0, h_{l-1} W_l + b_l), \quad
              y = h_{L-1} W_L + b_L

    Parameters
    ----------
    weights : sequence of array, shape (n_in, n_out)
        Integer weights of every layer.
    biases : sequence of array, shape (n_out,)
        Biases of every layer.
    centre, width : array, shape (n_features,), optional
        Feature value that is the input 0, and the difference of the feature that is the input 1; by default
        0 and 1.

    Raises
    ------
    InvalidValueError
        If shapes do not fit, a weight is not an integer, a number is not finite, or a width is not positive.

    Examples
    --------
    >>> net = ReluNetwork([[[1, -1], [-1, 1]], [[1], [1]]], [[0.0, 0.0], [0.5]])
    >>> net.evaluate([[3.0, 1.0]]).tolist()
    [[2.5]]
    >>> net.exact([Fraction(1, 3), Fraction(1)])
    (Fraction(7, 6),)
    >>> net.sizes
    (2, 2, 1)
    """

    weights: tuple[NDArray[np.int64], ...]
    biases: tuple[Table, ...]
    centre: Table
    width: Table

    def __init__(
        self,
        weights: Sequence[ArrayLike],
        biases: Sequence[ArrayLike],
        centre: ArrayLike | None = None,
        width: ArrayLike | None = None,
    ) -> None:
        """Check and copy the arrays."""
        object.__setattr__(self, "weights", tuple(_whole(matrix) for matrix in weights))
        object.__setattr__(self, "biases", tuple(_frozen(vector, 1, "biases") for vector in biases))
        if not self.weights or len(self.weights) != len(self.biases):
            raise InvalidValueError(
                f"{len(self.weights)} weight matrices and {len(self.biases)} bias vectors: give one of each "
                "for every layer"
            )
        inputs = self.weights[0].shape[0]
        object.__setattr__(self, "centre", _of_inputs(centre, 0.0, inputs, "centre"))
        object.__setattr__(self, "width", _of_inputs(width, 1.0, inputs, "width"))
        if not (self.width > 0.0).all():
            raise InvalidValueError("width: every width must be positive")
        self._check_shapes()

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of inputs, of units in every layer, and of outputs."""
        return (self.weights[0].shape[0], *(matrix.shape[1] for matrix in self.weights))

    def scale(self, features: ArrayLike) -> Table:
        """Return the inputs for a table of features, both of shape (n_samples, n_features).

        Raises
        ------
        InvalidValueError
            If the number of features differs.
        """
        table = np.asarray(features, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != self.sizes[0]:
            raise InvalidValueError(f"features of shape (n, {self.sizes[0]}) expected, got {table.shape}")
        return (table - self.centre) / self.width

    def evaluate(self, features: ArrayLike) -> Table:
        """Return the outputs for a table of features in real arithmetic, shape (n_samples, n_outputs)."""
        values = self.scale(features)
        for matrix, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            values = np.maximum(values @ matrix + bias, 0.0)
        return values @ self.weights[-1] + self.biases[-1]

    def exact(self, inputs: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """Return the outputs for scaled inputs in exact arithmetic."""
        values = list(inputs)
        for layer, (matrix, bias) in enumerate(zip(self.weights, self.biases, strict=True), 1):
            sums = [Fraction(number) for number in bias.tolist()]
            for value, row in zip(values, matrix.tolist(), strict=True):
                sums = [total + weight * value for total, weight in zip(sums, row, strict=True)]
            values = sums if layer == len(self.weights) else [max(total, Fraction(0)) for total in sums]
        return tuple(values)

    def to_json(self) -> dict[str, Any]:
        """Return the network as plain values."""
        return {
            "weights": [matrix.tolist() for matrix in self.weights],
            "biases": [vector.tolist() for vector in self.biases],
            "centre": self.centre.tolist(),
            "width": self.width.tolist(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the network from the output of `to_json`.

        Raises
        ------
        InvalidValueError
            If a key is missing or unknown, or a value is invalid.

        Examples
        --------
        >>> net = ReluNetwork([[[1], [-1]]], [[0.5]])
        >>> ReluNetwork.from_json(net.to_json()).evaluate([[2.0, 1.0]]).tolist()
        [[1.5]]
        """
        if sorted(data) != sorted(RELU_FIELDS):
            raise InvalidValueError(
                f"rectifiers: an object with exactly the keys {sorted(RELU_FIELDS)} expected"
            )
        return cls(**data)

    def _check_shapes(self) -> None:
        for layer, (matrix, bias) in enumerate(zip(self.weights, self.biases, strict=True), 1):
            if matrix.shape[1:] != bias.shape or 0 in matrix.shape:
                raise InvalidValueError(
                    f"layer {layer}: weights of shape {matrix.shape} do not fit biases of shape {bias.shape}"
                )
        for layer, (before, after) in enumerate(zip(self.weights, self.weights[1:], strict=False), 1):
            if before.shape[1] != after.shape[0]:
                raise InvalidValueError(
                    f"layer {layer} has {before.shape[1]} units, but layer {layer + 1} has "
                    f"{after.shape[0]} inputs"
                )


def _frozen(values: ArrayLike, dimensions: int, what: str) -> Table:
    """Return a read-only copy of finite numbers."""
    array = np.array(values, dtype=np.float64)
    if array.ndim != dimensions or not np.isfinite(array).all():
        raise InvalidValueError(f"{what}: an array of {dimensions} dimensions of finite numbers expected")
    array.flags.writeable = False
    return array


def _whole(values: ArrayLike) -> NDArray[np.int64]:
    """Return a read-only copy of integers."""
    array = _frozen(values, 2, "weights")
    if not (array == np.round(array)).all():
        raise InvalidValueError("weights: whole numbers expected; train with binary or ternary weights")
    whole = array.astype(np.int64)
    whole.flags.writeable = False
    return whole


def _of_inputs(values: ArrayLike | None, default: float, inputs: int, what: str) -> Table:
    array = _frozen(np.full(inputs, default) if values is None else values, 1, what)
    if len(array) != inputs:
        raise InvalidValueError(f"{what}: {inputs} numbers expected, got {len(array)}")
    return array
