"""The support vector machine: its rest point, its weights beside scikit-learn's, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neuralcrn.circuits import make_circuit
from neuralcrn.compiler import Oracle
from neuralcrn.errors import CompileError, DataError
from neuralcrn.learning import plan, train_task
from neuralcrn.studies.reproduction.svm import BOUND, train_beside_scikit
from neuralcrn.tasks import make_task
from neuralcrn.verify import certify


def test_its_mean_update_is_zero_at_the_machine_of_scikit_learn() -> None:
    svm = pytest.importorskip("sklearn.svm")
    spec = plan("separable")
    task = spec.make_task()
    circuit = spec.make_circuit(task)
    strength = circuit.learning_rate / (2.0 * circuit.decay * len(task.train))
    model: Any = svm.LinearSVC(C=strength, loss="squared_hinge", tol=1e-12, max_iter=10_000_000)
    model.fit(task.train.features, task.labels(task.train.targets))
    rest = np.append(model.coef_[0], model.intercept_)
    oracle = Oracle.of(circuit)
    samples = zip(task.train.features, task.train.targets, strict=True)
    gradient = np.mean([oracle.solve(rest, x, y).gradient for x, y in samples], axis=0)
    np.testing.assert_allclose(circuit.decay * rest, -circuit.learning_rate * gradient, atol=1e-7)


def test_the_recorded_setting_finds_the_direction_of_scikit_learn() -> None:
    pytest.importorskip("sklearn")
    hinged, squared = (train_beside_scikit(variant, 1) for variant in ("recorded", "squared loss"))
    assert hinged.distance < BOUND < squared.distance
    assert hinged.accuracy == 1.0


@pytest.mark.parametrize("options", [{"outputs": 2}, {"non_negative": False, "target_low": -1.0, "batch": 4}])
def test_its_chemistry_has_the_gradient_of_the_loss(options: dict[str, Any]) -> None:
    certificate = certify(make_circuit("svm", inputs=3, **options))
    assert certificate.passed, str(certificate)
    assert certificate.check("gradient").measured < 1e-9


def test_points_have_the_margin_of_the_task() -> None:
    svm = pytest.importorskip("sklearn.svm")
    for margin in (0.1, 0.5):
        task = make_task("separable", rng=4, train=500, margin=margin)
        model: Any = svm.SVC(kernel="linear", C=1e6).fit(task.train.features, task.train.targets.ravel())
        assert 2.0 / np.linalg.norm(model.coef_) >= margin
        assert model.score(task.validation.features, task.validation.targets.ravel()) > 0.98


def test_other_rules_and_regressions_are_refused_with_the_way_out() -> None:
    with pytest.raises(CompileError, match="rule exact does not support it: choose backpropagation"):
        make_circuit("svm", rule="exact")
    with pytest.raises(DataError, match=r"needs the targets .* of classes: choose loss = squared"):
        train_task("linear-regression", "svm", epochs=1)
