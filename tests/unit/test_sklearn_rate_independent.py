"""The estimator of rate-independent networks: scikit-learn's contract, and that its answers are chemistry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.utils.estimator_checks import parametrize_with_checks

from neuralcrn import RateIndependentClassifier
from neuralcrn.errors import DataError, InvalidValueError
from neuralcrn.in_silico.rate_independent import RestSolver, verify_rate_independence

X, Y = load_iris(return_X_y=True)


@parametrize_with_checks([RateIndependentClassifier(hidden=8, epochs=60, starts=4)])
def test_contract_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def test_decisions_are_final_amounts_of_the_network() -> None:
    model = RateIndependentClassifier(hidden=(4, 3), epochs=60, random_state=0).fit(X, Y)
    network, compiled = model.network_, model.model_.compiled
    got = model.decision_function(X[::30])
    for row, inputs in zip(got, compiled.relu.scale(X[::30]), strict=True):
        start = np.array(network.initial)
        for value, (positive, negative) in zip(inputs, compiled.inputs, strict=True):
            name = positive if value > 0.0 else negative
            if name in network.index:
                start[network.index[name]] += abs(value)
        end = dict(zip(network.species, RestSolver.of(network).run(start), strict=True))
        expected = [end.get(p, 0.0) - end.get(n, 0.0) for p, n in compiled.outputs]
        np.testing.assert_allclose(row, expected, rtol=1e-9)
    np.testing.assert_allclose(got, compiled.relu.evaluate(X[::30]), atol=2e-2)
    assert verify_rate_independence(network, trials=1).passed


def test_two_classes_have_one_decision() -> None:
    names = np.array(["setosa", "other"])[(Y > 0).astype(int)]
    model = RateIndependentClassifier(hidden=3, epochs=40, random_state=0).fit(X, names)
    decision = model.decision_function(X)
    assert decision.shape == (150,)
    assert (model.predict(X) == model.classes_[(decision > 0.0).astype(int)]).all()
    assert model.score(X, names) > 0.95


@pytest.mark.parametrize(
    ("options", "labels", "error", "message"),
    [
        ({}, np.zeros(150, dtype=int), DataError, "1 class, 0"),
        ({"hidden": (3, 0)}, Y, InvalidValueError, "positive numbers of units"),
        ({"epochs": 0}, Y, ValueError, "epochs"),
    ],
)
def test_wrong_requests_are_refused(
    options: dict[str, Any], labels: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        RateIndependentClassifier(**options).fit(X, labels)
