"""Curves over epochs show the metrics, on axes that suit them."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from neuralcrn.errors import InvalidValueError
from neuralcrn.learning import Metrics, Trained, pack, train_task
from neuralcrn.plots import loss_figure, loss_seeds_figure, parameter_figure, save


@pytest.fixture(scope="module")
def regression() -> Trained:
    return train_task("linear-regression", "linear", epochs=2)


@pytest.fixture(scope="module")
def classification() -> Trained:
    return train_task("xor", "cubic-quadratic", epochs=2)


def metrics_with(*losses: float) -> list[Metrics]:
    return [Metrics(k, loss, loss, None, None, 1.0, b"") for k, loss in enumerate(losses, start=1)]


def curve(axes: Axes, label: str) -> np.ndarray:
    return next(np.asarray(line.get_ydata()) for line in axes.lines if line.get_label() == label)


def test_losses_are_the_metrics(regression: Trained):
    figure = loss_figure(regression.metrics)
    (axes,) = figure.axes
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), [1, 2])
    np.testing.assert_array_equal(curve(axes, "training"), [m.train_loss for m in regression.metrics])
    np.testing.assert_array_equal(curve(axes, "validation"), [m.validation_loss for m in regression.metrics])


def test_a_classification_has_a_panel_of_accuracies(classification: Trained):
    _, axes = loss_figure(classification.metrics).axes
    np.testing.assert_array_equal(curve(axes, "validation"), [m.accuracy for m in classification.metrics])
    np.testing.assert_array_equal(curve(axes, "test"), [m.test_accuracy for m in classification.metrics])


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        ((0.5, 0.04), "log"),
        ((0.5, 0.1), "linear"),
        ((0.5, 0.0), "linear"),
        ((0.5, float("nan"), 0.01), "log"),
    ],
)
def test_the_loss_is_logarithmic_beyond_a_decade(losses: tuple[float, ...], scale: str, tmp_path):
    figure = loss_figure(metrics_with(*losses))
    assert figure.axes[0].get_yscale() == scale
    save(figure, tmp_path / "loss.png")


def test_one_epoch_is_drawn_as_a_dot(tmp_path):
    figure = loss_figure(metrics_with(0.5))
    assert figure.axes[0].lines[0].get_marker() == "o"
    save(figure, tmp_path / "loss.png")


def test_parameters_stand_in_one_panel_for_each_array(regression: Trained):
    names = [str(p) for p in regression.trainer.program.circuit.trained_parameters]
    figure = parameter_figure(regression.metrics, names)
    (axes,) = figure.axes
    assert axes.get_ylabel() == r"$\theta$ (concentration)"
    np.testing.assert_array_equal(
        [curve(axes, rf"$\theta_{{{k}}}$") for k in (1, 2)],
        np.transpose([m.parameters for m in regression.metrics]),
    )


@pytest.mark.parametrize(("names", "panels"), [("ab", 2), ("abcd", 4), ("abcde", 5)])
def test_panels_fill_rows_and_of_many_traces_those_that_move_most_are_named(
    names: str, panels: int, tmp_path
):
    parameters = [f"{name}[{k}]" for name in names for k in range(9 if name == "a" else 2)]
    moves = np.arange(len(parameters), dtype=float)
    values = [Metrics(k, 1.0, 1.0, None, None, 1.0, pack(moves + k * moves)) for k in (1, 2)]
    figure = parameter_figure(values, parameters)
    assert len(figure.axes) == panels
    first = figure.axes[0].get_legend()
    assert first is not None
    said = [text.get_text() for text in first.get_texts()]
    assert said == [*(rf"$a_{{{k}}}$" for k in range(4, 10)), "3 others"]
    coloured = {line.get_color() for line in figure.axes[0].lines if line.get_label() in said}
    assert len(coloured) == len(said)
    save(figure, tmp_path / "parameters.png")


def test_traces_on_top_of_each_other_share_a_line_and_its_name():
    values = [Metrics(k, 1.0, 1.0, None, None, 1.0, pack([1.0 * k, 1.0 * k, 2.0 * k])) for k in (1, 2)]
    (axes,) = parameter_figure(values, ["w[0]", "w[1]", "w[2]"]).axes
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["$w_{1}$, $w_{2}$", "$w_{3}$"]
    assert (
        sum(len(np.asarray(line.get_xdata())) == 2 and line.get_marker() == "o" for line in axes.lines) == 2
    )


def test_the_loss_has_a_unit_and_plain_numbers(tmp_path):
    for figure in (loss_figure(metrics_with(0.3, 0.02)), loss_seeds_figure([metrics_with(0.3, 0.02)])):
        axes = figure.axes[0]
        assert axes.get_ylabel() == "loss, half squared error\n(concentration²)"
        figure.draw_without_rendering()
        low, high = axes.get_ylim()
        ticks = zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
        numbers = [label.get_text() for y, label in ticks if low <= y <= high]
        assert numbers == ["0.02", "0.05", "0.1", "0.2"]


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InvalidValueError, match="train for at least one epoch"):
        loss_figure([])
    with pytest.raises(InvalidValueError, match="1 names for"):
        parameter_figure(metrics_with(0.5), ["theta[0]"])
    with pytest.raises(InvalidValueError, match=r"theta\[0\] or"):
        parameter_figure(metrics_with(0.5), ["theta[0] or"])
