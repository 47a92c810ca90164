"""Result of one training of the report, and its restoration for figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self, final

import numpy as np

from neuralcrn.engines.work import Working, executed
from neuralcrn.errors import DivergenceError
from neuralcrn.learning import Metrics, Progress, Trainer, TrainingState, begin_training
from neuralcrn.learning.loop import continue_training, next_progress
from neuralcrn.studies.reproduction.experiments import Experiment
from neuralcrn.tasks import Task


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult:
    """Saved results of one training.

    Attributes
    ----------
    seed : int
        Seed of data, initial parameters and order of samples.
    metrics : tuple of Metrics
        One per epoch; the test grid is evaluated after the last one.
    pot : tuple of float, concentration
        Final contents of the pot, in the order of `Program.pot_species`.
    species, reactions, max_order : int
        Size of the program.
    doses : int
        Number of dosed training samples.
    failure : str
        Reason of failure; empty if the training succeeded.
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
        """Return the reported measure; the worst possible value for a failed training."""
        if self.failure:
            return float("inf") if experiment.smaller_is_better else 0.0
        return float(getattr(self.metrics[-1], experiment.measure))

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Restore a measurement from plain values."""
        kept: dict[str, Any] = {
            **data,
            "metrics": tuple(map(Metrics.from_json, data["metrics"])),
            "pot": tuple(data["pot"]),
        }
        return cls(**kept)


def task_of(experiment: Experiment, seed: int) -> Task:
    """Return the data of an experiment."""
    return replace(experiment.spec, seed=seed).make_task()


def prepare(experiment: Experiment, seed: int) -> Progress:
    """Begin the training of an experiment.

    The task has no test grid, because the report evaluates it only once.
    """
    spec = replace(experiment.spec, seed=seed)
    return begin_training(spec, replace(spec.make_task(), test=None), threads=1)


def train(experiment: Experiment, seed: int) -> Working[TrainingResult]:
    """Train once by simulated reactions, together with others; divergence is reported as a result."""
    progress = prepare(experiment, seed)
    failure = ""
    try:
        while progress.state.epoch < progress.epochs:
            progress = yield from next_progress(progress, retry=False)
    except DivergenceError as error:
        failure = str(error)
    return (yield from _result(experiment, progress, failure))


def train_alone(experiment: Experiment, seed: int) -> TrainingResult:
    """Do the same as `train` with machine code of its own: two lanes would take longer."""
    progress = prepare(experiment, seed)
    failure = ""
    try:
        for reached in continue_training(progress, retry=False):
            progress = reached
    except DivergenceError as error:
        failure = str(error)
    return executed(_result(experiment, progress, failure))


def _result(experiment: Experiment, progress: Progress, failure: str) -> Working[TrainingResult]:
    """Evaluate the test grid, and return what is saved of a training."""
    trainer = progress.trainer
    metrics = list(progress.metrics)
    grid = task_of(experiment, trainer.seed).test
    if grid is not None and metrics and not failure:
        outputs = yield from trainer.predicting(progress.state, grid.features)
        metrics[-1] = replace(metrics[-1], test_accuracy=trainer.task.accuracy(outputs, grid.targets))
    program = trainer.program
    return TrainingResult(
        seed=trainer.seed,
        metrics=tuple(metrics),
        pot=tuple(progress.state.pot.tolist()),
        species=len(program.species),
        reactions=program.reaction_count,
        max_order=program.max_order,
        doses=progress.done,
        failure=failure,
    )


def take_up(
    experiment: Experiment, measurement: TrainingResult
) -> tuple[Trainer, TrainingState, TrainingState]:
    """Return the trainer of a measured training, with its initial and final states."""
    begun = prepare(experiment, measurement.seed)
    before = begun.state
    after = TrainingState(len(measurement.metrics), 0, np.array(measurement.pot), before.errors, before.times)
    return begun.trainer, before, after
