"""Figures of trainings that differ only in their seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from neuralcrn.errors import InvalidValueError
from neuralcrn.plots.curves import epoch_axis, loss_axis
from neuralcrn.plots.style import (
    BLUE,
    COLUMN_WIDTH,
    GREY,
    PAGE_WIDTH,
    VERMILLION,
    legend_above,
    new_figure,
    paper_style,
    plain,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neuralcrn.learning import Metrics

_COLOURS = {"training": BLUE, "validation": VERMILLION}


def loss_seeds_figure(runs: Sequence[Sequence[Metrics]]) -> Figure:
    """Draw training and validation loss of several trainings: thin lines, with the median as thick lines.

    Parameters
    ----------
    runs : sequence of sequences of Metrics
        One sequence per training, one item per epoch. Trainings that stopped early have fewer epochs; the
        median is drawn as far as all trainings go.

    Raises
    ------
    InvalidValueError
        If no training has completed an epoch.

    Examples
    --------
    >>> from neuralcrn.learning import Metrics
    >>> run = [Metrics(k, 1 / k, 2 / k, None, None, 1.0, b"") for k in (1, 2)]
    >>> len(loss_seeds_figure([run, run]).axes[0].lines)
    6
    """
    complete = [run for run in runs if run]
    if not complete:
        raise InvalidValueError("no metrics to draw: none of the trainings reached the end of an epoch")
    shared = min(len(run) for run in complete)
    epochs = list(range(1, max(len(run) for run in complete) + 1))
    figure = new_figure(COLUMN_WIDTH, 2.4)
    with paper_style():
        panel = figure.subplots()
        everything: list[float] = []
        for name, colour in _COLOURS.items():
            losses = [
                [m.train_loss if name == "training" else m.validation_loss for m in run] for run in complete
            ]
            for values in losses:
                panel.plot(epochs[: len(values)], values, color=colour, alpha=0.25, linewidth=0.6)
                everything += values
            median = np.median([values[:shared] for values in losses], axis=0)
            panel.plot(epochs[:shared], median, color=colour, linewidth=1.6, label=name)
        loss_axis(panel, everything)
        epoch_axis(panel, epochs)
        legend_above(panel, 2)
    return figure


def spread_figure(rows: Mapping[str, ArrayLike], published: Mapping[str, float | None], label: str) -> Figure:
    """Draw the results of all seeds of each experiment, their median, and the published result.

    Parameters
    ----------
    rows : mapping of str to array (seeds,)
        Results by experiment.
    published : mapping of str to float or None
        Published results by experiment.
    label : str
        Axis label.

    Raises
    ------
    InvalidValueError
        If there is no row, or a row without values.

    Examples
    --------
    >>> figure = spread_figure({"XOR": [0.8, 0.9]}, {"XOR": 0.847}, "accuracy")
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['XOR']
    """
    values = {name: np.asarray(row, dtype=np.float64) for name, row in rows.items()}
    if not values or any(row.size == 0 for row in values.values()):
        raise InvalidValueError("a spread needs at least one experiment, and a value of each")
    figure = new_figure(0.8 * PAGE_WIDTH, 0.8 + 0.24 * len(values))
    with paper_style():
        panel = figure.subplots()
        for place, (name, row) in enumerate(values.items()):
            finite = row[np.isfinite(row)]
            panel.plot(
                finite, [place] * len(finite), linestyle="none", marker="o", alpha=0.45, color=BLUE,
                markeredgewidth=0.0, label="each seed" if place == 0 else "_",
            )  # fmt: skip
            panel.plot(
                [np.median(row)], [place], linestyle="none", marker="|", markersize=11.0, markeredgewidth=1.8,
                color=BLUE, label="median" if place == 0 else "_",
            )  # fmt: skip
            panel.axhline(place, color=GREY, linewidth=0.2, zorder=0)
            figure_of_others = published.get(name)
            if figure_of_others is not None:
                panel.plot(
                    [figure_of_others], [place], linestyle="none", marker="D", markersize=4.5,
                    markerfacecolor="none", color=VERMILLION,
                )  # fmt: skip
        panel.plot(
            [], [], linestyle="none", marker="D", markerfacecolor="none", color=VERMILLION, label="published"
        )
        panel.set_yticks(range(len(values)), [plain(name) for name in values])
        panel.set(ylim=(len(values) - 0.4, -0.6), xlabel=label)
        panel.tick_params(axis="y", length=0.0)
        legend_above(panel, 3)
    return figure
