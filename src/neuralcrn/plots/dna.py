"""The figure of strand displacement: signals of the formal network and of the DNA level, and fuels left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import name_latex
from neuralcrn.plots.style import (
    BLACK,
    GREY,
    PAGE_WIDTH,
    PALETTE,
    distinct,
    legend_above,
    new_figure,
    paper_style,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Vector = NDArray[np.float64]
Curves = Mapping[str, Vector]


def dna_figure(
    times: Vector,
    formal: Curves,
    actual: Curves,
    fuels: Curves,
    *,
    unit_concentration: float,
    unit_time: float,
) -> Figure:
    """Draw a formal network and its strand displacement over each other, their difference, and the fuels.

    Curves that cannot be told apart share a line and its name.

    Parameters
    ----------
    times : ndarray, shape (n,), formal units of time
        Of all curves.
    formal, actual : mapping of str to ndarray, shape (n,), formal units of concentration
        The same signals at both levels; of more than 7, those that move most are drawn.
    fuels : mapping of str to ndarray, shape (n,)
        Part of each fuel that is left; the 7 of which least is left are drawn.
    unit_concentration, unit_time : float, M and s
        What the formal units are; the axes are in nM, and in seconds, minutes, hours or days.

    Examples
    --------
    >>> t = np.linspace(0.0, 1.0, 5)
    >>> figure = dna_figure(
    ...     t, {"A": np.exp(-t)}, {"A": np.exp(-0.9 * t)}, {"G1": 1.0 - 0.1 * t},
    ...     unit_concentration=1e-8, unit_time=36_000.0,
    ... )
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['concentration (nM)', 'DNA less formal (nM)', 'fuel left (%)']
    >>> figure.axes[0].get_xlabel()
    'time (hours)'
    """
    moving = sorted(formal, key=lambda name: -float(np.ptp(formal[name])))[: len(PALETTE)]
    shown = [name for name in formal if name in moving]
    spent = sorted(fuels, key=lambda name: float(fuels[name][-1]))[: len(PALETTE)]
    unit, seconds = _time_unit(float(times[-1]) * unit_time)
    clock, nanomolar = times * unit_time / seconds, unit_concentration * 1e9
    figure = new_figure(PAGE_WIDTH, 2.8)
    with paper_style():
        signals, difference, rest = figure.subplots(1, 3)
        for colour, name in zip(PALETTE, shown, strict=False):
            signals.plot(clock, nanomolar * actual[name], color=colour, label=_shown(name))
            difference.plot(
                clock, nanomolar * (actual[name] - formal[name]), color=colour, label=_shown(name)
            )
            signals.plot(clock, nanomolar * formal[name], color=BLACK, linewidth=0.7, linestyle=(0, (2, 2)))
        difference.axhline(0.0, color=GREY, linewidth=0.4)
        signals.plot([], [], color=BLACK, linewidth=0.7, linestyle=(0, (2, 2)), label="formal")
        left = distinct([(_shown(name), 100.0 * fuels[name]) for name in spent])
        for colour, (label, values) in zip(PALETTE, left, strict=False):
            rest.plot(clock, values, color=colour, label=label)
        legend_above(signals, 3)
        legend_above(difference, 3)
        if left:
            legend_above(rest, 2)
        for axes, label in (
            (signals, "concentration (nM)"),
            (difference, "DNA less formal (nM)"),
            (rest, "fuel left (%)"),
        ):
            axes.set(xlabel=f"time ({unit})", xlim=(0.0, clock[-1]), ylabel=label)
    return figure


def _time_unit(seconds: float) -> tuple[str, float]:
    """Return the largest unit of which the time is at least two, and its seconds."""
    units = {"days": 86_400.0, "hours": 3_600.0, "minutes": 60.0}
    return next(((name, unit) for name, unit in units.items() if seconds >= 2.0 * unit), ("seconds", 1.0))


def _shown(name: str) -> str:
    return f"${name_latex(name)}$"
