"""Handling of divergence: the learning rate is halved and the epoch repeated."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from neuralcrn.compiler.oracle import Oracle
from neuralcrn.compiler.solution import Vector
from neuralcrn.errors import (
    DivergenceError,
    NeuralCRNError,
    NeuralCRNWarning,
    SimulationError,
    StoppedClockError,
)
from neuralcrn.learning.gain import largest_rate
from neuralcrn.learning.state import Metrics, Retry, TrainingState
from neuralcrn.learning.trainer import Trainer, half_squared_error

RETRIES = 8
"""Maximum number of repeated epochs of a training."""
_LARGEST_LOSS = 1e3
"""Loss relative to that of the mean of the targets above which an epoch counts as diverged."""


def begin_again(
    trainer: Trainer, state: TrainingState, error: SimulationError
) -> tuple[Trainer, TrainingState]:
    """Return the trainer with half the learning rate and the state at the beginning of the epoch, with a
    warning.

    Raises
    ------
    DivergenceError
        If a lower rate cannot help, or was tried too often; the message contains suggestions, if there are
        any.
    """
    if isinstance(error, StoppedClockError) or trainer.kinetics.is_stochastic:
        raise error
    start = state.pot if state.position == 0 or state.begun is None else state.begun
    last = trainer.program.circuit.learning_rate
    in_vain = bool(state.retries) and state.retries[-1].reason == str(
        error
    )  # the failure occurred before the first update
    if in_vain or len(state.retries) >= RETRIES:
        first = last * 2.0 ** len(state.retries)
        found = _found(trainer, trainer.empty_epoch(start, state.epoch))
        raise DivergenceError(
            f"{error}. Lower rates do not help: {first:g} was halved down to {last:g}; {found}"
        ) from error
    retry = Retry(state.epoch + 1, last / 2.0, str(error))
    warnings.warn(f"{retry}{_advice(trainer, start)}", NeuralCRNWarning, stacklevel=2)
    slower = trainer.with_program(trainer.program.recompiled(learning_rate=retry.learning_rate))
    return slower, slower.empty_epoch(start, state.epoch, (*state.retries, retry))


def check_loss(trainer: Trainer, measured: Metrics) -> None:
    """Raise an error for an epoch with a very large loss, even if all integrations succeeded.

    Raises
    ------
    DivergenceError
        If its loss is more than a thousand times that of the mean of the targets.
    """
    targets = trainer.task.train.targets
    limit = _LARGEST_LOSS * half_squared_error(targets - targets.mean(axis=0))
    if measured.train_loss > limit > 0.0:
        raise DivergenceError(
            f"epoch {measured.epoch}: the training loss {measured.train_loss:.3g} is over "
            f"{_LARGEST_LOSS:,.0f} times that of the mean of the targets: training diverges"
        )


def _advice(trainer: Trainer, start: Vector) -> str:
    """Return the largest learning rate that does not increase an error in the first step from a pot."""
    circuit = trainer.program.circuit
    parameters = trainer.executable.signed(start, circuit.trained_parameters)
    try:
        limit = largest_rate(Oracle.of(circuit), parameters, trainer.task.train)
    except SimulationError:  # the states diverge for any learning rate
        return ""
    return f"; the largest with which no step from there increases its error is {limit:.3g}"


def _found(trainer: Trainer, state: TrainingState) -> str:
    """Try other options for one epoch and report which of them succeed."""
    circuit = trainer.program.circuit
    half = {"horizon": circuit.horizon / 2.0, "feedback_horizon": circuit.feedback_duration / 2.0}
    trials: Mapping[str, Mapping[str, Any]] = {
        "gradient frozen": {"rule": "frozen"},
        f"horizon {half['horizon']:g}": half,
    }
    for said, changes in trials.items():
        try:
            trainer.with_program(trainer.program.recompiled(**changes)).epoch(state, test=False)
        except NeuralCRNError:
            continue
        return f"with {said} this epoch succeeds: choose that"
    return f"neither do {' and '.join(trials)}: choose another circuit"
