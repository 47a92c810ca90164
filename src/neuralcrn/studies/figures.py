"""Figures of the studies: first-order and exact gradients, and growth with the number of inputs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from neuralcrn.errors import InvalidValueError
from neuralcrn.plots.style import (
    BLACK,
    GREY,
    PAGE_WIDTH,
    PALETTE,
    legend_above,
    log_axis,
    new_figure,
    paper_style,
    plain,
)
from neuralcrn.studies.gradients import GradientRow
from neuralcrn.studies.growth import GrowthRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_Row = TypeVar("_Row")
_FIRST, _SECOND = "o-", "s--"
"""Style of the first and the second quantity of a panel; the second has open markers."""
_MODES = ("exact", "first-order")
_BELOW = 0.4
"""Height of the line of slope 1 above the data."""


def gradient_study_figure(rows: Sequence[GradientRow]) -> Figure:
    """Draw angle, final loss and reactions of first-order and exact gradients of one circuit.

    Dots are simulated chemistry, with their range over the seeds; the lines for the angles are exact values.

    Parameters
    ----------
    rows : sequence of GradientRow
        One per number of inputs and horizon, all of one circuit, in any order.

    Raises
    ------
    InvalidValueError
        If there are no rows, or rows of several circuits.

    Examples
    --------
    >>> row = GradientRow("linear", 0.1, 2, 3, 0.4, 0.3, 0.5, 0.4, 1.0, 0.2, 0.1, 40, 70)
    >>> [panel.get_ylabel() for panel in gradient_study_figure([row]).axes][2:]
    ['final loss / loss of a constant', 'reactions']
    """
    if len({row.circuit for row in rows}) != 1:
        raise InvalidValueError("gradient study: give at least one row, and rows of one circuit")
    ordered = sorted(rows, key=lambda row: (row.inputs, row.horizon))
    by_size = _grouped(ordered, lambda row: f"N = {row.inputs}")
    by_horizon = _grouped(ordered, lambda row: f"T = {row.horizon:g}")
    horizons, sizes = [row.horizon for row in rows], [row.inputs for row in rows]
    figure = new_figure(PAGE_WIDTH, 5.4)
    with paper_style():
        (over_horizon, over_size), (losses, reactions) = figure.subplots(2, 2)
        _draw_angles(over_horizon, by_size, lambda row: row.horizon)
        _note(over_horizon, "dots: chemistry; lines: exact", (0.02, 0.97), "axes fraction")
        _draw_angles(over_size, by_horizon, lambda row: row.inputs)
        _draw_losses(losses, by_size)
        _draw_line(reactions, [(row.inputs, row.exact_reactions) for row in ordered], BLACK, _FIRST)
        _draw_line(reactions, [(row.inputs, row.first_order_reactions) for row in ordered], BLACK, _SECOND)
        _name_styles(reactions, _MODES)
        log_axis(reactions)
        reactions.set_ylabel("reactions")
        for panel in (over_horizon, losses):
            _scale_across(panel, horizons, "horizon T (time)")
        for panel in (over_size, reactions):
            _scale_across(panel, sizes, "inputs N")
        for panel in (over_horizon, reactions):
            _draw_slope(panel)
    return figure


def growth_figure(rows: Sequence[GrowthRow]) -> Figure:
    """Draw species and reactions, seconds and bytes as functions of the number of inputs.

    Parameters
    ----------
    rows : sequence of GrowthRow
        Rows of one or several forms of a circuit (family, learning rule, level), in any order.

    Raises
    ------
    InvalidValueError
        If there are no rows.

    Examples
    --------
    >>> row = GrowthRow("quadratic", "first-order", "staged", 10, 79, 155, 0.01, 300_000, 20_000, 1e-4)
    >>> [panel.get_ylabel() for panel in growth_figure([row]).axes]
    ['number', 'compiling (s)', 'memory (byte)', 'training step (s)']
    """
    if not rows:
        raise InvalidValueError("growth: no rows to draw: give at least one")
    from matplotlib.lines import Line2D

    ordered = sorted(rows, key=lambda row: row.inputs)
    groups = _grouped(ordered, lambda row: f"{row.circuit}, {row.rule}, {row.level}")
    columns: dict[str, dict[str, Callable[[GrowthRow], float | None]]] = {
        "number": {"reactions": lambda row: row.reactions, "species": lambda row: row.species},
        "compiling (s)": {"to index arrays": lambda row: row.compile_seconds},
        "memory (byte)": {
            "most while compiling": lambda row: row.peak_bytes,
            "index arrays": lambda row: row.packed_bytes,
        },
        "training step (s)": {"every phase simulated": lambda row: row.step_seconds},
    }
    figure = new_figure(PAGE_WIDTH, 5.4)
    with paper_style():
        for panel, (label, quantities) in zip(figure.subplots(2, 2).flat, columns.items(), strict=True):
            for quantity, style in zip(quantities.values(), (_FIRST, _SECOND), strict=False):
                for _, group, colour in _coloured(groups):
                    _draw_line(panel, [(row.inputs, quantity(row)) for row in group], colour, style)
            _name_styles(panel, list(quantities))
            panel.set_yscale("log")
            panel.set_ylabel(label)
            _scale_across(panel, [row.inputs for row in rows], "inputs N")
            _draw_slope(panel)
        colours = [Line2D([], [], color=colour, label=plain(name)) for name, _, colour in _coloured(groups)]
        figure.legend(handles=colours, loc="outside lower center", ncols=2)
    return figure


def _grouped(rows: Sequence[_Row], name: Callable[[_Row], str]) -> dict[str, list[_Row]]:
    """Return the rows by name, both in order of first occurrence."""
    groups: dict[str, list[_Row]] = {}
    for row in rows:
        groups.setdefault(name(row), []).append(row)
    return groups


def _coloured(groups: Mapping[str, Sequence[_Row]]) -> Iterator[tuple[str, Sequence[_Row], str]]:
    """Yield name, rows and colour of every group."""
    yield from zip(groups, groups.values(), itertools.cycle(PALETTE), strict=False)


def _draw_angles(
    panel: Axes,
    groups: Mapping[str, Sequence[GradientRow]],
    position: Callable[[GradientRow], float],
) -> None:
    """Draw the angles of the chemistry as dots with their range, and the exact ones as lines."""
    for name, group, colour in _coloured(groups):
        places, angles = [position(row) for row in group], [row.angle for row in group]
        below = [row.angle - row.lowest_angle for row in group]
        above = [row.highest_angle - row.angle for row in group]
        panel.errorbar(places, angles, (below, above), fmt="o", color=colour, elinewidth=0.6, label=name)
        panel.plot(places, [row.oracle_angle for row in group], color=colour, linewidth=0.7)
    log_axis(panel)
    panel.set_ylabel("angle (degree)")
    legend_above(panel, 3)


def _draw_losses(panel: Axes, groups: Mapping[str, Sequence[GradientRow]]) -> None:
    """Draw the final losses of both modes; divergent trainings are counted."""
    lost = 0
    for _, group, colour in _coloured(groups):
        for losses, style in (
            ([row.exact_loss for row in group], _FIRST),
            ([row.first_order_loss for row in group], _SECOND),
        ):
            _draw_line(panel, list(zip([row.horizon for row in group], losses, strict=True)), colour, style)
            lost += sum(map(math.isinf, losses))
    note = f"colours as above, {lost} diverged" if lost else "colours as above"
    panel.set_title(note, loc="right", fontsize=7.0, color=GREY)
    panel.set_ylim(bottom=0.0)
    panel.set_ylabel("final loss / loss of a constant")
    _name_styles(panel, _MODES)


def _draw_line(panel: Axes, points: Sequence[tuple[float, float | None]], colour: str, style: str) -> None:
    """Draw the points that are defined."""
    known = [(x, y) for x, y in points if y is not None and math.isfinite(y)]
    face = colour if style == _FIRST else "white"
    panel.plot([x for x, _ in known], [y for _, y in known], style, color=colour, markerfacecolor=face)


def _name_styles(panel: Axes, names: Sequence[str]) -> None:
    """Add a legend of the styles in black, because colours have another meaning."""
    for name, style in zip(names, (_FIRST, _SECOND), strict=False):
        face = BLACK if style == _FIRST else "white"
        panel.plot([], [], style, color=BLACK, markerfacecolor=face, label=name)
    legend_above(panel, 2)


def _scale_across(panel: Axes, values: Sequence[float], label: str) -> None:
    """Make the horizontal axis logarithmic, with a tick at every value."""
    panel.set_xscale("log")
    ticks = sorted(set(values))
    panel.set_xticks(ticks, [f"{value:g}" for value in ticks])
    panel.set_xticks([], minor=True)
    panel.set_xlabel(label)


def _draw_slope(panel: Axes) -> None:
    """Draw a line of slope 1 below the last decade of the data, if there are any."""
    points = [(x, y) for line in panel.lines for x, y in np.asarray(line.get_xydata()).tolist() if y > 0.0]
    if not points:
        _note(panel, "nothing measured", (0.02, 0.97), "axes fraction")
        return
    places, height = [x for x, _ in points], _BELOW * min(y / x for x, y in points)
    ends = np.array([max(min(places), 0.1 * max(places)), max(places)])
    panel.plot(ends, height * ends, ":", color=GREY, linewidth=0.8)
    middle = float(np.sqrt(ends.prod()))
    _note(panel, " slope 1", (middle, height * middle), "data")


def _note(
    panel: Axes, text: str, place: tuple[float, float], coordinates: Literal["axes fraction", "data"]
) -> None:
    """Write a note at a position."""
    panel.annotate(text, place, xycoords=coordinates, va="top", fontsize=7.0, color=GREY)
