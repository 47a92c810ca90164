"""State of a training between two samples, and metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

_DTYPE = np.dtype("<f8")


@dataclass(frozen=True, slots=True)
class Retry:
    """A diverged epoch that was repeated with a lower rate.

    Attributes
    ----------
    epoch : int
        Counted from 1.
    learning_rate : float
        The lower rate.
    reason : str
        Reason of the divergence.
    """

    epoch: int
    learning_rate: float
    reason: str

    def __str__(self) -> str:
        return f"{self.reason}; the epoch begins again at half the rate, {self.learning_rate:g}"


@dataclass(frozen=True, slots=True, eq=False)
class TrainingState:
    """State from which a training can be resumed.

    Attributes
    ----------
    epoch : int
        Completed passes over the training samples.
    position : int
        Samples learned in the current epoch.
    pot : ndarray, shape (species,), concentration
        Contents of the pot between two samples: the parameters.
    errors : ndarray, shape (samples, outputs), concentration
        Errors measured so far in the current epoch.
    times : ndarray, shape (samples,), time units of the rate constants
        Duration of each sample, from its dose to the next.
    begun : ndarray, shape (species,), concentration, or None
        Contents of the pot at the beginning of the epoch, the last valid state; equal to `pot` at position 0.
    retries : tuple of Retry
        Repeated epochs; the last one has the current rate.
    """

    epoch: int
    position: int
    pot: NDArray[np.float64]
    errors: NDArray[np.float64]
    times: NDArray[np.float64]
    begun: NDArray[np.float64] | None = None
    retries: tuple[Retry, ...] = ()


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics of one epoch.

    Attributes
    ----------
    epoch : int
        Counted from 1.
    train_loss : float
        Mean of half the squared error, measured for each sample immediately before training on it.
    validation_loss : float
        The same for the validation samples, after the epoch.
    accuracy : float or None
        Fraction of correctly classified validation samples.
    test_accuracy : float or None
        The same for the test grid of the task, if it was evaluated.
    period : float, time units of the rate constants
        Mean time from one dose to the next.
    packed : bytes
        Values of the trained parameters as float64: a training keeps those of every epoch.
    nrmse, capacity : float or None, dimensionless
        For a regression of ordered samples, the root mean squared error of the validation samples, divided by
        the deviation of their targets, and the sum over outputs of the squared correlation with the target.
    """

    epoch: int
    train_loss: float
    validation_loss: float
    accuracy: float | None
    test_accuracy: float | None
    period: float
    packed: bytes
    nrmse: float | None = None
    capacity: float | None = None

    @property
    def parameters(self) -> tuple[float, ...]:
        """Values of the trained parameters, concentration."""
        return tuple(np.frombuffer(self.packed, dtype=_DTYPE).tolist())

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Restore metrics from the values of a file, `packed` in base64.

        Raises
        ------
        TypeError, ValueError
            If these are not the values of metrics.
        """
        values = dict(row)
        if "parameters" in values:  # Earlier versions wrote a list of numbers.
            values["packed"] = pack(values.pop("parameters"))
        try:
            metrics = msgspec.convert(values, cls)
        except msgspec.ValidationError as error:
            raise ValueError(f"metrics: {error}") from error
        if len(metrics.packed) % _DTYPE.itemsize:
            raise ValueError(f"metrics: {len(metrics.packed)} bytes are no float64 numbers")
        return metrics


def pack(values: Sequence[float] | NDArray[np.float64]) -> bytes:
    """Return numbers as the bytes that `Metrics` keeps."""
    return np.asarray(values, dtype=_DTYPE).tobytes()
