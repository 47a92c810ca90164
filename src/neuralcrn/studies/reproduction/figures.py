"""Figures of an experiment as PNG in base64: of all its runs, and of a typical one."""

from __future__ import annotations

import base64

from neuralcrn.plots import (
    cycle_figure,
    data_figure,
    fit_figure,
    loss_seeds_figure,
    parameter_figure,
    png_of,
)
from neuralcrn.plots.columns import Labels
from neuralcrn.studies.reproduction.experiments import Experiment
from neuralcrn.studies.reproduction.training import TrainingResult, take_up, task_of

_CYCLE_POINTS = 400


def draw(experiment: Experiment, runs: tuple[TrainingResult, ...], typical: TrainingResult) -> dict[str, str]:
    """Return the figures of an experiment by caption.

    Predictions of the typical run are simulated again from its final concentrations.
    """
    trainer, before, after = take_up(experiment, typical)
    task = task_of(experiment, typical.seed)
    circuit = trainer.program.circuit
    names = [str(parameter) for parameter in circuit.trained_parameters]
    label = Labels(circuit, task.feature_names)
    _, fit = fit_figure(task, lambda x: trainer.predict(before, x), lambda x: trainer.predict(after, x))
    seed = f"seed {typical.seed}"
    figures = {} if task.ordered else {f"Training samples ({seed}).": data_figure(task)}
    figures[f"Predictions ({seed})."] = fit
    if any(run.metrics for run in runs):
        losses = loss_seeds_figure([run.metrics for run in runs])
        figures["Losses over epochs: every seed, and the median."] = losses
    if typical.metrics:
        figures[f"Parameters over epochs ({seed})."] = parameter_figure(typical.metrics, names, label)
    if trainer.program.is_pot:
        step = trainer.executable.record(
            after.pot,
            task.train.features[0],
            task.train.targets[0],
            points=_CYCLE_POINTS,
        )
        figures[f"One cycle of the pot after training ({seed})."] = cycle_figure(step, task.feature_names)
    return {caption: base64.b64encode(png_of(figure)).decode() for caption, figure in figures.items()}
