"""A finished training as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuralcrn.display import Document, Fold, Picture, Table, thinned

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from neuralcrn.learning.api import Trained

_MEASURES = {
    "training loss": "train_loss",
    "validation loss": "validation_loss",
    "validation accuracy": "accuracy",
    "test accuracy": "test_accuracy",
    "validation NRMSE": "nrmse",
    "sum of squared correlations": "capacity",
    "time from dose to dose": "period",
}
"""Labels of `Metrics`."""


def trained_document(trained: Trained) -> Document:
    """Return the measures of the first and the last epoch, the losses over epochs and the parameters."""
    ends = (*trained.metrics[:1], *trained.metrics[1:][-1:])
    rows = [(name, [getattr(metrics, field) for metrics in ends]) for name, field in _MEASURES.items()]
    measured = [(name, *map(_number, values)) for name, values in rows if values != [None] * len(ends)]
    head = ("", *(f"epoch {metrics.epoch}" for metrics in ends))
    measures = Table.of(head, measured, tuple, title=describe_trained(trained))
    circuit = trained.trainer.program.circuit
    values = zip(circuit.trained_parameters, trained.trainer.parameters(trained.state), strict=True)
    learned = [(str(parameter), f"{value:.6g}") for parameter, value in values]
    parameters = Table.of(("parameter", "concentration"), learned, tuple)
    return Document.of(measures, *_curve(trained), Fold(f"{len(learned)} parameters", (parameters,)))


def describe_trained(trained: Trained) -> str:
    """Return a summary in one line."""
    circuit, task = trained.trainer.program.circuit, trained.trainer.task
    return f"circuit {circuit.name} trained on task {task.name}, {len(trained.metrics):,} epochs"


def _curve(trained: Trained) -> list[Picture]:
    """Return the losses over epochs, where there are several."""
    shown = [trained.metrics[place] for place in thinned(len(trained.metrics))]

    def draw(axes: Axes) -> None:
        from matplotlib.ticker import MaxNLocator

        epochs = [metrics.epoch for metrics in shown]
        losses = np.array([[metrics.train_loss, metrics.validation_loss] for metrics in shown])
        axes.plot(epochs, losses, label=["training", "validation"])
        axes.set_xlabel("epoch")
        axes.set_ylabel("half squared error")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if losses.max() > 10.0 * losses.min() > 0.0:
            axes.set_yscale("log")
        axes.legend(frameon=False)

    return [Picture(draw)] if len(shown) > 1 else []


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
