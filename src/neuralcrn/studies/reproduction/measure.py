"""One training of the report, measured: what is kept of it, and how it is taken up again to be drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self, final

import numpy as np

from neuralcrn.errors import DivergenceError
from neuralcrn.learning import Metrics, Progress, Trainer, TrainingState, begin_training, continue_training
from neuralcrn.studies.reproduction.experiments import Experiment
from neuralcrn.tasks import Task


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
        What the pot held at the end, in the order of `Program.pot_species`.
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


def task_of(experiment: Experiment, seed: int) -> Task:
    """Return the data of an experiment."""
    return replace(experiment.spec, seed=seed).make_task()


def prepare(experiment: Experiment, seed: int) -> Progress:
    """Begin the training of an experiment.

    Its task is without the test grid: the report wants that measured once, not after every epoch.
    """
    spec = replace(experiment.spec, seed=seed)
    return begin_training(spec, replace(spec.make_task(), test=None), threads=1)


def measure(experiment: Experiment, seed: int) -> Measurement:
    """Train once by simulated reactions; a training that diverges is a result too."""
    progress = prepare(experiment, seed)
    trainer = progress.trainer
    failure = ""
    try:
        for reached in continue_training(progress, retry=False):
            progress = reached
    except DivergenceError as error:
        failure = str(error)
    metrics = list(progress.metrics)
    grid = task_of(experiment, seed).test
    if grid is not None and metrics and not failure:
        outputs = trainer.predict(progress.state, grid.features)
        metrics[-1] = replace(metrics[-1], test_accuracy=trainer.task.accuracy(outputs, grid.targets))
    program = trainer.program
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
    begun = prepare(experiment, measurement.seed)
    before = begun.state
    after = TrainingState(len(measurement.metrics), 0, np.array(measurement.pot), before.errors, before.times)
    return begun.trainer, before, after
