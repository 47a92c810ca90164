"""Curves over epochs show the metrics, on axes that suit them."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from neuralcrn.errors import InvalidValueError
from neuralcrn.plots import loss_figure, parameter_figure, save
from neuralcrn.training import Metrics, Trained, train_task


@pytest.fixture(scope="module")
def regression() -> Trained:
    return train_task("linear-regression", epochs=2)


@pytest.fixture(scope="module")
def classification() -> Trained:
    return train_task("xor", epochs=2)


def metrics_with(*losses: float) -> list[Metrics]:
    return [Metrics(k, loss, loss, None, None, 1.0, ()) for k, loss in enumerate(losses, start=1)]


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
    names = [str(p) for p in regression.trainer.lowered.program.circuit.trained_parameters]
    figure = parameter_figure(regression.metrics, names)
    (axes,) = figure.axes
    assert axes.get_ylabel() == r"$\theta$ (concentration)"
    np.testing.assert_array_equal(
        [curve(axes, rf"$\theta_{{{k}}}$") for k in (1, 2)],
        np.transpose([m.parameters for m in regression.metrics]),
    )


@pytest.mark.parametrize(("names", "panels"), [("ab", 2), ("abcd", 4), ("abcde", 5)])
def test_panels_fill_rows_and_many_traces_have_no_legend(names: str, panels: int, tmp_path):
    parameters = [f"{name}[{k}]" for name in names for k in range(7 if name == "a" else 2)]
    values = [Metrics(k, 1.0, 1.0, None, None, 1.0, tuple(range(len(parameters)))) for k in (1, 2)]
    figure = parameter_figure(values, parameters)
    assert len(figure.axes) == panels
    assert [axes.get_legend() is None for axes in figure.axes] == [True] + [False] * (panels - 1)
    assert figure.axes[0].get_title(loc="left") == "7 traces"
    save(figure, tmp_path / "parameters.png")


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InvalidValueError, match="train for at least one epoch"):
        loss_figure([])
    with pytest.raises(InvalidValueError, match="1 names for"):
        parameter_figure(metrics_with(0.5), ["theta[0]"])
    with pytest.raises(InvalidValueError, match=r"theta\[0\] or"):
        parameter_figure(metrics_with(0.5), ["theta[0] or"])
