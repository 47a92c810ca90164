"""The figures of the studies show every row, and say what could not be drawn."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neuralcrn.errors import InvalidValueError
from neuralcrn.plots import save
from neuralcrn.studies.figures import gradient_study_figure, growth_figure
from neuralcrn.studies.gradients import GradientRow
from neuralcrn.studies.growth import GrowthRow

GRADIENTS = [
    GradientRow("quadratic", t, n, 3, 4 * t, 3 * t, 6 * t, 4.1 * t, 1.0 + t, 0.3 * n, 0.2 * n, 14 * n, 25 * n)
    for t in (0.1, 1.0)
    for n in (2, 8)
]
STAGED = [
    GrowthRow("quadratic", "first-order", "staged", n, 7 * n, 14 * n, n / 1e3, 9000 * n, 900 * n, n / 1e5)
    for n in (100, 10, 1)
]
POTS = [dataclasses.replace(row, level="autonomous", step_seconds=None) for row in STAGED]


def drawn(axes: Axes, marker: str) -> list[list[tuple[float, float]]]:
    """Return the points of every line of a panel with this marker, without the keys of its legend."""
    lines = [line for line in axes.lines if line.get_marker() == marker and len(line.get_xydata())]
    return [[tuple(point) for point in np.asarray(line.get_xydata()).tolist()] for line in lines]


def test_angles_losses_and_reactions_stand_where_they_were_measured(tmp_path):
    figure = gradient_study_figure(list(reversed(GRADIENTS)))
    over_horizon, over_size, losses, reactions = figure.axes
    assert drawn(over_horizon, "o") == [[(0.1, 0.4), (1.0, 4.0)]] * 2
    assert drawn(over_size, "o") == [[(2.0, 0.4), (8.0, 0.4)], [(2.0, 4.0), (8.0, 4.0)]]
    assert drawn(losses, "o") == [[(0.1, 0.2 * n), (1.0, 0.2 * n)] for n in (2, 8)]
    assert drawn(losses, "s") == [[(0.1, 0.3 * n), (1.0, 0.3 * n)] for n in (2, 8)]
    assert set(drawn(reactions, "o")[0]) == {(2.0, 50.0), (8.0, 200.0)}
    assert set(drawn(reactions, "s")[0]) == {(2.0, 28.0), (8.0, 112.0)}
    named = [text.get_text() for text in over_horizon.get_legend().get_texts()]
    assert named == ["N = 2", "N = 8"]
    assert [panel.get_xscale() for panel in figure.axes] == ["log"] * 4
    save(figure, tmp_path / "gradients.png")


def test_ranges_reach_from_the_smallest_to_the_largest_angle():
    (first, _) = gradient_study_figure(GRADIENTS).axes[0].containers
    segments = first.lines[2][0].get_segments()
    np.testing.assert_allclose([segment[:, 1] for segment in segments], [[0.3, 0.6], [3.0, 6.0]])


def test_trainings_that_diverged_are_counted_and_zero_angles_left_out(tmp_path):
    lost = dataclasses.replace(GRADIENTS[0], exact_loss=math.inf, angle=0.0, lowest_angle=0.0)
    figure = gradient_study_figure([lost, *GRADIENTS[1:]])
    assert figure.axes[2].get_title(loc="right") == "colours as above, 1 diverged"
    assert drawn(figure.axes[2], "o")[0] == [(1.0, 0.4)]
    save(figure, tmp_path / "gradients.png")


def test_every_column_of_growth_is_drawn_for_every_form(tmp_path):
    figure = growth_figure([*STAGED, *POTS])
    counts, compiling, memory, steps = figure.axes
    assert drawn(counts, "o") == [[(1.0, 14.0), (10.0, 140.0), (100.0, 1400.0)]] * 2
    assert drawn(counts, "s") == [[(1.0, 7.0), (10.0, 70.0), (100.0, 700.0)]] * 2
    assert drawn(compiling, "o")[0] == [(1.0, 0.001), (10.0, 0.01), (100.0, 0.1)]
    assert drawn(memory, "s")[1][-1] == (100.0, 90_000.0)
    assert drawn(steps, "o") == [[(1.0, 1e-5), (10.0, 1e-4), (100.0, 1e-3)]]
    (legend,) = figure.legends
    named = [text.get_text() for text in legend.get_texts()]
    assert named == ["quadratic, first-order, staged", "quadratic, first-order, autonomous"]
    save(figure, tmp_path / "growth.png")


@pytest.mark.parametrize(
    ("figure", "first"), [(growth_figure(STAGED), 10.0), (growth_figure(STAGED[:1]), 100.0)]
)
def test_the_line_of_slope_one_runs_along_the_last_decade_below_the_data(figure: Figure, first: float):
    for panel in figure.axes:
        (guide,) = [line for line in panel.lines if line.get_linestyle() == ":"]
        (low, start), (last, end) = np.asarray(guide.get_xydata()).tolist()
        assert (low, last) == (pytest.approx(first), 100.0)
        assert end / start == pytest.approx(last / low)
        lines = [*drawn(panel, "o"), *drawn(panel, "s")]
        assert end < min(y for points in lines for x, y in points if x == last)


def test_what_no_form_has_is_said_to_be_unmeasured(tmp_path):
    figure = growth_figure(POTS)
    assert [text.get_text() for text in figure.axes[3].texts] == ["nothing measured"]
    save(figure, tmp_path / "growth.png")


def test_what_cannot_be_drawn_is_refused():
    other = dataclasses.replace(GRADIENTS[0], circuit="mixing")
    for rows in ([], [*GRADIENTS, other]):
        with pytest.raises(InvalidValueError, match="rows of one circuit"):
            gradient_study_figure(rows)
    with pytest.raises(InvalidValueError, match="at least one"):
        growth_figure([])
