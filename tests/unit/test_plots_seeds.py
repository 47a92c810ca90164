"""Figures of many seeds, and of data: what is drawn where."""

from __future__ import annotations

import numpy as np
import pytest

from neuralcrn.errors import InvalidValueError
from neuralcrn.learning import Metrics
from neuralcrn.plots import data_figure, fit_figure, loss_seeds_figure, png_of, spread_figure
from neuralcrn.tasks import iris, linear_regression, make_task, xor


def run_of(losses: list[float]) -> list[Metrics]:
    return [Metrics(k, loss, 2.0 * loss, None, None, 1.0, b"") for k, loss in enumerate(losses, start=1)]


def test_the_thick_line_is_the_median_as_far_as_all_go():
    runs = [run_of([3.0, 2.0, 1.0]), run_of([5.0, 4.0]), run_of([4.0, 4.0, 4.0])]
    lines = loss_seeds_figure(runs).axes[0].lines
    assert len(lines) == 8
    np.testing.assert_array_equal(lines[3].get_ydata(), [4.0, 4.0])
    np.testing.assert_array_equal(lines[7].get_ydata(), [8.0, 8.0])


def test_a_training_without_an_epoch_is_left_out_but_not_all_of_them():
    assert len(loss_seeds_figure([run_of([1.0]), []]).axes[0].lines) == 4
    with pytest.raises(InvalidValueError, match="none of the trainings"):
        loss_seeds_figure([[], []])


def test_a_spread_shows_each_seed_the_median_and_the_figure_of_others():
    figure = spread_figure({"a": [1.0, 4.0, np.inf], "b": [2.0]}, {"a": 3.0, "b": None}, "loss")
    drawn = [line.get_xdata() for line in figure.axes[0].lines if line.get_marker() in ("o", "|", "D")]
    assert [list(x) for x in drawn] == [[1.0, 4.0], [4.0], [3.0], [2.0], [2.0], []]


@pytest.mark.parametrize("rows", [{}, {"a": []}])
def test_a_spread_of_nothing_is_refused(rows):
    with pytest.raises(InvalidValueError, match="at least one experiment"):
        spread_figure(rows, {}, "loss")


@pytest.mark.parametrize("name", ["linear-regression", "xor", "iris"])
def test_every_training_sample_is_drawn(name):
    task = make_task(name)
    points = [c.get_offsets() for c in data_figure(task).axes[0].collections]
    drawn = np.concatenate(points)
    np.testing.assert_array_equal(np.sort(drawn, axis=0), np.sort(task.train.features[:, :2], axis=0))


@pytest.mark.parametrize(
    ("task", "form"), [(linear_regression(0), "prediction"), (xor(0), "decision"), (iris(0), "confusion")]
)
def test_the_form_of_a_fit_suits_its_task(task, form):
    def mean(features: np.ndarray) -> np.ndarray:
        return np.repeat(features.mean(axis=1, keepdims=True), task.outputs, axis=1)

    (name, first), (_, second) = fit_figure(task, mean, mean), fit_figure(task, mean, mean)
    assert name == form
    assert png_of(first) == png_of(second)
