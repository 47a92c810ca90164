"""Figures of a run."""

from __future__ import annotations

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
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    from neuralcrn.runs import Session


def draw_run(session: Session, image: str) -> Path:
    """Draw loss, fit or decision map, parameters and one training step; return their folder."""
    folder = session.folder / "figures"
    folder.mkdir(exist_ok=True)
    for name, figure in _figures(session):
        save(figure, folder / f"{name}.{image}")
    return folder


def _figures(session: Session) -> Iterator[tuple[str, Figure]]:
    trainer, task = session.trainer, session.task
    program = trainer.program
    names = [str(parameter) for parameter in program.circuit.trained_parameters]
    yield "loss", loss_figure(session.metrics)
    yield "parameters", parameter_figure(session.metrics, names, Labels(program.circuit, task.feature_names))
    features, targets = task.train.features[0], task.train.targets[0]
    if program.is_pot:
        cycle = trainer.executable.record(session.state.pot, features, targets, points=400)
        yield "cycle", cycle_figure(cycle, task.feature_names)
    else:
        step = trainer.executable.record(session.state.pot, features, targets)
        yield "step", step_figure(step, task.feature_names)
    before = session.fresh_state()
    yield fit_figure(task, lambda x: trainer.predict(before, x), lambda x: trainer.predict(session.state, x))
