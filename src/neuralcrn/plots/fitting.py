"""Figures of a fit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from neuralcrn.fitting.drawing import (
    curves,
    draw_curves,
    draw_marginal,
    draw_pair,
    draw_residuals,
    draw_waterfall,
)
from neuralcrn.plots.style import PAGE_WIDTH, new_figure, paper_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neuralcrn.fitting import Fit

_COLUMNS = 3
_DRAWN = 10
"""Maximum number of observables in the figure."""
_PARAMETERS = 8
"""Maximum number of parameters in the figure of samples."""


def fitted_figure(fit: Fit) -> Figure:
    """Draw each observable with its data, the residuals, and the objective of all starts.

    Parameters
    ----------
    fit : Fit
        The fit; at most ten observables are drawn.
    """
    observables = list(dict.fromkeys(m.observable for m in fit.problem.measurements))[:_DRAWN]
    count = len(observables) + 2
    rows, found = math.ceil(count / _COLUMNS), curves(fit)
    figure = new_figure(PAGE_WIDTH, 0.3 + 2.0 * rows)
    with paper_style():
        panels = figure.subplots(rows, min(_COLUMNS, count), squeeze=False).flat
        for observable in observables:
            draw_curves(next(panels), fit, observable, found)
        draw_residuals(next(panels), fit)
        draw_waterfall(next(panels), fit.starts)
        for panel in panels:
            panel.remove()
    return figure


def samples_figure(fit: Fit) -> Figure:
    """Draw samples of the posterior distribution: each parameter, and each pair of parameters.

    Parameters
    ----------
    fit : Fit
        The fit with its `posterior`; the first eight parameters are drawn.
    """
    count = min(len(fit.estimates), _PARAMETERS)
    size = max(2.5, min(PAGE_WIDTH, 1.6 * count))
    figure = new_figure(size, size)
    with paper_style():
        panels = figure.subplots(count, count, squeeze=False, sharex="col").flat
        for panel, (up, across) in zip(panels, np.ndindex(count, count), strict=True):
            if across > up:
                panel.remove()
            elif across == up:
                draw_marginal(panel, fit, up)
            else:
                draw_pair(panel, fit, across, up)
            panel.label_outer()
    return figure
