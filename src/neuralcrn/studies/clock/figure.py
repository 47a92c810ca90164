"""Figure of a clock: its species and gates, its period, and its response to disturbances."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralcrn.compiler.pot.clocks import Clock
from neuralcrn.display import name_latex
from neuralcrn.engines import Trajectory
from neuralcrn.plots.style import (
    BLACK,
    BLUE,
    GREY,
    PAGE_WIDTH,
    PALETTE,
    legend_above,
    new_figure,
    paper_style,
    phase_colours,
    plain,
)
from neuralcrn.studies.clock.cycles import Vector, gate_values, sample_cycles
from neuralcrn.studies.clock.report import ClockReport
from neuralcrn.studies.clock.responses import Response

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DEEPEST = 1e-18
"""Lowest relative concentration shown; smaller values cannot be distinguished from zero."""
_FLAT = 1e-6
"""Smallest relative range of the axis of periods; smaller variations are considered constant."""


def clock_figure(clock: Clock, report: ClockReport, sample: Trajectory | None = None) -> Figure:
    """Draw the measurements on a clock.

    Parameters
    ----------
    clock : Clock
        The clock.
    report : ClockReport
        Its report, with periods and responses.
    sample : Trajectory, optional
        Its species during two or three cycles; by default simulated by `sample_cycles`.

    Examples
    --------
    >>> from neuralcrn.compiler.pot.clocks import CLOCKS
    >>> from neuralcrn.studies.clock import report_clock
    >>> ring = CLOCKS.find("ring-3")
    >>> [axes.get_xlabel() for axes in clock_figure(ring, report_clock(ring, cycles=3)).axes][2:]
    ['time', 'cycle', 'one rate constant, times', 'one load, over the total']
    """
    run = sample or sample_cycles(clock)
    times, species = run.times, {name: run[name] for name in run.species}
    gates = {phase: gate_values(run, gate) for phase, gate in clock.gates.items()}
    colours = phase_colours(gates)
    figure = new_figure(PAGE_WIDTH, 6.2)
    with paper_style():
        grid = figure.add_gridspec(4, 3, height_ratios=(0.9, 1.5, 1.5, 1.6))
        top = figure.add_subplot(grid[0, :])
        linear = figure.add_subplot(grid[1, :], sharex=top)
        low = figure.add_subplot(grid[2, :], sharex=top)
        _draw_gates(top, times, gates, colours)
        _draw_species(linear, low, times, species)
        for phase, values in gates.items():
            for panel in (linear, low):
                _shade(panel, times, values, colours[phase])
        _draw_periods(figure.add_subplot(grid[3, 0]), report.periods)
        panels = [figure.add_subplot(grid[3, column]) for column in (1, 2)]
        _draw_responses(panels[0], report.rates, colours, "one rate constant, times")
        _draw_responses(panels[1], report.loads, colours, "one load, over the total")
        panels[0].set_ylabel("change (%)")
        _letter(figure)
    return figure


def _draw_gates(panel: Axes, times: Vector, gates: Mapping[str, Vector], colours: Mapping[str, str]) -> None:
    """Draw each gate in a separate row, so that overlaps are visible."""
    for row, (phase, values) in enumerate(gates.items()):
        base = len(gates) - 1.0 - row
        height = 0.85 * values / values.max()
        panel.fill_between(times, base, base + height, color=colours[phase], linewidth=0.0)
        panel.axhline(base, color=GREY, linewidth=0.4)
    panel.set_yticks([len(gates) - 0.6 - row for row in range(len(gates))], [plain(name) for name in gates])
    panel.tick_params(axis="y", length=0.0)
    panel.spines[["left", "bottom"]].set_visible(False)
    panel.tick_params(axis="x", length=0.0, labelbottom=False)
    panel.set_ylim(-0.05, len(gates))


def _shade(panel: Axes, times: Vector, values: Vector, colour: str) -> None:
    """Shade the times at which a gate is more than half open."""
    panel.fill_between(
        times,
        0.0,
        1.0,
        where=(values > 0.5 * values.max()).tolist(),
        transform=panel.get_xaxis_transform(),
        color=colour,
        alpha=0.13,
        linewidth=0.0,
    )


def _draw_species(linear: Axes, low: Axes, times: Vector, species: Mapping[str, Vector]) -> None:
    styles = itertools.product(("-", "--", ":"), PALETTE)
    highest = max(float(values.max()) for values in species.values())
    lowest = highest
    for (name, values), (style, colour) in zip(species.items(), styles, strict=False):
        label = f"${name_latex(name)}$"
        linear.plot(times, values, style, color=colour, label=label)
        positive = np.where(values > 0.0, values, np.nan)
        low.plot(times, positive, style, color=colour)
        lowest = min(lowest, float(np.nanmin(positive, initial=highest)))
    linear.set_xlim(float(times[0]), float(times[-1]))
    linear.set_ylim(0.0, 1.03 * highest)
    linear.set_ylabel("concentration")
    linear.tick_params(labelbottom=False)
    low.set_yscale("log")
    low.set_ylim(max(0.3 * lowest, _DEEPEST * highest), 3.0 * highest)
    low.set_ylabel("concentration")
    low.set_xlabel("time")
    legend_above(linear, len(species))


def _draw_periods(panel: Axes, periods: Sequence[float]) -> None:
    """Draw the period as a function of the cycle, on an axis that does not magnify constant values."""
    values = np.asarray(periods)
    count = np.arange(1, len(values) + 1)
    size = 3.0 if len(values) <= 30 else 1.0
    panel.plot(
        count, values, "o", color=BLUE, markersize=size
    )  # a line would fill the area of alternating values
    middle = 0.5 * (values.max() + values.min())
    half = max(0.55 * np.ptp(values), 0.5 * _FLAT * middle)
    if half < 1e-3 * middle:
        panel.set_ylim(0.98 * middle, 1.02 * middle)
        panel.set_title(
            f"constant within {np.ptp(values) / middle:.0e}", loc="left", fontsize=7.0, color=GREY
        )
    else:
        panel.set_ylim(middle - half, middle + half)
    panel.set_xlabel("cycle")
    panel.set_ylabel("period (time)")


def _draw_responses(
    panel: Axes, responses: Sequence[Response], colours: Mapping[str, str], what: str
) -> None:
    """Draw the changes of period and gates for each size; the clocks that stopped are counted below."""
    sizes = list(dict.fromkeys(response.size for response in responses))
    names = ("period", *colours)
    for column, name in enumerate(names):
        colour = colours.get(name, BLACK)
        offset = 0.16 * (column - 0.5 * (len(names) - 1))
        points = [
            (sizes.index(response.size) + offset, 100.0 * value)
            for response in responses
            if response.runs and (value := _change(response, column)) is not None
        ]
        if points:
            x, y = zip(*points, strict=True)
            panel.plot(x, y, "o", color=colour, markersize=2.2, alpha=0.7, clip_on=False)
    panel.axhline(0.0, color=GREY, linewidth=0.4, zorder=0)
    labels: list[str] = []
    for size in sizes:
        group = [response for response in responses if response.size == size]
        running = sum(response.runs for response in group)
        labels.append(f"{size:g}\n{running} of {len(group)}\nrun")
    panel.set_title("black: period; gates as in a", loc="left", fontsize=7.0, color=GREY)
    panel.set_xticks(range(len(sizes)), labels)
    panel.set_xlim(-0.5, max(0.5, len(sizes) - 0.5))
    panel.set_xlabel(what)
    if not any(response.runs for response in responses):
        panel.set_yticks([])
        panel.set_title("none runs", loc="left", fontsize=7.0, color=GREY)


def _change(response: Response, column: int) -> float | None:
    """Return the change of the period (column 0) or of a gate."""
    if column == 0:
        return response.period
    return None if response.gates is None else response.gates[column - 1]


def _letter(figure: Figure) -> None:
    """Label the panels a, b, c."""
    for letter, panel in zip("abcdef", figure.axes, strict=True):
        panel.annotate(
            letter,
            (0.0, 1.0),
            xytext=(-30.0, 2.0),
            xycoords="axes fraction",
            textcoords="offset points",
            fontweight="bold",
            fontsize=9.0,
        )
