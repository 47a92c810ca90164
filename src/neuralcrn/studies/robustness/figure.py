"""Figure of scores as a function of the strength of disturbances, with one panel per disturbance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from neuralcrn.engines.kinetics import METHODS
from neuralcrn.plots.style import (
    BLUE,
    COLUMN_WIDTH,
    GREY,
    PAGE_WIDTH,
    PALETTE,
    VERMILLION,
    new_figure,
    paper_style,
    plain,
)
from neuralcrn.studies.robustness.cases import Case, strength_text
from neuralcrn.studies.robustness.report import TOLERATED_LOSS, RobustnessReport
from neuralcrn.studies.robustness.scoring import Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 3
_SHIFT = 0.1
"""Distance between the seeds of two circuits at the same strength."""
_CHARACTER, _HANDLE = 0.06, 6
"""Width of a character of the legend, inches, and of a handle, characters."""
_FAILED = "failed: counts as the best constant"


@final
@dataclass(frozen=True, slots=True)
class _Look:
    """How a circuit is drawn: its colours, its entries in the legend, and the shift of its seeds."""

    colour: str
    failed: str
    median: str
    seed: str
    shift: float = 0.0


def robustness_figure(report: RobustnessReport) -> Figure:
    """Draw the score of every seed, and the median, as a function of the strength of each disturbance.

    Parameters
    ----------
    report : RobustnessReport
        One panel per disturbance and one line per circuit; each begins with the unperturbed trainings.
    """
    sweep = report.sweep
    looks = _looks(list(sweep.specs))
    columns = min(_COLUMNS, len(sweep.strengths))
    rows = math.ceil(len(sweep.strengths) / columns)
    figure = new_figure(max(COLUMN_WIDTH, PAGE_WIDTH * columns / _COLUMNS), 0.5 + 1.8 * rows)
    with paper_style():
        grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
        for panel in grid.flat[len(sweep.strengths) :]:
            panel.remove()
        for panel, name in zip(grid.flat, sweep.strengths, strict=False):
            cases = [Case(), *(case for case in sweep.cases if case.disturbance == name)]
            for circuit, look in looks.items():
                _draw(panel, {_tick(case): report.at(circuit, case) for case in cases}, look)
            if len(looks) == 1:
                tolerated = report.median(next(iter(looks)), Case()) - TOLERATED_LOSS
                panel.axhline(
                    tolerated, color=GREY, linestyle=":", linewidth=0.8, label="tolerated down to here"
                )
            panel.set_title(plain(f"{name}, molecules per unit" if name in METHODS else name))
        for panel in grid[:, 0]:
            panel.set_ylabel(sweep.measure)
        grid[0, 0].set_ylim(-0.03, 1.03)
        _add_legend(figure)
    return figure


def _looks(circuits: Sequence[str]) -> dict[str, _Look]:
    """Return the look of each circuit; one alone has entries for its seeds."""
    if len(circuits) == 1:
        return {circuits[0]: _Look(BLUE, VERMILLION, "median", "each seed")}
    colours = (PALETTE[k % len(PALETTE)] for k in range(len(circuits)))
    middle = 0.5 * (len(circuits) - 1)
    return {
        circuit: _Look(colour, colour, plain(circuit), "", _SHIFT * (k - middle))
        for k, (circuit, colour) in enumerate(zip(circuits, colours, strict=True))
    }


def _tick(case: Case) -> str:
    return "none" if case == Case() else strength_text(case.disturbance, case.strength)


def _draw(panel: Axes, row: Mapping[str, Sequence[Score]], look: _Look) -> None:
    """Draw one circuit; positions are equidistant, because strengths span decades."""
    points = [(place + look.shift, score) for place, scores in enumerate(row.values()) for score in scores]
    for failed, marker, colour, name in (
        (False, "o", look.colour, look.seed),
        (True, "x", look.failed, _FAILED),
    ):
        chosen = [(place, score.value) for place, score in points if bool(score.failure) == failed]
        if not chosen:
            continue
        panel.plot(
            [place for place, _ in chosen], [value for _, value in chosen], linestyle="none", marker=marker,
            color=colour, alpha=0.6, label=name or None,
        )  # fmt: skip
    medians = [np.median([score.value for score in scores]) for scores in row.values()]
    panel.plot(range(len(row)), medians, color=look.colour, label=look.median)
    panel.set_xticks(range(len(row)), list(row))
    panel.set_xlim(-0.4, len(row) - 0.6)


def _add_legend(figure: Figure) -> None:
    """Add one legend for all panels."""
    named = {
        name: handle
        for panel in figure.axes
        for handle, name in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    if _FAILED in named:
        named[_FAILED] = named.pop(_FAILED)
    room = figure.get_figwidth() / _CHARACTER
    widths = [len(name) + _HANDLE for name in named]
    count = len(named) if sum(widths) < room else max(1, int(room / max(widths)))
    figure.legend(named.values(), named, loc="outside upper center", ncols=count)
