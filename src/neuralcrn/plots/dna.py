"""The figure of strand displacement: signals of the formal network and of the DNA level, and fuels left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import name_latex
from neuralcrn.plots.style import GREY, PAGE_WIDTH, PALETTE, legend_above, new_figure, paper_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Curves = Mapping[str, NDArray[np.float64]]


def dna_figure(times: NDArray[np.float64], formal: Curves, actual: Curves, fuels: Curves) -> Figure:
    """Draw a formal network and its strand displacement side by side.

    Parameters
    ----------
    times : ndarray, shape (n,), formal units of time
        Of all curves.
    formal, actual : mapping of str to ndarray, shape (n,), formal units of concentration
        The same signals at both levels; of more than 7, those that move most are drawn.
    fuels : mapping of str to ndarray, shape (n,)
        Part of each fuel that is left; the 7 of which least is left are drawn.

    Examples
    --------
    >>> t = np.linspace(0.0, 1.0, 5)
    >>> figure = dna_figure(t, {"A": np.exp(-t)}, {"A": np.exp(-0.9 * t)}, {"G1": 1.0 - 0.1 * t})
    >>> [axes.get_title(loc="right") for axes in figure.axes]
    ['formal', 'DNA level', 'fuels']
    """
    shown = sorted(formal, key=lambda name: -float(np.ptp(formal[name])))[: len(PALETTE)]
    spent = sorted(fuels, key=lambda name: float(fuels[name][-1]))[: len(PALETTE)]
    figure = new_figure(PAGE_WIDTH, 2.6)
    with paper_style():
        left, middle, right = figure.subplots(1, 3)
        middle.sharey(left)
        for axes, curves in ((left, formal), (middle, actual)):
            _draw(axes, times, {name: curves[name] for name in shown})
        for name in shown:
            middle.plot(times, formal[name], color=GREY, linewidth=0.6, linestyle="--", zorder=3)
        _draw(right, times, {name: 100.0 * fuels[name] for name in spent})
        left.set_ylabel("concentration")
        right.set_ylabel("left (%)")
        for axes, title in ((left, "formal"), (middle, "DNA level"), (right, "fuels")):
            axes.set_title(title, loc="right")
            axes.set_xlabel("time")
            axes.set_xlim(times[0], times[-1])
    return figure


def _draw(axes: Axes, times: NDArray[np.float64], curves: Curves) -> None:
    for colour, (name, values) in zip(PALETTE, curves.items(), strict=False):
        axes.plot(times, values, color=colour, label=f"${name_latex(name)}$")
    if curves:
        legend_above(axes, 4)
