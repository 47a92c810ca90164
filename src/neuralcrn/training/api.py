"""Training in one call, for scripts; the command line adds run folders and progress."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.circuits import Circuit, make_circuit
from neuralcrn.tasks import Task, make_task
from neuralcrn.training.lowering import lower
from neuralcrn.training.settings import (
    DEFAULT_CIRCUIT,
    Setting,
    default_gradient,
    find_setting,
    initial_laws,
    override,
)
from neuralcrn.training.trainer import Metrics, Tolerances, Trainer, TrainingState, default_tolerances


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A finished training.

    Attributes
    ----------
    trainer : Trainer
        The circuit with its task.
    state : TrainingState
        The pot after the last epoch.
    metrics : tuple of Metrics
        One an epoch.
    """

    trainer: Trainer
    state: TrainingState
    metrics: tuple[Metrics, ...]

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the outputs of the trained chemistry for features of shape (n, inputs)."""
        return self.trainer.predict(self.state, features)


def plan(
    task: str, circuit: str | None = None, *, gradient: str | None = None, **options: Any
) -> tuple[str, str, Setting]:
    """Return circuit, gradient mode and setting for a task, with what is given in place of defaults."""
    name = circuit or DEFAULT_CIRCUIT.get(task, "mixing")
    mode = gradient or default_gradient(task, name)
    return name, mode, override(find_setting(task, name, mode), **options)


def circuit_for(task: Task, circuit: str, gradient: str, setting: Setting) -> Circuit:
    """Return the circuit of a family that fits a task."""
    fitting = {
        "outputs": task.outputs,
        "non_negative": task.non_negative_inputs,
        "positive_targets": task.non_negative_targets,
        "gradient": gradient,
    }
    return make_circuit(circuit, task.inputs, **{**fitting, **setting.circuit_options})


def train_task(
    task: str,
    circuit: str | None = None,
    *,
    gradient: str | None = None,
    autonomy: str = "staged",
    clock: str = "",
    seed: int = 0,
    epochs: int | None = None,
    tolerances: Tolerances | None = None,
    **circuit_options: Any,
) -> Trained:
    """Train a circuit on a task of the registry, by the recorded setting.

    Parameters
    ----------
    task, circuit : str
        Names in the registries; the task's default circuit if none is given.
    gradient : str, optional
        Gradient mode; the default of task and circuit if none is given.
    autonomy, clock : str
        Level at which the circuit is compiled, and the clock of an autonomous one; see `Circuit.compile`.
    seed : int
        Of data, initial parameters and order of the samples.
    epochs : int, optional
        Passes over the data.
    tolerances : Tolerances, optional
        Accuracy of every solve.
    **circuit_options
        Options of the family in place of the setting's.

    Examples
    --------
    >>> trained = train_task("linear-regression", epochs=2)
    >>> trained.metrics[1].train_loss < trained.metrics[0].train_loss
    True
    """
    name, mode, setting = plan(task, circuit, gradient=gradient, epochs=epochs, **circuit_options)
    data = make_task(task, seed, **setting.task_options)
    lowered = lower(circuit_for(data, name, mode, setting).compile(autonomy, clock))
    limits = tolerances or default_tolerances(autonomy)
    trainer = Trainer(lowered, data, seed=seed, tolerances=limits)
    state = trainer.fresh_state(initial_laws(name, setting))
    metrics: list[Metrics] = []
    begin = time.perf_counter()
    for epoch in range(setting.epochs):
        tests = autonomy == "staged" or epoch + 1 == setting.epochs
        state, measured = trainer.epoch(state, test=tests)
        metrics.append(measured)
        trainer.specialise_if_worth(
            (time.perf_counter() - begin) / (epoch + 1) * (setting.epochs - epoch - 1)
        )
    return Trained(trainer, state, tuple(metrics))
