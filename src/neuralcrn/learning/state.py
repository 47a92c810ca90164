"""What a training is between two samples, and what was measured of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Retry:
    """An epoch that diverged and was begun again at a lower rate.

    Attributes
    ----------
    epoch : int
        Counted from 1.
    rate : float
        With which it was begun again.
    reason : str
        What happened before.
    """

    epoch: int
    rate: float
    reason: str

    def __str__(self) -> str:
        return f"{self.reason}; the epoch begins again at half the rate, {self.rate:g}"


@dataclass(frozen=True, slots=True, eq=False)
class TrainingState:
    """Everything that a run needs in order to go on.

    Attributes
    ----------
    epoch : int
        Complete passes over the training samples.
    position : int
        Samples learned in the pass that has begun.
    pot : ndarray, shape (species,), concentration
        What is in the pot between two samples: the parameters.
    errors : ndarray, shape (samples, outputs), concentration
        Errors measured so far in the pass that has begun.
    times : ndarray, shape (samples,), time units of the rate constants
        How long each sample took, from its dose to the next.
    begun : ndarray, shape (species,), concentration, or None
        What was in the pot when the pass began, the last good state; that is `pot` at position 0.
    retries : tuple of Retry
        Epochs that were begun again; the last has the rate that is in use.
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
    """What was measured in and after one epoch.

    Attributes
    ----------
    epoch : int
        Counted from 1.
    train_loss : float
        Mean of half the squared error, each measured just before the sample was learned from.
    validation_loss : float
        The same over the validation samples, after the epoch.
    accuracy : float or None
        Fraction of the validation samples that are classified rightly.
    test_accuracy : float or None
        The same over the task's test grid, where it was measured.
    period : float, time units of the rate constants
        Mean time from one dose to the next.
    parameters : tuple of float, concentration
        Values of the trained parameters, rail minus rail.
    """

    epoch: int
    train_loss: float
    validation_loss: float
    accuracy: float | None
    test_accuracy: float | None
    period: float
    parameters: tuple[float, ...]
