"""Figures of training data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuralcrn.errors import InvalidValueError, printable
from neuralcrn.plots.columns import axis_label
from neuralcrn.plots.style import (
    COLUMN_WIDTH,
    PALETTE,
    beside_bar,
    legend_above,
    new_figure,
    paper_style,
    plain,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neuralcrn.tasks import Task

_MARKERS = "os^Dv<>"


def data_figure(task: Task) -> Figure:
    """Draw the training samples as a function of their first two features, coloured by target or class.

    Parameters
    ----------
    task : Task
        With at least two features; for a regression with one target.

    Raises
    ------
    InvalidValueError
        If the task has one feature, or is a regression with several targets.

    Examples
    --------
    >>> from neuralcrn.tasks import make_task
    >>> figure = data_figure(make_task("xor"))
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
    ('x1 (concentration)', 'x2 (concentration)')
    """
    if task.inputs < 2 or (task.kind == "regression" and task.outputs > 1):
        raise InvalidValueError(
            f"task {printable(task.name)}: its data are drawn over two features by one target, got "
            f"{task.inputs} features and {task.outputs} targets"
        )
    x, y = task.train.features[:, 0], task.train.features[:, 1]
    figure = new_figure(COLUMN_WIDTH, 3.2)
    with paper_style():
        panel = figure.subplots()
        if task.kind == "regression":
            points = panel.scatter(x, y, c=task.train.targets[:, 0], s=20.0, cmap="viridis", linewidths=0.0)
            beside_bar(panel, points, "target (concentration)")
        else:
            labels = task.labels(task.train.targets)
            for k, name in enumerate(task.classes):
                mine = labels == k
                panel.scatter(
                    x[mine], y[mine], s=20.0, marker=_MARKERS[k % len(_MARKERS)],
                    color=PALETTE[k % len(PALETTE)], linewidths=0.0, label=plain(name, 12),
                )  # fmt: skip
            legend_above(panel, 3)
        panel.set(xlabel=axis_label(task, 0), ylabel=axis_label(task, 1))
        figure.suptitle(f"{plain(task.name)}: {len(task.train)} training samples", fontsize=8.0)
    return figure
