"""Figures of simulations: species over time, runs and their means, scans of a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuralcrn.display import name_latex
from neuralcrn.errors import InvalidValueError
from neuralcrn.plots.style import (
    PAGE_WIDTH,
    PALETTE,
    beside_bar,
    legend_above,
    new_figure,
    paper_style,
    plain,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Curves = Mapping[str, NDArray[np.float64]]

_DASHES = ("-", "--")
_DRAWN_CURVES = len(PALETTE) * len(_DASHES)
_DRAWN_PANELS = 6
_DRAWN_RUNS = 200
_DECADES = 1e-9
"""Range of a logarithmic axis below the largest value."""
_LINE_LENGTH = 90
"""Number of characters per line of the legend."""


def trajectory_figure(
    times: NDArray[np.float64], curves: Curves, label: str, *, log: str = "", deviations: Curves | None = None
) -> Figure:
    r"""Draw species over time, with bands of one standard deviation if given.

    Parameters
    ----------
    times : ndarray, shape (n,), time units of the rate constants
        Times of all curves.
    curves : mapping of str to ndarray, shape (n,), in the unit that `label` names
        Species; if there are more than 14, those that change most are drawn.
    label : str
        Label of the vertical axis, for example "concentration".
    log : {"", "x", "y", "xy"}
        Logarithmic axes.
    deviations : mapping of str to ndarray, shape (n,), optional
        Standard deviation of each curve; bands do not extend below 0.

    Raises
    ------
    InvalidValueError
        If no value is positive on a logarithmic axis.

    Examples
    --------
    >>> t = np.linspace(0.0, 1.0, 50)
    >>> figure = trajectory_figure(t, {"A": np.exp(-t), "B": 1.0 - np.exp(-t)}, "concentration")
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ['$A$', '$B$']
    """
    figure = new_figure(0.75 * PAGE_WIDTH, 3.2)
    with paper_style():
        axes = figure.subplots()
        drawn = _most_changing(curves, _DRAWN_CURVES)
        for i, name in enumerate(drawn):
            colour, dash = _look(i)
            axes.plot(times, curves[name], color=colour, linestyle=dash, label=_label(name))
            if deviations is not None:
                low = np.maximum(curves[name] - deviations[name], 0.0)
                high = curves[name] + deviations[name]
                axes.fill_between(times, low, high, color=colour, alpha=0.2, linewidth=0.0)
        _set_axes(axes, times, [curves[name] for name in drawn], log)
        axes.set_ylabel(label)
        _add_legend(axes, drawn, len(curves))
    return figure


def runs_figure(
    times: NDArray[np.float64], runs: Curves, label: str, *, log: str = "", jumps: bool = False
) -> Figure:
    """Draw every run as a thin line and their mean as a thick line.

    Parameters
    ----------
    times : ndarray, shape (n,), time units of the rate constants
        Times of all runs.
    runs : mapping of str to ndarray, shape (n_runs, n), in the unit that `label` names
        Species; if there are more than 7, those whose mean changes most are drawn. Of more than 200 runs the
        first ones are drawn.
    label, log
        See `trajectory_figure`.
    jumps : bool
        Whether values are piecewise constant between times.

    Raises
    ------
    InvalidValueError
        If no value is positive on a logarithmic axis.

    Examples
    --------
    >>> figure = runs_figure(np.arange(3.0), {"A": np.array([[3.0, 2.0, 2.0], [3.0, 3.0, 1.0]])}, "molecules")
    >>> len(figure.axes[0].get_lines())
    3
    """
    means = {name: values.mean(axis=0) for name, values in runs.items()}
    figure = new_figure(0.75 * PAGE_WIDTH, 3.2)
    with paper_style():
        axes = figure.subplots()
        drawn = _most_changing(means, len(PALETTE))
        style = "steps-post" if jumps else "default"
        for colour, name in zip(PALETTE, drawn, strict=False):
            shown = runs[name][:_DRAWN_RUNS]
            faint = max(0.12, min(0.6, 6.0 / len(shown)))
            axes.plot(times, shown.T, color=colour, alpha=faint, linewidth=0.6, drawstyle=style)
        for colour, name in zip(PALETTE, drawn, strict=False):
            axes.plot(times, means[name], color=colour, linewidth=1.6, label=_label(name))
        _set_axes(axes, times, [runs[name] for name in drawn], log)
        axes.set_ylabel(label)
        _add_legend(axes, drawn, len(runs))
        count = len(next(iter(runs.values())))
        some = f"{_DRAWN_RUNS} of {count:,} runs" if count > _DRAWN_RUNS else f"{count:,} runs"
        axes.set_title(f"{some}, mean thick", loc="right", fontsize=7.0)
    return figure


def scan_figure(
    times: NDArray[np.float64],
    curves: Curves,
    scanned: str,
    values: Sequence[float],
    label: str,
    *,
    log: str = "",
    by_decade: bool = False,
) -> Figure:
    """Draw one panel per species, with one curve for each scanned value.

    Parameters
    ----------
    times : ndarray, shape (n,), time units of the rate constants
        Times of all curves.
    curves : mapping of str to ndarray, shape (n_values, n), in the unit that `label` names
        Species, NaN if a run stopped earlier; if there are more than 6, those that differ most are drawn.
    scanned : str
        Name of the scanned quantity.
    values : sequence of float, length n_values
        Scanned values.
    label, log
        See `trajectory_figure`.
    by_decade : bool
        Whether colours depend on the logarithm of the value.

    Raises
    ------
    InvalidValueError
        If no value is positive on a logarithmic axis.

    Examples
    --------
    >>> t = np.linspace(0.0, 1.0, 50)
    >>> curves = {"A": np.exp(-np.outer([1.0, 2.0, 3.0], t))}
    >>> figure = scan_figure(t, curves, "k1", [1.0, 2.0, 3.0], "concentration")
    >>> len(figure.axes[0].get_lines())
    3
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm, Normalize

    drawn = _most_changing(curves, _DRAWN_PANELS)
    columns = 2 if len(drawn) == 4 else min(3, len(drawn))
    rows = -(-len(drawn) // columns)
    wide = {1: 0.6 * PAGE_WIDTH, 2: 0.85 * PAGE_WIDTH}.get(columns, PAGE_WIDTH)
    figure = new_figure(wide, 0.4 + 2.2 * rows)
    scale = LogNorm if by_decade else Normalize
    image = ScalarMappable(scale(min(values), max(values)), cmap="viridis")
    with paper_style():
        panels = figure.subplots(rows, columns, squeeze=False, sharex=True).ravel()
        for panel, name in zip(panels, drawn, strict=False):
            for colour, series in zip(image.to_rgba(np.array(values)), curves[name], strict=True):
                panel.plot(times, series, color=colour, linewidth=0.9)
            _set_axes(panel, times, [curves[name]], log)
            panel.set_title(_label(name), loc="left")
        for panel in panels[::columns]:
            panel.set_ylabel(label)
        for panel in panels[: len(drawn) - columns]:  # panels below have the same times
            panel.set_xlabel("")
        for panel in panels[len(drawn) :]:
            panel.remove()
        beside_bar(panels[min(columns, len(drawn)) - 1], image, plain(scanned))
        if len(drawn) < len(curves):
            figure.suptitle(f"the {len(drawn)} of {len(curves):,} species that differ most", fontsize=7.0)
    return figure


def _most_changing(curves: Curves, count: int) -> list[str]:
    """Return the names of the curves with the largest range, in order."""
    spans = {name: float(np.nanmax(values) - np.nanmin(values)) for name, values in curves.items()}
    chosen = set(sorted(spans, key=lambda name: -spans[name])[:count])
    return [name for name in curves if name in chosen]


def _look(i: int) -> tuple[str, str]:
    """Return colour and line style of curve number i."""
    return PALETTE[i % len(PALETTE)], _DASHES[i // len(PALETTE)]


def _label(name: str) -> str:
    return f"${name_latex(name)}$"


def _set_axes(
    axes: Axes, times: NDArray[np.float64], series: Sequence[NDArray[np.float64]], log: str
) -> None:
    """Set scales and limits of the axes; non-negative data start at 0."""
    values = np.concatenate([np.ravel(values) for values in series])
    values = values[np.isfinite(values)]
    start, end = (times[times > 0.0][0] if "x" in log else times[0]), times[-1]
    if "x" in log:
        axes.set_xscale("log")
    axes.set_xlim(start, end)
    axes.set_xlabel("time")
    if "y" in log:
        above = values[values > 0.0]
        if not len(above):
            raise InvalidValueError("log y: no value is positive: leave it out")
        axes.set_yscale("log")
        axes.set_ylim(0.8 * max(above.min(), _DECADES * above.max()), 1.25 * above.max())
    elif values.min() >= 0.0:
        axes.set_ylim(bottom=0.0)


def _add_legend(axes: Axes, drawn: Sequence[str], count: int) -> None:
    """Add a legend above the axes, with as many columns as fit, and the number of omitted curves."""
    longest = max(map(len, drawn))
    legend_above(axes, max(1, min(7, len(drawn), _LINE_LENGTH // (longest + 5))))
    legend = axes.get_legend()
    if legend is not None and len(drawn) < count:
        legend.set_title(f"the {len(drawn)} of {count:,} species that change most")
        legend.set(alignment="left")
