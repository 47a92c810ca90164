"""Figures over epochs: loss, accuracy, and the parameters that the chemistry learned."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
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
    PAGE_WIDTH,
    PALETTE,
    VERMILLION,
    legend_above,
    new_figure,
    paper_style,
    symbol,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neuralcrn.training import Metrics

_DECADE = 10.0
_FEW_EPOCHS = 15
"""Up to this many epochs, each is marked by a dot."""
_FEW_TRACES = 6
"""Up to this many traces in a panel have a colour and a name of their own."""
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[([0-9]+(?:,[0-9]+)*)\])?")


def loss_figure(metrics: Sequence[Metrics]) -> Figure:
    """Draw training and validation loss over epochs, and the accuracy below where there is one.

    Parameters
    ----------
    metrics : sequence of Metrics
        One an epoch, as `train_task` returns them. The loss is half the squared error
        (concentration squared); its axis is logarithmic where it spans more than a decade.

    Raises
    ------
    InvalidValueError
        If there are no metrics.

    Examples
    --------
    >>> from neuralcrn.training import Metrics
    >>> figure = loss_figure([Metrics(k, 100.0**-k, 0.1, None, None, 1.0, ()) for k in (1, 2)])
    >>> figure.axes[0].get_yscale()
    'log'
    """
    _refuse_empty(metrics)
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
        panels[0].set_ylabel("loss (half squared error)")
        panels[0].set_yscale(scale_of([value for values in losses.values() for value in values]))
        legend_above(panels[0], 2)
        for name, values in accuracies.items():
            panels[-1].plot(epochs, values, label=name, color=colours[name], marker=_marker(len(epochs)))
        if accuracies:
            panels[-1].set_ylim(-0.02, 1.02)
            panels[-1].set_ylabel("accuracy (fraction right)")
            legend_above(panels[-1], 2)
        epoch_axis(panels[-1], epochs)
    return figure


def parameter_figure(metrics: Sequence[Metrics], names: Sequence[str]) -> Figure:
    """Draw the trained parameters over epochs, one panel for each array of parameters.

    Parameters
    ----------
    metrics : sequence of Metrics
        One an epoch.
    names : sequence of str
        Mathematical names in the order of `Metrics.parameters`: ``theta[0,1]``, ``b[0]``, that is
        ``[str(p) for p in circuit.trained_parameters]``.

    Raises
    ------
    InvalidValueError
        If there are no metrics or names, or they do not pair up.

    Examples
    --------
    >>> from neuralcrn.training import Metrics
    >>> metrics = [Metrics(1, 0.5, 0.4, None, None, 1.0, (0.1, 0.2, 0.3))]
    >>> figure = parameter_figure(metrics, ["w[0]", "w[1]", "b[0]"])
    >>> len(figure.axes)
    2
    """
    _refuse_empty(metrics)
    variables = [_variable(name) for name in names]
    if not variables or any(len(m.parameters) != len(variables) for m in metrics):
        counts = sorted({len(m.parameters) for m in metrics})
        raise InvalidValueError(
            f"parameters: {len(variables)} names for {counts} values an epoch: give one name for each value"
        )
    arrays = dict.fromkeys(variable.name for variable in variables)
    columns = _columns(len(arrays))
    rows = math.ceil(len(arrays) / columns)
    epochs = np.array([m.epoch for m in metrics])
    values = np.array([m.parameters for m in metrics])
    figure = new_figure(PAGE_WIDTH if columns > 1 else COLUMN_WIDTH, 0.2 + 2.1 * rows)
    with paper_style():
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for panel, array in zip(panels, arrays, strict=False):
            members = [k for k, variable in enumerate(variables) if variable.name == array]
            _draw_array(panel, epochs, values[:, members], [variables[k] for k in members])
        for panel in panels[len(arrays) :]:
            panel.remove()
    return figure


def _draw_array(
    panel: Axes, epochs: NDArray[np.int64], values: NDArray[np.float64], variables: Sequence[Variable]
) -> None:
    """Draw the traces of one array; many of them share a colour, since nobody can tell them apart."""
    few = len(variables) <= _FEW_TRACES
    panel.axhline(0.0, color=GREY, linewidth=0.4, zorder=0)
    for k, variable in enumerate(variables):
        (line,) = panel.plot(epochs, values[:, k], label=symbol(variable))
        if few:
            line.set(color=PALETTE[k], marker=_marker(len(epochs)))
        else:
            line.set(color=BLUE, alpha=0.55, linewidth=0.7)
    if few:
        legend_above(panel, len(variables) if len(variables) <= 4 else 3)
    else:
        panel.set_title(f"{len(variables)} traces", loc="left", fontsize=7.0, color=GREY)
    panel.set_ylabel(f"{symbol(Variable(variables[0].name))} (concentration)")
    epoch_axis(panel, epochs.tolist())


def epoch_axis(panel: Axes, epochs: Sequence[int]) -> None:
    """Count epochs along the horizontal axis."""
    from matplotlib.ticker import MaxNLocator

    panel.set_xlabel("epoch")
    panel.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=True))
    if len(epochs) == 1:
        panel.set_xlim(epochs[0] - 1, epochs[0] + 1)


def _marker(count: int) -> str:
    return "o" if count <= _FEW_EPOCHS else ""


def scale_of(values: Sequence[float]) -> str:
    """Return the scale of an axis; zero has no place on a logarithmic one."""
    finite = [value for value in values if math.isfinite(value)]
    spans = bool(finite) and min(finite) > 0.0 and max(finite) > _DECADE * min(finite)
    return "log" if spans else "linear"


def _columns(panels: int) -> int:
    """Return how many panels stand side by side: four make a square, others rows of three."""
    return 2 if panels == 4 else min(panels, 3)


def _variable(name: str) -> Variable:
    match = _NAME.fullmatch(name)
    if match is None:
        raise InvalidValueError(
            f"parameter name {printable(name)!r}: give a name with its index, such as theta[0,1]"
        )
    array, index = match.groups()
    return Variable(array, tuple(map(int, index.split(","))) if index else ())


def _refuse_empty(metrics: Sequence[Metrics]) -> None:
    if not metrics:
        raise InvalidValueError("no metrics to draw: train for at least one epoch")
