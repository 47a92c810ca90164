"""Figures of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from neuralcrn.plots import (
    cycle_figure,
    fit_figure,
    loss_figure,
    parameter_figure,
    save,
    step_figure,
)
from neuralcrn.plots.columns import Labels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neuralcrn.runs import Session


def draw_run(session: Session, image: str) -> Path:
    """Draw loss, fit or decision map, parameters and one training step; return their folder."""
    folder = session.folder / "figures"
    folder.mkdir(exist_ok=True)
    for draw in RUN_FIGURES.values():
        name, figure = draw(session)
        save(figure, folder / f"{name}.{image}")
    return folder


def _loss(session: Session) -> tuple[str, Figure]:
    return "loss", loss_figure(session.metrics)


def _parameters(session: Session) -> tuple[str, Figure]:
    circuit = session.trainer.program.circuit
    names = [str(parameter) for parameter in circuit.trained_parameters]
    labels = Labels(circuit, session.task.feature_names)
    return "parameters", parameter_figure(session.metrics, names, labels)


def _step(session: Session) -> tuple[str, Figure]:
    trainer, task = session.trainer, session.task
    features, targets = task.train.features[0], task.train.targets[0]
    if trainer.program.is_pot:
        cycle = trainer.executable.record(session.state.pot, features, targets, points=400)
        return "cycle", cycle_figure(cycle, task.feature_names)
    step = trainer.executable.record(session.state.pot, features, targets)
    return "step", step_figure(step, task.feature_names)


def _fit(session: Session) -> tuple[str, Figure]:
    trainer, before = session.trainer, session.fresh_state()
    return fit_figure(
        session.task, lambda x: trainer.predict(before, x), lambda x: trainer.predict(session.state, x)
    )


RUN_FIGURES: Mapping[str, Callable[[Session], tuple[str, Figure]]] = {
    "loss": _loss,
    "parameters": _parameters,
    "step": _step,
    "fit": _fit,
}
"""Functions of a run that return the name of the file of a figure, and the figure."""
