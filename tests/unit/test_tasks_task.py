"""Samples and tasks refuse what contradicts itself, and judge outputs as documented."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from neuralcrn.errors import DataError, InvalidValueError
from neuralcrn.tasks import Samples, Task, iris, linear_regression, rings, xor


def test_samples_are_read_only_copies():
    features = np.array([[1.0, 2.0]])
    samples = Samples(features, [[3]])
    features[0, 0] = 9.0
    assert samples.features[0, 0] == 1.0
    assert samples.targets.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        samples.features[0, 0] = 9.0
    with pytest.raises(FrozenInstanceError):
        samples.features = features  # type: ignore[misc]


@pytest.mark.parametrize(
    ("features", "targets", "said"),
    [
        ([[1.0], [2.0]], [[1.0]], "2 rows of features but 1 rows of targets"),
        ([1.0, 2.0], [[1.0]], "features: a table"),
        ([[1.0]], np.empty((0, 1)), "targets: a table"),
        ([[1.0, np.nan]], [[1.0]], r"features: nan at \[0, 1\]"),
        ([[1.0]], [[np.inf]], r"targets: inf at \[0, 0\]"),
        ([["a"]], [[1.0]], "features: not a table of numbers"),
        ([[1.0], [2.0, 3.0]], [[1.0]], "features: not a table of numbers"),
    ],
)
def test_samples_refuse(features, targets, said):
    with pytest.raises(DataError, match=said):
        Samples(features, targets)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "ranking"},
        {"kind": "regression"},
        {"threshold": None},
        {"classes": ("0", "1", "2")},
        {"classes": ()},
        {"feature_names": ("x1",)},
        {"target_names": ()},
        {"bounds": [[0.0, 1.0]]},
        {"bounds": [[0.0, 1.0], [1.0, 1.0]]},
        {"validation": Samples([[1.0]], [[1.0]])},
        {"test": Samples([[1.0, 1.0]], [[1.0, 0.0]])},
    ],
)
def test_task_refuses_contradictions(change):
    with pytest.raises(InvalidValueError, match="task 'xor'"):
        replace(xor(), **change)


def test_one_output_is_judged_strictly_above_the_threshold():
    task = rings(high_target=2.0)
    assert task.labels([[1.0], [1.0 + 1e-12], [-5.0], [np.inf]]).tolist() == [0, 1, 0, 1]


def test_several_outputs_are_judged_by_the_largest():
    task = iris()
    outputs = [[0.1, 0.9, 0.2], [3.0, -1.0, 2.0], [0.0, 0.0, 1e-9]]
    assert task.labels(outputs).tolist() == [1, 0, 2]
    assert task.accuracy(outputs, np.eye(3)) == pytest.approx(1 / 3)


def test_targets_judged_against_themselves_are_all_right():
    for task in (xor(), rings(), iris()):
        assert task.accuracy(task.train.targets, task.train.targets) == 1.0
        assert set(task.labels(task.train.targets)) == set(range(len(task.classes)))


def test_a_regression_has_neither_labels_nor_accuracy():
    task = linear_regression()
    with pytest.raises(InvalidValueError, match="is a regression"):
        task.labels(task.train.targets)
    with pytest.raises(InvalidValueError, match="is a regression"):
        task.accuracy(task.train.targets, task.train.targets)


@pytest.mark.parametrize("outputs", [[0.0, 1.0], [[0.0, 1.0]], [[np.nan]]])
def test_labels_refuse_wrong_shapes_and_nan(outputs):
    with pytest.raises(InvalidValueError, match="task 'xor'"):
        xor().labels(outputs)


@pytest.mark.parametrize(("outputs", "targets"), [([[0.0], [1.0]], [[0.0]]), (np.empty((0, 1)),) * 2])
def test_accuracy_refuses_unpaired_and_no_rows(outputs, targets):
    with pytest.raises(InvalidValueError, match="equally many"):
        xor().accuracy(outputs, targets)


def test_inputs_outputs_and_signs():
    assert (iris().inputs, iris().outputs) == (4, 3)
    assert not rings(centre=0.0).non_negative_inputs
    assert rings(centre=1.0).non_negative_inputs
    below = Samples([[-0.1, 0.0]], [[0.0]])
    assert not replace(xor(), test=below).non_negative_inputs
    assert isinstance(replace(xor(), test=None), Task)
