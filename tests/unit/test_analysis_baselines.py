"""The models beside which a training is shown, against those of scikit-learn."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import r2_score

from neuralcrn.learning.trainer import determination, half_squared_error
from neuralcrn.studies.baselines import baselines, logistic_weights, standardised
from neuralcrn.studies.reproduction import find_experiment
from neuralcrn.studies.reproduction.baselines import judge
from neuralcrn.tasks import Samples, Task, make_task


@pytest.mark.parametrize("name", ["iris", "xor"])
def test_logistic_regression_is_that_of_scikit_learn(name: str) -> None:
    task = make_task(name, 3)
    train, held = standardised(task.train.features, task.validation.features)
    labels = task.labels(task.train.targets)
    weights = logistic_weights(train, labels)
    model = LogisticRegression(max_iter=10_000, tol=1e-9).fit(train[:, :-1], labels)
    ours = held @ weights
    if len(model.classes_) > 2:  # two classes have one set of weights there, and another penalty
        scores = model.decision_function(held[:, :-1])
        centred = ours - ours.mean(axis=1, keepdims=True)  # a common offset changes nothing
        np.testing.assert_allclose(centred, scores - scores.mean(axis=1, keepdims=True), atol=1e-3)
    found = baselines(task)
    assert found["logistic regression"] == pytest.approx(
        model.score(held[:, :-1], task.labels(task.validation.targets)), abs=0.04
    )


def test_linear_regression_is_that_of_scikit_learn() -> None:
    task = make_task("bilinear", 1)
    model = LinearRegression().fit(task.train.features, task.train.targets)
    score = model.score(task.validation.features, task.validation.targets)
    found = baselines(task)
    assert found["linear regression"] == pytest.approx(score, abs=1e-12)
    mean = np.full_like(task.validation.targets, task.train.targets.mean())
    assert found["mean"] == pytest.approx(r2_score(task.validation.targets, mean), abs=1e-12)


def test_r2_of_a_loss_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    true, outputs = rng.normal(size=(30, 1)), rng.normal(size=(30, 1))
    loss = half_squared_error(outputs - true)
    assert determination(loss, true) == pytest.approx(r2_score(true, outputs), abs=1e-12)


def test_what_cannot_be_measured_is_none_and_constant_columns_do_no_harm() -> None:
    task = make_task("bilinear", 1)

    def widened(samples: Samples) -> Samples:
        constant = np.full((len(samples), 1), 3.0)
        return Samples(np.column_stack([samples.features, constant]), samples.targets)

    wide = dataclasses.replace(
        task, train=widened(task.train), validation=widened(task.validation), test=None,
        feature_names=(*task.feature_names, "constant"), bounds=np.array([[0.0, 4.0]] * (task.inputs + 1)),
    )  # fmt: skip
    assert baselines(wide)["linear regression"] == pytest.approx(baselines(task)["linear regression"])
    flat: Task = dataclasses.replace(
        task, validation=Samples(task.validation.features, np.ones_like(task.validation.targets))
    )
    assert baselines(flat) == {"mean": None, "linear regression": None}


def test_kernels_are_as_wide_for_any_number_of_features() -> None:
    """The digits have 64 features, of which radial kernels of the width for two tell nothing."""
    measures = judge(find_experiment("layered-digits"), 0)
    assert measures["support vectors"] > 0.97
    assert measures["support vectors"] > measures["logistic regression"] - 0.01
