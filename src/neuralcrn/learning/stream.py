"""Online training on a stream of samples, in order."""

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
    """Return the state of a pot before one sample, after `begun` others."""
    return TrainingState(begun, 0, pot, np.zeros((1, outputs)), np.zeros(1))


def learn_stream(
    trainer: Trainer, state: TrainingState, samples: Sequence[Task], rows: NDArray[np.int64]
) -> tuple[Table, Table]:
    """Execute one training step per sample.

    Parameters
    ----------
    trainer : Trainer
        The circuit with its executor.
    state : TrainingState
        Contents of the pot, and the number of samples so far.
    samples : sequence of Task
        Tasks of one training sample each.
    rows : ndarray of int64, shape (samples,)
        Row indices of the samples in the user's table, for messages.

    Returns
    -------
    ndarray, ndarray
        The pot after the last step, and the error of each sample, shape (samples, outputs).

    Raises
    ------
    DivergenceError
        If an integration fails or a parameter leaves its range; the message gives the row.
    """
    pot, errors = state.pot, np.empty((len(samples), state.errors.shape[1]))
    for step, sample in enumerate(samples):
        # A trainer orders its samples by its seed; a single sample has only one order.
        trainer.task = sample
        try:
            *_, reached = trainer.advance(before_sample(pot, state.epoch + step, errors.shape[1]))
        except DivergenceError as error:
            row = rows[step] + 1
            raise DivergenceError(f"row {row} of this call, taken as one epoch: {error}") from error
        pot, errors[step] = reached.pot, reached.errors[0]
    return pot, errors
