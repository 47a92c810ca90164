"""Figure of scores as a function of the strength of disturbances, with one panel per disturbance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralcrn.engines.kinetics import METHODS
from neuralcrn.plots.style import (
    BLUE,
    COLUMN_WIDTH,
    GREY,
    PAGE_WIDTH,
    VERMILLION,
    new_figure,
    paper_style,
    plain,
)
from neuralcrn.studies.robustness.cases import NONE, strength_text
from neuralcrn.studies.robustness.scoring import Score
from neuralcrn.studies.robustness.sweep import TOLERATED_LOSS, RobustnessReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 3


def robustness_figure(report: RobustnessReport) -> Figure:
    """Draw the score of every seed, and the median, as a function of the strength of each disturbance.

    Parameters
    ----------
    report : RobustnessReport
        One panel per disturbance; each begins with the unperturbed trainings.
    """
    panels = {
        f"{name}, molecules per unit" if name in METHODS else name: {
            "none": report.at(NONE, 0.0),
            **{strength_text(name, strength): report.at(name, strength) for strength in strengths},
        }
        for name, strengths in report.sweep.strengths.items()
    }
    tolerated = report.median(NONE, 0.0) - TOLERATED_LOSS
    columns = min(_COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure = new_figure(max(COLUMN_WIDTH, PAGE_WIDTH * columns / _COLUMNS), 0.5 + 1.8 * rows)
    with paper_style():
        grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
        for panel in grid.flat[len(panels) :]:
            panel.remove()
        for panel, (title, row) in zip(grid.flat, panels.items(), strict=False):
            _draw(panel, row, tolerated)
            panel.set_title(plain(title))
        for panel in grid[:, 0]:
            panel.set_ylabel(report.sweep.measure)
        grid[0, 0].set_ylim(-0.03, 1.03)
        named = {
            name: handle
            for panel in grid.flat
            for handle, name in zip(*panel.get_legend_handles_labels(), strict=True)
        }
        figure.legend(
            named.values(), named, loc="outside upper center", ncols=len(named) if columns > 1 else 2
        )
    return figure


def _draw(panel: Axes, row: Mapping[str, Sequence[Score]], tolerated: float) -> None:
    """Draw one disturbance; positions are equidistant, because strengths span decades."""
    points = [(place, score) for place, scores in enumerate(row.values()) for score in scores]
    for failed, marker, colour, name in (
        (False, "o", BLUE, "each seed"),
        (True, "x", VERMILLION, "failed: counts as the best constant"),
    ):
        chosen = [(place, score.value) for place, score in points if bool(score.failure) == failed]
        if not chosen:
            continue
        panel.plot(
            [place for place, _ in chosen], [value for _, value in chosen], linestyle="none", marker=marker,
            color=colour, alpha=0.6, label=name,
        )  # fmt: skip
    medians = [np.median([score.value for score in scores]) for scores in row.values()]
    panel.plot(range(len(row)), medians, color=BLUE, label="median")
    panel.axhline(tolerated, color=GREY, linestyle=":", linewidth=0.8, label="tolerated down to here")
    panel.set_xticks(range(len(row)), list(row))
    panel.set_xlim(-0.4, len(row) - 0.6)
