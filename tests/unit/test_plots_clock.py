"""The figure of a clock shows what was measured, for every kind of clock."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from numpy.typing import NDArray

from neuralcrn.compiler.pot.clocks import CLOCKS
from neuralcrn.engines import Outcome, Trajectory
from neuralcrn.plots import save
from neuralcrn.studies.clock import ClockReport, Response, Steadiness, clock_figure, sample_cycles

TIMES = np.linspace(0.0, 10.0, 200)
RING = CLOCKS.find("ring-3")
WAVES = {name: 1.0 + np.sin(TIMES + k) for k, name in enumerate(RING.network.species)}
RATES = (
    Response("C1 + C2 -> 2 C2", 0.5, 50, True, 0.1, (0.2, -0.3, 0.4, -0.5), 0.0),
    Response("C2 + C1 -> 2 C1", 0.5, 4, False, None, None, None),
    Response("C1 + C2 -> 2 C2", 2.0, 50, True, -0.1, (-0.2, 0.3, -0.4, 0.5), 0.0),
)


def report_of(*periods: float, rates: tuple[Response, ...] = ()) -> ClockReport:
    """Return a report of these periods and responses."""
    count = len(periods)
    steady = Steadiness.of(np.array(periods))
    return ClockReport("ring-3", 3, 3, 2.0, count, count, steady, periods, (), (), rates, ())


def sample_of(**changed: NDArray[np.float64]) -> Trajectory:
    """Return a record of the ring with some of its waves replaced."""
    values = np.transpose([*{**WAVES, **changed}.values()])
    return Trajectory(RING.network.species, TIMES, values, Outcome.SUCCESS, TIMES[-1], 1, values[-1])


def points(axes: Axes) -> NDArray[np.float64]:
    """Return the heights of all dots of a panel."""
    return np.sort(np.concatenate([line.get_ydata() for line in axes.lines if line.get_marker() == "o"]))


def test_panels_show_species_periods_and_responses(tmp_path):
    figure = clock_figure(RING, report_of(6.1, 6.2, 6.3, rates=RATES), sample_of())
    gates, linear, low, periods, rates, loads = figure.axes
    assert [label.get_text() for label in gates.get_yticklabels()] == list(RING.gates)
    for line, values in zip(linear.lines, WAVES.values(), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), values)
    assert (linear.get_yscale(), low.get_yscale()) == ("linear", "log")
    np.testing.assert_array_equal(points(periods), [6.1, 6.2, 6.3])
    changes = [100.0 * change for r in RATES if r.runs for change in (r.period, *r.gates)]
    np.testing.assert_allclose(points(rates), sorted(changes))
    assert [label.get_text() for label in rates.get_xticklabels()] == ["0.5\n1 of 2\nrun", "2\n1 of 1\nrun"]
    assert loads.get_title(loc="left") == "none runs"
    save(figure, tmp_path / "clock.png")


def test_a_constant_period_is_drawn_flat(tmp_path):
    figure = clock_figure(RING, report_of(50.0, 50.000001, 50.0), sample_of())
    low, high = figure.axes[3].get_ylim()
    assert high - low > 1.0
    assert figure.axes[3].get_title(loc="left") == "constant within 2e-08"


def test_zeros_are_left_out_of_the_logarithmic_panel(tmp_path):
    figure = clock_figure(RING, report_of(1.0), sample_of(C3=np.where(TIMES < 5.0, 0.0, 1.0)))
    low, high = figure.axes[2].get_ylim()
    assert 0.0 < low < high
    save(figure, tmp_path / "clock.png")


@pytest.mark.parametrize("name", ["restored-9", "red-green-blue"])
def test_every_kind_of_clock_can_be_drawn(name: str, tmp_path):
    clock = CLOCKS.find(name)
    figure = clock_figure(clock, report_of(*[clock.period] * 3), sample_cycles(clock, points=100))
    legend = figure.axes[1].get_legend()
    assert legend is not None
    assert len(legend.get_texts()) == len(clock.network.species) == 9
    save(figure, tmp_path / "clock.png")
