"""The figure of a clock shows what was measured, for every kind of clock."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from numpy.typing import NDArray

from neuralcrn.compiler.pot.clocks import find_clock
from neuralcrn.errors import InvalidValueError
from neuralcrn.plots import clock_figure, save
from neuralcrn.studies.clock import Response, gate_values, sample_cycles

TIMES = np.linspace(0.0, 10.0, 200)
WAVE = {"C1": 1.0 + np.sin(TIMES), "C2": 1.0 - np.sin(TIMES)}
GATES = {"forward": WAVE["C1"], "feedback": WAVE["C2"]}
RATES = (
    Response("C1 + C2 -> 2 C2", 0.5, 50, True, 0.1, (0.2, -0.3), 0.0),
    Response("C2 + C1 -> 2 C1", 0.5, 4, False, None, None, None),
    Response("C1 + C2 -> 2 C2", 2.0, 50, True, -0.1, (-0.2, 0.3), 0.0),
)


def points(axes: Axes) -> NDArray[np.float64]:
    """Return the heights of all dots of a panel."""
    return np.sort(np.concatenate([line.get_ydata() for line in axes.lines if line.get_marker() == "o"]))


def test_panels_show_species_periods_and_responses(tmp_path):
    figure = clock_figure(TIMES, WAVE, GATES, [6.1, 6.2, 6.3], RATES, ())
    gates, linear, low, periods, rates, loads = figure.axes
    assert [label.get_text() for label in gates.get_yticklabels()] == ["forward", "feedback"]
    for line, values in zip(linear.lines, WAVE.values(), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), values)
    assert (linear.get_yscale(), low.get_yscale()) == ("linear", "log")
    np.testing.assert_array_equal(points(periods), [6.1, 6.2, 6.3])
    np.testing.assert_allclose(points(rates), sorted([10.0, 20.0, -30.0, -10.0, -20.0, 30.0]))
    assert [label.get_text() for label in rates.get_xticklabels()] == ["0.5\n1 of 2\nrun", "2\n1 of 1\nrun"]
    assert loads.get_title(loc="left") == "none runs"
    save(figure, tmp_path / "clock.png")


def test_a_constant_period_is_drawn_flat(tmp_path):
    figure = clock_figure(TIMES, WAVE, GATES, [50.0, 50.000001, 50.0], (), ())
    low, high = figure.axes[3].get_ylim()
    assert high - low > 1.0
    assert figure.axes[3].get_title(loc="left") == "constant within 2e-08"


def test_zeros_are_left_out_of_the_logarithmic_panel(tmp_path):
    figure = clock_figure(TIMES, {**WAVE, "C3": np.zeros_like(TIMES)}, GATES, [1.0], (), ())
    low, high = figure.axes[2].get_ylim()
    assert 0.0 < low < high
    save(figure, tmp_path / "clock.png")


@pytest.mark.parametrize("name", ["restored-9", "red-green-blue"])
def test_every_kind_of_clock_can_be_drawn(name: str, tmp_path):
    clock, sample = find_clock(name), sample_cycles(find_clock(name), points=100)
    species = {key: sample[key] for key in sample.species}
    gates = {phase: gate_values(sample, gate) for phase, gate in clock.gates.items()}
    figure = clock_figure(sample.times, species, gates, [clock.period] * 3, (), ())
    legend = figure.axes[1].get_legend()
    assert legend is not None
    assert len(legend.get_texts()) == len(species) == 9
    save(figure, tmp_path / "clock.png")


def test_what_cannot_be_drawn_is_refused():
    for species, gates, periods in (
        ({}, GATES, [1.0]),
        (WAVE, {}, [1.0]),
        (WAVE, GATES, []),
        ({"C1": TIMES[1:]}, GATES, [1.0]),
    ):
        with pytest.raises(InvalidValueError, match="each as long as its times"):
            clock_figure(TIMES, species, gates, periods, (), ())
