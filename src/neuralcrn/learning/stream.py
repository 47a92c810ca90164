"""Samples that come one by one: each is learned from once, in the order in which it came."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import DivergenceError
from neuralcrn.learning.state import TrainingState
from neuralcrn.learning.trainer import Trainer
from neuralcrn.tasks import Task

Table = NDArray[np.float64]


def before_sample(pot: Table, begun: int = 0, outputs: int = 0) -> TrainingState:
    """Return the state of a pot before one sample, to which `begun` others have come."""
    return TrainingState(begun, 0, pot, np.zeros((1, outputs)), np.zeros(1))


def learn_stream(
    trainer: Trainer, state: TrainingState, samples: Sequence[Task], rows: NDArray[np.int64]
) -> tuple[Table, Table]:
    """Play one training step for each sample.

    Parameters
    ----------
    trainer : Trainer
        The circuit on the engine.
    state : TrainingState
        What is in the pot, and how many samples have come to it.
    samples : sequence of Task
        Tasks of one training sample each.
    rows : ndarray of int64, shape (samples,)
        Rows of the user's table that they stand in, from 0, for messages.

    Returns
    -------
    ndarray, ndarray
        The pot after the last step, and the error of each sample, shape (samples, outputs).

    Raises
    ------
    DivergenceError
        If a solve fails or a parameter leaves its range, with the row.
    """
    pot, errors = state.pot, np.empty((len(samples), state.errors.shape[1]))
    for step, sample in enumerate(samples):
        # A trainer orders its samples by its seed; of one sample there is one order.
        trainer.task = sample
        try:
            *_, reached = trainer.advance(before_sample(pot, state.epoch + step, errors.shape[1]))
        except DivergenceError as error:
            row = rows[step] + 1
            raise DivergenceError(f"row {row} of this call, taken as one epoch: {error}") from error
        pot, errors[step] = reached.pot, reached.errors[0]
    return pot, errors
