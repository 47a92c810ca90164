"""Recorded settings of time series."""

from __future__ import annotations

from typing import Any

from neuralcrn.learning.spec import TrainingSpec

_TASKS = ("narma-2", "narma-10", "mackey-glass", "memory-capacity", "logistic-chaos")
_BANKS = ("switches", "parallel-switches", "chemical-synapse", "electrical-synapse")
_DISTANT = {"rule_constants": {"covariance": 1e5}}
"""Inputs of long ago have little effect on the states, so their weights are large."""


def _recursive(task: str, circuit: str) -> TrainingSpec:
    """Return the training by recursive least squares, which needs the samples once."""
    options: dict[str, Any] = _DISTANT if task == "memory-capacity" else {}
    return TrainingSpec(
        task=task, circuit=circuit, rule="recursive-least-squares", circuit_options=options, epochs=1
    )


def _mean(task: str, circuit: str) -> TrainingSpec:
    """Return the training by least mean squares."""
    return TrainingSpec(
        task=task,
        circuit=circuit,
        rule="least-mean-squares",
        circuit_options={"learning_rate": 0.005},
        epochs=20,
    )


SERIES_SPECS = tuple(make(task, bank) for make in (_recursive, _mean) for task in _TASKS for bank in _BANKS)
"""Recorded trainings on time series."""
