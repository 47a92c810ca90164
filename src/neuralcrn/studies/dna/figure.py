"""Figure of strand displacement: signals of both levels, their difference, and remaining fuels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuralcrn.display import name_latex
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
from neuralcrn.studies.dna.comparison import DnaComparison

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def dna_figure(comparison: DnaComparison) -> Figure:
    """Draw a formal network and its strand displacement, their difference, and the remaining fuels.

    If there are more than 7 signals, those that change most are drawn; of the fuels, the 7 most consumed.
    Identical curves share a line and its label. The axes are in nM, and in seconds, minutes, hours or days.

    Parameters
    ----------
    comparison : DnaComparison
        Simulations at both levels.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> from neuralcrn.compiler import DnaConditions, compile_dna
    >>> from neuralcrn.studies.dna import compare_dna
    >>> formal = parse_network("A -> B [k = 1]" + chr(10) + "A @initial 1")
    >>> dna = compile_dna(formal, DnaConditions(unit_concentration=1e-8, unit_time=36_000.0))
    >>> figure = dna_figure(compare_dna(dna, 1.0))
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['concentration (nM)', 'DNA minus formal (nM)', 'remaining fuel (%)']
    >>> figure.axes[0].get_xlabel()
    'time (hours)'
    """
    conditions = comparison.dna.conditions
    formal = {name: comparison.formal[name] for name in comparison.errors}
    actual = {name: comparison.signal(name) for name in formal}
    fuels = {use.fuel: comparison.left(use.fuel) for use in comparison.fuels}
    times = comparison.formal.times
    moving = sorted(formal, key=lambda name: -float(np.ptp(formal[name])))[: len(PALETTE)]
    shown = [name for name in formal if name in moving]
    spent = sorted(fuels, key=lambda name: float(fuels[name][-1]))[: len(PALETTE)]
    unit, seconds = _time_unit(float(times[-1]) * conditions.unit_time)
    clock, nanomolar = times * conditions.unit_time / seconds, conditions.unit_concentration * 1e9
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
            (difference, "DNA minus formal (nM)"),
            (rest, "remaining fuel (%)"),
        ):
            axes.set(xlabel=f"time ({unit})", xlim=(0.0, clock[-1]), ylabel=label)
    return figure


def _time_unit(seconds: float) -> tuple[str, float]:
    """Return the largest unit in which the time is at least two, and its seconds."""
    units = {"days": 86_400.0, "hours": 3_600.0, "minutes": 60.0}
    return next(((name, unit) for name, unit in units.items() if seconds >= 2.0 * unit), ("seconds", 1.0))


def _shown(name: str) -> str:
    return f"${name_latex(name)}$"
