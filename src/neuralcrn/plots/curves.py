"""Figures as a function of the epoch: loss, accuracy and parameters."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Variable
from neuralcrn.errors import InvalidValueError, printable
from neuralcrn.plots.style import (
    BLUE,
    COLUMN_WIDTH,
    GREEN,
    GREY,
    LOSS_LABEL,
    PAGE_WIDTH,
    PALE,
    PALETTE,
    VERMILLION,
    distinct,
    legend_above,
    log_axis,
    new_figure,
    paper_style,
    symbol,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neuralcrn.learning import Metrics

_DECADE = 10.0
_FEW_EPOCHS = 15
"""Maximum number of epochs that are marked by dots."""
_FEW_TRACES = 6
"""Maximum number of traces in a panel with separate colours and names."""
_SHORT_LABEL = 18
"""Width of a label in characters, of which four fit side by side."""
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[([0-9]+(?:,[0-9]+)*)\])?")


def loss_figure(metrics: Sequence[Metrics]) -> Figure:
    """Draw training and validation loss as a function of the epoch, and the accuracy below if there is one.

    Parameters
    ----------
    metrics : sequence of Metrics
        One per epoch, as returned by `train_task`. The loss is half the squared error (concentration
        squared); its axis is logarithmic if it spans more than a decade.

    Raises
    ------
    InvalidValueError
        If there are no metrics.

    Examples
    --------
    >>> from neuralcrn.learning import Metrics
    >>> figure = loss_figure([Metrics(k, 100.0**-k, 0.1, None, None, 1.0, b"") for k in (1, 2)])
    >>> figure.axes[0].get_yscale()
    'log'
    """
    _check_not_empty(metrics)
    losses = {
        "training": [m.train_loss for m in metrics],
        "validation": [m.validation_loss for m in metrics],
    }
    accuracies = {
        name: values
        for name, values in (
            ("validation", [m.accuracy for m in metrics]),
            ("test", [m.test_accuracy for m in metrics]),
        )
        if None not in values
    }
    colours = {"training": BLUE, "validation": VERMILLION, "test": GREEN}
    epochs = [m.epoch for m in metrics]
    figure = new_figure(COLUMN_WIDTH, 4.0 if accuracies else 2.4)
    with paper_style():
        panels = figure.subplots(2 if accuracies else 1, 1, sharex=True, squeeze=False)[:, 0]
        for name, values in losses.items():
            panels[0].plot(epochs, values, label=name, color=colours[name], marker=_marker(len(epochs)))
        loss_axis(panels[0], [value for values in losses.values() for value in values])
        legend_above(panels[0], 2)
        for name, values in accuracies.items():
            panels[-1].plot(epochs, values, label=name, color=colours[name], marker=_marker(len(epochs)))
        if accuracies:
            panels[-1].set_ylim(-0.02, 1.02)
            panels[-1].set_ylabel("accuracy (fraction right)")
            legend_above(panels[-1], 2)
        epoch_axis(panels[-1], epochs)
    return figure


def parameter_figure(
    metrics: Sequence[Metrics], names: Sequence[str], label: Callable[[Variable], str] = symbol
) -> Figure:
    """Draw the trained parameters as a function of the epoch, with one panel for each array of parameters.

    In a panel with many parameters, those that change most are labelled, and the others are pale.

    Parameters
    ----------
    metrics : sequence of Metrics
        One per epoch.
    names : sequence of str
        Mathematical names in the order of `Metrics.parameters`: ``theta[0,1]``, ``b[0]``, given by
        ``[str(p) for p in circuit.trained_parameters]``.
    label : callable
        Function that returns the label of a parameter; `Labels` adds columns of the data.

    Raises
    ------
    InvalidValueError
        If there are no metrics or names, or their numbers differ.

    Examples
    --------
    >>> from neuralcrn.learning import Metrics, pack
    >>> metrics = [Metrics(1, 0.5, 0.4, None, None, 1.0, pack([0.1, 0.2, 0.3]))]
    >>> figure = parameter_figure(metrics, ["w[0]", "w[1]", "b[0]"])
    >>> len(figure.axes)
    2
    """
    _check_not_empty(metrics)
    variables = [_variable(name) for name in names]
    if not variables or any(len(m.parameters) != len(variables) for m in metrics):
        counts = sorted({len(m.parameters) for m in metrics})
        raise InvalidValueError(
            f"parameters: {len(variables)} names for {counts} values an epoch: give one name for each value"
        )
    arrays = dict.fromkeys(variable.name for variable in variables)
    long = any(len(label(variable)) > _SHORT_LABEL for variable in variables)
    columns = min(_columns(len(arrays)), 2 if long else 3)
    entries = 2 if long else 4 if columns == 1 else 3
    rows = math.ceil(len(arrays) / columns)
    epochs = np.array([m.epoch for m in metrics])
    values = np.array([m.parameters for m in metrics])
    figure = new_figure(PAGE_WIDTH if columns > 1 else COLUMN_WIDTH, 0.2 + 2.1 * rows)
    with paper_style():
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for panel, array in zip(panels, arrays, strict=False):
            members = [k for k, variable in enumerate(variables) if variable.name == array]
            _draw_array(
                panel, epochs, values[:, members], [(variables[k], label(variables[k])) for k in members]
            )
            legend_above(panel, min(entries, len(panel.get_legend_handles_labels()[0])))
        for panel in panels[len(arrays) :]:
            panel.remove()
    return figure


def _draw_array(
    panel: Axes,
    epochs: NDArray[np.int64],
    values: NDArray[np.float64],
    named: Sequence[tuple[Variable, str]],
) -> None:
    """Draw the traces of one array; if there are many, those that change most have colours and labels."""
    panel.axhline(0.0, color=GREY, linewidth=0.4, zorder=0)
    moving = np.argsort(-np.ptp(values, axis=0), kind="stable").tolist()
    for k in moving[_FEW_TRACES:]:
        panel.plot(epochs, values[:, k], color=PALE, linewidth=0.6, zorder=1)
    traces = distinct([(named[k][1], values[:, k]) for k in sorted(moving[:_FEW_TRACES])])
    for colour, (name, trace) in zip(PALETTE, traces, strict=False):
        panel.plot(epochs, trace, color=colour, label=name, marker=_marker(len(epochs)))
    if len(moving) > _FEW_TRACES:
        panel.plot([], [], color=PALE, linewidth=0.6, label=f"{len(moving) - _FEW_TRACES} others")
    panel.set_ylabel(f"{symbol(Variable(named[0][0].name))} (concentration)")
    epoch_axis(panel, epochs.tolist())


def epoch_axis(panel: Axes, epochs: Sequence[int]) -> None:
    """Label the horizontal axis with epochs."""
    from matplotlib.ticker import MaxNLocator

    panel.set_xlabel("epoch")
    panel.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=True))
    if len(epochs) == 1:
        panel.set_xlim(epochs[0] - 1, epochs[0] + 1)


def loss_axis(panel: Axes, values: Sequence[float]) -> None:
    """Label the axis of losses, and make it logarithmic if they span more than a decade.

    Zero cannot be shown on a logarithmic axis.
    """
    panel.set_ylabel(LOSS_LABEL)
    finite = [value for value in values if math.isfinite(value)]
    if finite and min(finite) > 0.0 and max(finite) > _DECADE * min(finite):
        log_axis(panel)


def _marker(count: int) -> str:
    return "o" if count <= _FEW_EPOCHS else ""


def _columns(panels: int) -> int:
    """Return the number of panels per row: four form a square, others rows of three."""
    return 2 if panels == 4 else min(panels, 3)


def _variable(name: str) -> Variable:
    match = _NAME.fullmatch(name)
    if match is None:
        raise InvalidValueError(
            f"parameter name {printable(name)!r}: give a name with its index, such as theta[0,1]"
        )
    array, index = match.groups()
    return Variable(array, tuple(map(int, index.split(","))) if index else ())


def _check_not_empty(metrics: Sequence[Metrics]) -> None:
    if not metrics:
        raise InvalidValueError("no metrics to draw: train for at least one epoch")
