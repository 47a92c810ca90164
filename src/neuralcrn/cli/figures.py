"""The figures of a run."""

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
from neuralcrn.training.recording import record_step

if TYPE_CHECKING:
    from neuralcrn.runs import Session


def draw_run(session: Session) -> Path:
    """Draw loss, fit or decision map, parameters and one training step; return their folder."""
    folder = session.folder / "figures"
    folder.mkdir(exist_ok=True)
    trainer, task = session.trainer, session.task
    program = trainer.lowered.program
    names = [str(parameter) for parameter in program.circuit.trained_parameters]
    save(loss_figure(session.metrics), folder / "loss.png")
    save(parameter_figure(session.metrics, names), folder / "parameters.png")
    features, targets = task.train.features[0], task.train.targets[0]
    if program.gates:
        cycle = record_step(trainer.lowered, session.state.pot, features, targets, points=400)
        save(cycle_figure(cycle), folder / "cycle.png")
    else:
        step = record_step(trainer.lowered, session.state.pot, features, targets)
        save(step_figure(step), folder / "step.png")
    before = session.fresh_state()
    name, fit = fit_figure(
        task, lambda x: trainer.predict(before, x), lambda x: trainer.predict(session.state, x)
    )
    save(fit, folder / f"{name}.png")
    return folder
