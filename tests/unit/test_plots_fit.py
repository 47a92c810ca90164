"""Pictures of predictions show every sample, and mark exactly those that are wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from neuralcrn.errors import InvalidValueError
from neuralcrn.learning import Trained, train_task
from neuralcrn.plots import confusion_figure, decision_figure, fit_figure, prediction_figure, save
from neuralcrn.tasks import Samples, iris, linear_regression, xor
from neuralcrn.tasks.scaling import Scaling


@pytest.fixture(scope="module")
def classification() -> Trained:
    return train_task("xor", "cubic-quadratic", epochs=2)


def points(figure: Figure, label: str) -> np.ndarray:
    (found,) = (c for c in figure.axes[0].collections if c.get_label() == label)
    return np.asarray(found.get_offsets())


def test_predictions_stand_against_targets_before_and_after():
    targets, before, after = np.random.default_rng(0).uniform(size=(3, 8, 2))
    figure = prediction_figure(targets, before, after, "price in $ and $")
    for axes, predicted in zip(figure.axes, (before, after), strict=True):
        diagonal, *outputs = axes.lines
        np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())
        for k, line in enumerate(outputs):
            np.testing.assert_array_equal(line.get_xdata(), targets[:, k])
            np.testing.assert_array_equal(line.get_ydata(), predicted[:, k])
        loss = 0.5 * np.mean(np.sum((predicted - targets) ** 2, axis=1))
        assert axes.get_title().endswith(f"loss {loss:.3g}")


def test_predictions_of_a_training_are_drawn(tmp_path):
    trained = train_task("linear-regression", "linear", epochs=2)
    samples = trained.trainer.task.validation
    after = trained.predict(samples.features)
    save(prediction_figure(samples.targets, np.zeros_like(after), after, "line"), tmp_path / "fit.png")


@pytest.mark.parametrize(
    ("targets", "before", "said"),
    [([1.0], [1.0, 2.0], "give one each"), ([], [], "finite numbers"), ([1.0], [np.inf], "before: finite")],
)
def test_predictions_that_do_not_fit_are_refused(targets, before, said):
    with pytest.raises(InvalidValueError, match=said):
        prediction_figure(targets, before, before, "line")


def test_the_decision_map_marks_what_the_chemistry_gets_wrong(classification: Trained):
    task = classification.trainer.task
    calls: list[int] = []

    def predict(features: np.ndarray) -> np.ndarray:
        calls.append(len(features))
        return classification.predict(features)

    figure = decision_figure(task, predict, resolution=12)
    assert calls == [12 * 12 + len(task.validation)]
    wanted = task.labels(task.validation.targets)
    wrong = task.labels(classification.predict(task.validation.features)) != wanted
    assert 0 < wrong.sum() < len(wrong)
    np.testing.assert_array_equal(points(figure, "wrong"), task.validation.features[wrong])
    for label, name in enumerate(task.classes):
        np.testing.assert_array_equal(points(figure, name), task.validation.features[wanted == label])
    said = f"xor\n{wrong.sum()} of {len(wrong)} validation samples misclassified"
    assert figure.get_suptitle() == said


def test_a_crowd_of_samples_does_not_bury_the_map(classification: Trained):
    task = classification.trainer.task
    assert task.test is not None
    assert len(task.test) == 1600
    figure = decision_figure(task, lambda x: x[:, :1], task.test, resolution=5)
    dots = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    right = [c for c in dots if c.get_label() != "wrong"]
    wrong = [c for c in dots if c.get_label() == "wrong"]
    assert sum(len(c.get_offsets()) for c in right) == 150
    figure.draw_without_rendering()
    panel = figure.axes[0].get_window_extent()
    inches = panel.width * panel.height / figure.dpi**2
    covered = sum(len(c.get_offsets()) * c.get_sizes()[0] for c in right) / 72**2
    assert covered < 0.15 * inches
    assert 50 < sum(len(c.get_offsets()) for c in wrong) < 100  # half of all are wrong
    assert figure.axes[0].get_title(loc="right") == "150 shown"
    assert "800 of 1600 test samples" in figure.get_suptitle()


def test_regressions_of_a_file_are_drawn_in_its_own_units():
    raw = np.linspace(100.0, 300.0, 12)
    scaling = Scaling.fit(raw[:, None], raw[:, None])
    samples = Samples(scaling.scale_features(raw[:, None]), scaling.scale_targets(raw[:, None]))
    task = replace(
        linear_regression(0), name="houses", train=samples, validation=samples, scaling=scaling,
        feature_names=("area",), target_names=("price",), bounds=[[0.0, 1.0]], test=None,
    )  # fmt: skip
    name, figure = fit_figure(task, lambda x: 0.0 * x, lambda x: x)
    before, after = figure.axes
    assert name == "prediction"
    np.testing.assert_allclose(after.lines[1].get_ydata(), raw)
    np.testing.assert_allclose(before.lines[1].get_ydata(), 100.0)
    assert (after.get_xlabel(), before.get_ylabel()) == ("target (price)", "prediction (price)")
    assert before.get_title() == f"before training: error {np.sqrt(np.mean((raw - 100) ** 2)):.4g} (rms)"


def test_what_lies_far_off_before_training_is_counted_and_hides_nothing():
    figure = prediction_figure([0.0, 1.0], [50.0, 0.5], [0.1, 0.9], "line")
    assert figure.axes[1].get_xlim()[1] < 2.0
    assert [text.get_text() for text in figure.axes[0].texts] == ["1 beyond"]
    assert not figure.axes[1].texts


def test_the_map_has_its_boundary_at_the_threshold():
    task = xor(0)
    figure = decision_figure(task, lambda x: x[:, :1], resolution=11)
    np.testing.assert_allclose(np.asarray(figure.axes[0].images[0].get_array())[3], np.linspace(0.0, 1.0, 11))
    (boundary,) = (c for c in figure.axes[0].collections if not isinstance(c, PathCollection))
    np.testing.assert_allclose(boundary.get_paths()[0].vertices[:, 0], task.threshold)


def test_a_map_that_nothing_crosses_has_no_boundary(tmp_path):
    figure = decision_figure(xor(0), lambda x: np.ones((len(x), 1)), resolution=5)
    assert all(isinstance(c, PathCollection) for c in figure.axes[0].collections)
    save(figure, tmp_path / "map.png")


def test_the_map_reaches_every_sample_and_takes_any_names(tmp_path):
    task = replace(xor(0), feature_names=("a $ b $", "long" * 30), classes=("$x", "_y$"))
    far = Samples([[3.0, 0.5]], [[1.0]])
    figure = decision_figure(task, lambda x: x[:, :1], far, resolution=5)
    assert figure.axes[0].get_xlim() == (0.0, 3.0)
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [r"\$x", r" _y\$", "wrong"]
    save(figure, tmp_path / "map.png")


def test_maps_of_other_tasks_are_refused():
    with pytest.raises(InvalidValueError, match="two features and a threshold"):
        decision_figure(iris(0), lambda x: x)
    with pytest.raises(InvalidValueError, match="two features and a threshold"):
        decision_figure(linear_regression(0), lambda x: x)
    with pytest.raises(InvalidValueError, match="at least 2"):
        decision_figure(xor(0), lambda x: x[:, :1], resolution=1)
    with pytest.raises(InvalidValueError, match="3 outputs for"):
        decision_figure(xor(0), lambda x: x[:3, :1], resolution=5)


def test_the_confusion_matrix_counts_true_by_predicted(tmp_path):
    figure = confusion_figure([0, 0, 1, 2], [0, 1, 1, 1], ["a", "b", "a long name of a class"])
    axes = figure.axes[0]
    counts = np.array([int(text.get_text()) for text in axes.texts]).reshape(3, 3)
    np.testing.assert_array_equal(counts, [[1, 1, 0], [0, 1, 0], [0, 1, 0]])
    assert axes.get_title() == "2 of 4 misclassified"
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.5, 0.5, 0], [0, 1, 0], [0, 1, 0]])
    save(figure, tmp_path / "confusion.png")


@pytest.mark.parametrize(
    ("true", "predicted", "said"),
    [
        ([], [], "one of each"),
        ([0], [0, 1], "one of each"),
        ([0], [2], "from 0 to 1"),
        ([-1], [0], "from 0"),
        ([0.5], [0.0], "whole numbers"),
    ],
)
def test_labels_that_name_no_class_are_refused(true, predicted, said):
    with pytest.raises(InvalidValueError, match=said):
        confusion_figure(true, predicted, ["a", "b"])
