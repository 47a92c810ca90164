"""Figure of scores under disturbances: a panel for each, harsher to the right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralcrn.errors import InvalidValueError
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

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Scores = Sequence[tuple[float, bool]]
"""Score and failure of every seed."""
_COLUMNS = 3


def robustness_figure(panels: Mapping[str, Mapping[str, Scores]], label: str, borne: float) -> Figure:
    """Draw the score of every seed and the median over what was disturbed and how much.

    Parameters
    ----------
    panels : mapping of str to mapping
        For each kind of disturbance, from each strength, as it is to be written, to the scores there.
    label : str
        What the scores are.
    borne : float
        The score that counts as unharmed, drawn as a line.

    Raises
    ------
    InvalidValueError
        If there is nothing to draw.

    Examples
    --------
    >>> panels = {"rates": {"0": [(0.9, False)], "10 %": [(0.5, True)]}}
    >>> [panel.get_title() for panel in robustness_figure(panels, "accuracy", 0.85).axes]
    ['rates']
    """
    if not panels or not all(scores for row in panels.values() for scores in (row, *row.values())):
        raise InvalidValueError("robustness: nothing to draw: give a score at each strength")
    columns = min(_COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure = new_figure(max(COLUMN_WIDTH, PAGE_WIDTH * columns / _COLUMNS), 0.5 + 1.8 * rows)
    with paper_style():
        grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
        for panel in grid.flat[len(panels) :]:
            panel.remove()
        for panel, (title, row) in zip(grid.flat, panels.items(), strict=False):
            _draw(panel, row, borne)
            panel.set_title(plain(title))
        for panel in grid[:, 0]:
            panel.set_ylabel(label)
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


def _draw(panel: Axes, row: Mapping[str, Scores], borne: float) -> None:
    """Draw one kind of disturbance; places are equally apart, for strengths span decades."""
    points = [(place, *score) for place, scores in enumerate(row.values()) for score in scores]
    for failed, marker, colour, name in (
        (False, "o", BLUE, "each seed"),
        (True, "x", VERMILLION, "failed: counts as the best constant"),
    ):
        chosen = [(place, score) for place, score, failure in points if failure == failed]
        if not chosen:
            continue
        panel.plot(
            [place for place, _ in chosen], [score for _, score in chosen], linestyle="none", marker=marker,
            color=colour, alpha=0.6, label=name,
        )  # fmt: skip
    medians = [np.median([score for score, _ in scores]) for scores in row.values()]
    panel.plot(range(len(row)), medians, color=BLUE, label="median")
    panel.axhline(borne, color=GREY, linestyle=":", linewidth=0.8, label="borne down to here")
    panel.set_xticks(range(len(row)), list(row))
    panel.set_xlim(-0.4, len(row) - 0.6)
