"""Figures of reactions that were found in data, or trained to have given dynamics."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from neuralcrn.in_silico.dynamics import course_of
from neuralcrn.plots.style import (
    GREY,
    PAGE_WIDTH,
    PALE,
    PALETTE,
    new_figure,
    paper_style,
    plain,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neuralcrn.in_silico.discovery import Discovery
    from neuralcrn.in_silico.dynamics import Approximation, Course

_COLUMNS, _PANELS = 3, 12
_FITTED, _HELD = 3, 2
"""Maximum numbers of experiments in the figure."""
_STARTS = 5


def discovered_figure(found: Discovery) -> Figure:
    """Draw data as points and the simulated reactions as lines, one panel for each species.

    Parameters
    ----------
    found : Discovery
        At most twelve species of three experiments and two that were held out are drawn. The lines of the
        latter are dashed.
    """
    runs = found.simulations()
    shown = [*runs[: len(found.experiments)][:_FITTED], *runs[len(found.experiments) :][:_HELD]]
    species = found.network.species[:_PANELS]
    rows, columns = math.ceil(len(species) / _COLUMNS), min(_COLUMNS, len(species))
    figure = new_figure(PAGE_WIDTH, 0.5 + 2.0 * rows)
    with paper_style():
        panels = figure.subplots(rows, columns, squeeze=False).flat
        for place, name in enumerate(species):
            panel = next(panels)
            for colour, (experiment, run) in zip(PALETTE, shown, strict=False):
                times, held = experiment.times, experiment.name in found.held_names
                panel.plot(times, experiment.values[:, place], "o", markersize=2.0, color=colour, alpha=0.4)
                label = f"condition {plain(experiment.name, 12)}" + (", held out" if held else "")
                line = ([], []) if run is None else (times[0] + run.times, run[name])
                panel.plot(*line, "--" if held else "-", color=colour, label=label)
            panel.set(xlabel="time", ylabel=plain(name, 30))
        for panel in panels:
            panel.remove()
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(shown), frameon=False)
    return figure


def approximated_figure(found: Approximation, t_end: float | None = None) -> Figure:
    """Draw the given dynamics and those of the simulated network.

    With one variable there are trajectories from several initial values, and the slopes in the box. With more
    there are the trajectories of all variables, and those of the first two in the plane. Lines end where they
    leave the box.

    Parameters
    ----------
    found : Approximation
        The trained network.
    t_end : float, time, optional
        Duration; see `neuralcrn.in_silico.dynamics.course_of`.
    """
    names, box = found.equations.names, found.box
    figure = new_figure(PAGE_WIDTH, 3.2)
    with paper_style():
        over_time, other = figure.subplots(1, 2, width_ratios=(3, 2))
        if len(names) == 1:
            for start in np.linspace(*_inner(box.low[0], box.high[0]), _STARTS):
                _draw_course(over_time, course_of(found, [start], t_end), 0, PALETTE[0], names[0])
            _draw_slopes(other, found)
        else:
            course = course_of(found, t_end=t_end)
            for place, (name, colour) in enumerate(zip(names, PALETTE, strict=False)):
                _draw_course(over_time, course, place, colour, name)
            _draw_plane(other, found, course)
        over_time.set(xlabel="time", ylabel="concentration")
        _draw_legend(over_time)
    return figure


def _inner(low: float, high: float) -> tuple[float, float]:
    """Return the ends of an interval without its outer twentieths."""
    margin = 0.05 * (high - low)
    return low + margin, high - margin


def _draw_course(axes: Axes, course: Course, place: int, colour: str, name: str) -> None:
    axes.plot(course.times, course.given[:, place], color=PALE, linewidth=3.0)
    axes.plot(course.times, course.found[:, place], color=colour, label=plain(name, 20))


def _draw_legend(axes: Axes) -> None:
    """Name each variable once, and the given dynamics."""
    entries = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    (given,) = axes.plot([], [], color=PALE, linewidth=3.0)
    axes.legend(
        [given, *entries.values()], ["given", *entries], loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4
    )


def _draw_slopes(axes: Axes, found: Approximation) -> None:
    points = found.box.points(400)
    axes.axhline(0.0, color=GREY, linewidth=0.6)
    axes.plot(points, found.equations.field(points), color=PALE, linewidth=3.0)
    axes.plot(points, found.recurrent.field(points), color=PALETTE[0])
    name = plain(found.equations.names[0], 20)
    axes.set(xlabel=name, ylabel=f"slope of {name}, nodes at rest")


def _draw_plane(axes: Axes, found: Approximation, course: Course) -> None:
    axes.plot(*course.given[:, :2].T, color=PALE, linewidth=3.0)
    axes.plot(*course.found[:, :2].T, color=PALETTE[0])
    axes.plot(*found.start[:2], "o", color=GREY)
    first, second = found.equations.names[:2]
    axes.set(xlabel=plain(first, 20), ylabel=plain(second, 20))
