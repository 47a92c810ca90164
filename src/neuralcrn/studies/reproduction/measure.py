"""One training of the report, measured: what is kept of it, and how it is taken up again to be drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self, final

import numpy as np

from neuralcrn.circuits import Circuit
from neuralcrn.engines import lower
from neuralcrn.errors import DivergenceError
from neuralcrn.learning import (
    Metrics,
    Progress,
    Setting,
    Trainer,
    TrainingState,
    circuit_for,
    continue_training,
    default_tolerances,
    initial_laws,
    plan,
)
from neuralcrn.studies.reproduction.experiments import Experiment
from neuralcrn.tasks import Task, make_task


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What is kept of one training.

    Attributes
    ----------
    seed : int
        Of data, initial parameters and order.
    metrics : tuple of Metrics
        One an epoch; the test grid is measured after the last.
    pot : tuple of float, concentration
        What the pot held at the end, in the order of the lowered program.
    species, reactions, max_order : int
        Size of the program.
    doses : int
        Samples that were dosed to learn from.
    failure : str
        Why the training stopped before its end; empty if it did not.
    """

    seed: int
    metrics: tuple[Metrics, ...]
    pot: tuple[float, ...]
    species: int
    reactions: int
    max_order: int
    doses: int
    failure: str = ""

    def value(self, experiment: Experiment) -> float:
        """Return the reported measure; the worst that there is for a training that failed."""
        if self.failure:
            return float("inf") if experiment.smaller_is_better else 0.0
        return float(getattr(self.metrics[-1], experiment.measure))

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read a measurement back from plain values."""
        rows: list[dict[str, Any]] = data["metrics"]
        kept: dict[str, Any] = {
            **data,
            "metrics": tuple(Metrics(**dict(row, parameters=tuple(row["parameters"]))) for row in rows),
            "pot": tuple(data["pot"]),
        }
        return cls(**kept)


def setting_of(experiment: Experiment) -> Setting:
    """Return the recorded setting of an experiment, with its own options in place of the recorded ones."""
    _, _, setting = plan(
        experiment.task,
        experiment.circuit,
        gradient=experiment.gradient,
        epochs=experiment.epochs,
        **dict(experiment.options),
    )
    return setting


def circuit_of(experiment: Experiment, task: Task) -> Circuit:
    """Return the circuit of an experiment."""
    return circuit_for(task, experiment.circuit, experiment.gradient, setting_of(experiment))


def task_of(experiment: Experiment, seed: int) -> Task:
    """Return the data of an experiment."""
    return make_task(experiment.task, seed, **setting_of(experiment).task_options)


def prepare(experiment: Experiment, seed: int) -> tuple[Trainer, TrainingState]:
    """Return the trainer of an experiment and the state before training.

    Its task is without the test grid: the report wants that measured once, not after every epoch.
    """
    task = task_of(experiment, seed)
    lowered = lower(circuit_of(experiment, task).compile(experiment.autonomy))
    tolerances = default_tolerances(experiment.autonomy)
    trainer = Trainer(lowered, replace(task, test=None), seed=seed, tolerances=tolerances, threads=1)
    return trainer, trainer.fresh_state(initial_laws(experiment.circuit, setting_of(experiment)))


def measure(experiment: Experiment, seed: int) -> Measurement:
    """Train once by simulated reactions; a training that diverges is a result too."""
    trainer, state = prepare(experiment, seed)
    progress = Progress(trainer, state, setting_of(experiment).epochs)
    failure = ""
    try:
        for reached in continue_training(progress):
            progress = reached
    except DivergenceError as error:
        failure = str(error)
    metrics = list(progress.metrics)
    grid = task_of(experiment, seed).test
    if grid is not None and metrics and not failure:
        outputs = trainer.predict(progress.state, grid.features)
        metrics[-1] = replace(metrics[-1], test_accuracy=trainer.task.accuracy(outputs, grid.targets))
    program = trainer.lowered.program
    return Measurement(
        seed=seed,
        metrics=tuple(metrics),
        pot=tuple(progress.state.pot.tolist()),
        species=len(program.species),
        reactions=program.reaction_count,
        max_order=program.max_order,
        doses=progress.done,
        failure=failure,
    )


def take_up(experiment: Experiment, measurement: Measurement) -> tuple[Trainer, TrainingState, TrainingState]:
    """Return the trainer of a measured training, with its states before and after."""
    trainer, before = prepare(experiment, measurement.seed)
    after = TrainingState(len(measurement.metrics), 0, np.array(measurement.pot), before.errors, before.times)
    return trainer, before, after
