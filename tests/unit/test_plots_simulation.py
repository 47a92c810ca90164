"""Figures of simulations: smooth curves, bands above zero, every run, a curve for each value."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from neuralcrn.errors import InvalidValueError
from neuralcrn.plots import runs_figure, scan_figure, trajectory_figure
from neuralcrn.plots.style import PALETTE

TIMES = np.linspace(0.0, 3.0, 40)
DECAY = {"A": np.exp(-TIMES), "B": 1.0 - np.exp(-TIMES)}


def test_bands_end_at_zero() -> None:
    wide = {name: np.full_like(TIMES, 2.0) for name in DECAY}
    figure = trajectory_figure(TIMES, DECAY, "molecules", deviations=wide)
    for band, values in zip(figure.axes[0].collections, DECAY.values(), strict=True):
        (path,) = band.get_paths()
        assert path.vertices[:, 1].min() == 0.0
        assert path.vertices[:, 1].max() == pytest.approx(values.max() + 2.0)
    assert figure.axes[0].get_ylim()[0] == 0.0


def test_what_is_drawn_are_the_values() -> None:
    axes = trajectory_figure(TIMES, DECAY, "amount").axes[0]
    for line, values in zip(axes.get_lines(), DECAY.values(), strict=True):
        np.testing.assert_array_equal(line.get_xydata(), np.column_stack([TIMES, values]))
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time", "amount")


def test_of_many_species_those_that_change_most_are_drawn_and_told_apart() -> None:
    many = {f"S{i}": (i % 40) * TIMES for i in range(100)}
    axes = trajectory_figure(TIMES, many, "concentration").axes[0]
    looks = {(line.get_color(), line.get_linestyle()) for line in axes.get_lines()}
    assert len(looks) == len(axes.get_lines()) == 2 * len(PALETTE)
    assert min(line.get_ydata().max() for line in axes.get_lines()) >= 3.0 * 32
    assert "14 of 100 species" in axes.get_legend().get_title().get_text()


@pytest.mark.parametrize("log", ["x", "y", "xy"])
def test_logarithmic_axes(log: str) -> None:
    axes = trajectory_figure(TIMES, DECAY, "concentration", log=log).axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == (
        "log" if "x" in log else "linear",
        "log" if "y" in log else "linear",
    )
    assert axes.get_xlim() == (TIMES[1] if "x" in log else 0.0, 3.0)
    if "y" in log:
        with pytest.raises(InvalidValueError, match="no value is positive"):
            trajectory_figure(TIMES, {"A": np.zeros_like(TIMES)}, "concentration", log=log)


def test_every_run_is_drawn_and_their_mean() -> None:
    runs = {"A": np.random.default_rng(1).poisson(5.0, (30, len(TIMES))).astype(float)}
    lines = runs_figure(TIMES, runs, "molecules", jumps=True).axes[0].get_lines()
    assert len(lines) == 31
    for line, values in zip(lines, [*runs["A"], runs["A"].mean(axis=0)], strict=True):
        np.testing.assert_array_equal(line.get_ydata(), values)
    assert len(runs_figure(TIMES, {"A": np.ones((500, 40))}, "molecules").axes[0].get_lines()) == 201


def test_a_scan_has_a_curve_of_its_own_colour_for_each_value() -> None:
    values = [0.1, 1.0, 10.0]
    curves = {name: np.exp(-np.outer(values, TIMES)) * scale for name, scale in (("A", 1.0), ("B", 2.0))}
    curves["B"][2, 20:] = np.nan  # a run that ended early
    figure = scan_figure(TIMES, curves, "k1", values, "concentration", by_decade=True)
    for axes, name in zip(figure.axes, curves, strict=False):
        assert len({to_hex(line.get_color()) for line in axes.get_lines()}) == 3
        for line, series in zip(axes.get_lines(), curves[name], strict=True):
            np.testing.assert_array_equal(line.get_ydata(), series)
    bars = [axes for panel in figure.axes for axes in panel.child_axes]
    assert [bar.get_ylabel() for bar in bars] == ["k1"]
