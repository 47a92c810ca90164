"""Pictures of a fit, drawn into axes: curves with data, residuals, objective of all starts, samples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import printable
from neuralcrn.fitting.objective import Objective
from neuralcrn.fitting.problem import FitProblem, Measurement

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from neuralcrn.fitting.optimise import LocalFit
    from neuralcrn.fitting.result import Fit

Array = NDArray[np.float64]
Series = tuple[str, str]
"""Observable and experiment."""

_POINTS = 200
_LEGEND = 12
"""Maximum number of experiments in a legend."""
_BINS, _DOTS, _LOGARITHMIC = 40, 2_000, 10.0
"""Bins of a histogram, maximum number of samples that are drawn as dots, and the ratio of the largest to the
smallest value from which an axis is logarithmic.
"""
_COLOUR = "#5a9fc9"
_SMALLEST = 1e-3
"""Smallest difference of objectives in the picture of all starts."""


def series_of(problem: FitProblem) -> dict[Series, list[int]]:
    """Return the measurements of each observable in each experiment, by index."""
    found: dict[Series, list[int]] = {}
    for row, measurement in enumerate(problem.measurements):
        found.setdefault((measurement.observable, measurement.experiment), []).append(row)
    return found


def curves(fit: Fit) -> dict[Series, tuple[Array, Array]]:
    """Return times and simulated values of each observable in each experiment, at many times."""
    problem = fit.problem
    starts = {experiment.name: experiment.start for experiment in problem.experiments}
    grids: dict[Series, Array] = {}
    dense: list[Measurement] = []
    for series, rows in series_of(problem).items():
        mine = [problem.measurements[row] for row in rows]
        finite = [measurement.time for measurement in mine if np.isfinite(measurement.time)]
        start = starts[series[1]]
        grids[series] = np.linspace(start, max(finite, default=start), _POINTS)
        dense += [replace(mine[0], time=float(time)) for time in grids[series]]
    objective = Objective.of(replace(problem, measurements=tuple(dense)))
    values = objective.at(np.array(fit.starts[0].point)).simulated.reshape(-1, _POINTS)
    return {series: (grid, row) for (series, grid), row in zip(grids.items(), values, strict=True)}


def draw_curves(axes: Axes, fit: Fit, observable: str, found: Mapping[Series, tuple[Array, Array]]) -> None:
    """Draw one observable: measured values as points, the fitted network as lines."""
    experiments: list[str] = []
    for (name, experiment), rows in series_of(fit.problem).items():
        if name != observable:
            continue
        mine = [fit.problem.measurements[row] for row in rows]
        (line,) = axes.plot(*found[name, experiment], label=printable(experiment, 20))
        axes.plot(
            [m.time for m in mine], [m.value for m in mine], "o", markersize=3.0, color=line.get_color()
        )
        experiments.append(experiment)
    axes.set(xlabel="time", ylabel=printable(observable, 30))
    if 1 < len(experiments) <= _LEGEND:
        axes.legend(frameon=False, fontsize="small")


def draw_residuals(axes: Axes, fit: Fit) -> None:
    """Draw all residuals over time, in units of the noise."""
    names = dict.fromkeys(measurement.observable for measurement in fit.problem.measurements)
    for name in names:
        rows = [i for i, m in enumerate(fit.problem.measurements) if m.observable == name]
        times = [fit.problem.measurements[row].time for row in rows]
        axes.plot(times, fit.evaluation.residuals[rows], "o", markersize=3.0, label=printable(name, 20))
    for level in (-2.0, 0.0, 2.0):
        axes.axhline(level, color="#bbbbbb", linewidth=0.8, linestyle="-" if level == 0.0 else ":")
    axes.set(xlabel="time", ylabel="residual (in units of the noise)")
    if 1 < len(names) <= _LEGEND:
        axes.legend(frameon=False, fontsize="small")


def draw_waterfall(axes: Axes, starts: Sequence[LocalFit]) -> None:
    """Draw the objective of all starts, in order, above that of the best."""
    values = np.array([start.value for start in starts])
    values = values[np.isfinite(values)]
    axes.plot(np.arange(1, len(values) + 1), np.maximum(values - values[0], _SMALLEST), "o-", markersize=3.0)
    axes.set_yscale("log")
    axes.set(xlabel="start, in order", ylabel="objective above the best")


def draw_marginal(axes: Axes, fit: Fit, place: int) -> None:
    """Draw the samples of a parameter, with the estimate and the ends of the credible interval as lines."""
    assert fit.posterior is not None
    values, one = fit.posterior.flat[:, place], fit.estimates[place]
    ends = values.min(), values.max()
    logarithmic = _is_logarithmic(values)
    axes.hist(values, np.geomspace(*ends, _BINS + 1) if logarithmic else _BINS, color=_COLOUR)
    low, _, high = fit.posterior.intervals[one.name]
    axes.axvline(one.value, color="black")
    for end in (low, high):
        axes.axvline(end, color="black", linestyle=":")
    if logarithmic:
        axes.set_xscale("log")
    axes.set(xlabel=printable(one.name, 30), yticks=[])


def draw_pair(axes: Axes, fit: Fit, across: int, up: int) -> None:
    """Draw the samples of two parameters as dots."""
    assert fit.posterior is not None
    samples = fit.posterior.flat
    shown = samples[:: math.ceil(len(samples) / _DOTS)]
    axes.plot(shown[:, across], shown[:, up], ".", markersize=1.0, color=_COLOUR, rasterized=True)
    axes.plot(fit.estimates[across].value, fit.estimates[up].value, "+", markersize=6.0, color="black")
    if _is_logarithmic(samples[:, across]):
        axes.set_xscale("log")
    if _is_logarithmic(samples[:, up]):
        axes.set_yscale("log")
    axes.set(xlabel=printable(fit.estimates[across].name, 30), ylabel=printable(fit.estimates[up].name, 30))


def _is_logarithmic(values: Array) -> bool:
    """Return whether the axis of some values is logarithmic."""
    return bool(values.min() > 0.0 and values.max() > _LOGARITHMIC * values.min())
