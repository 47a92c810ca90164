"""The squared hinge loss: its chemistry, its gradient, and the classifier that it learns."""

from __future__ import annotations

import numpy as np
import pytest

from neuralcrn import train_circuit
from neuralcrn.algebra import SignedSystem
from neuralcrn.circuits import Circuit, Distribution, make_circuit
from neuralcrn.compiler.hinge import hinge_targets
from neuralcrn.compiler.oracle import Oracle
from neuralcrn.errors import DataError, InvalidValueError
from neuralcrn.tasks import Samples, Task, make_task
from neuralcrn.verify import certify


@pytest.mark.parametrize("level", ["staged", "gated"])
@pytest.mark.parametrize("optimiser", ["plain", "chop"])
@pytest.mark.parametrize(
    ("name", "options"), [("perceptron", {"hidden": 2}), ("quadratic", {}), ("linear", {})]
)
def test_the_chemistry_has_the_gradient_of_the_loss(
    name: str, options: dict[str, int], optimiser: str, level: str
) -> None:
    circuit = make_circuit(
        name, 2, loss="squared-hinge", target_low=-0.3, target_high=0.5, positive_targets=False,
        optimiser=optimiser, **options,
    )  # fmt: skip
    certificate = certify(circuit, level=level, samples=4)
    assert certificate.passed, str(certificate)
    assert certificate.check("gradient").measured < 1e-4


def test_the_gradient_is_that_of_half_the_squared_hinge() -> None:
    circuit = make_circuit("perceptron", 2, hidden=3, loss="squared-hinge")
    oracle = Oracle.of(circuit)
    rng = np.random.default_rng(5)
    parameters, x, step = rng.normal(size=len(circuit.trained_parameters)), rng.uniform(size=2), 1e-6

    def loss(values: np.ndarray, target: float) -> float:
        output = float(oracle.solve(values, x, [target]).outputs[0])
        return 0.5 * max(0.0, (target - output) if target > 0.5 else (output - target)) ** 2

    for target in (0.0, 1.0):
        numeric = [
            (loss(parameters + step * unit, target) - loss(parameters - step * unit, target)) / (2.0 * step)
            for unit in np.eye(len(parameters))
        ]
        np.testing.assert_allclose(oracle.solve(parameters, x, [target]).gradient, numeric, atol=1e-8)


def test_outputs_beyond_their_targets_are_safe() -> None:
    circuit = make_circuit("linear", 2, outputs=2, loss="squared-hinge")
    outputs, targets = np.array([1.5, 0.5]), np.array([1.0, 0.0])
    np.testing.assert_array_equal(hinge_targets(circuit, outputs, targets), [1.5, 0.0])


def separable() -> Task:
    """Points on both sides of a line, with a margin."""
    rng = np.random.default_rng(3)
    points = rng.uniform(-1.0, 1.0, (400, 2))
    distance = points @ [0.8, -0.6]
    kept = points[np.abs(distance) > 0.2][:100]
    samples = Samples(kept, np.where(kept @ [0.8, -0.6] > 0.0, 1.0, -1.0)[:, np.newaxis])
    return Task(
        name="line", kind="classification", train=samples, validation=samples, test=None, threshold=0.0,
        classes=("below", "above"), feature_names=("a", "b"), target_names=("y",), scaling=None,
        bounds=np.array([[-1.0, 1.0]] * 2),
    )  # fmt: skip


def test_with_decay_it_learns_the_direction_of_a_support_vector_machine() -> None:
    svm = pytest.importorskip("sklearn.svm")
    task, rate, decay = separable(), 0.1, 1e-3
    system = SignedSystem.parse("dz = theta*x", states={"z": 2}, inputs={"x": 2}, parameters={"theta": 2})
    circuit = Circuit(
        name="line", system=system, features=2, starts_at_input=False, learning_rate=rate, decay=decay,
        loss="squared-hinge", target_low=-1.0, positive_targets=False,
    )  # fmt: skip
    # The updates have the mean gradient of half the squared hinge + decay / (2 rate) |theta|^2.
    strength = rate / (2.0 * decay * len(task.train))
    model = svm.LinearSVC(C=strength, fit_intercept=False, tol=1e-10, max_iter=100_000)
    model.fit(task.train.features, task.labels(task.train.targets))
    wanted = model.coef_[0] / np.linalg.norm(model.coef_)
    trained = train_circuit(circuit, task, initial={"theta": Distribution("constant", 0.0)}, epochs=200)
    late = np.mean([measured.parameters for measured in trained.metrics[100:]], axis=0)
    assert np.linalg.norm(late / np.linalg.norm(late) - wanted) < 0.01


def test_a_regression_has_no_classes() -> None:
    circuit = make_circuit("linear", 2, loss="squared-hinge")
    with pytest.raises(DataError, match=r"needs the targets 0 and 1 of classes: choose loss = squared"):
        train_circuit(circuit, make_task("linear-regression"))


def test_a_loss_that_is_not_there() -> None:
    with pytest.raises(InvalidValueError, match=r"loss 'hinge'.*squared-hinge"):
        make_circuit("linear", 2, loss="hinge")
    with pytest.raises(InvalidValueError, match=r"target_low = 1 must be below target_high = 1"):
        make_circuit("linear", 2, target_low=1.0)
