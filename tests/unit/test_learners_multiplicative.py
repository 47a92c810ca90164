"""Multiplicative weights: closed forms, conserved sums, the softmax of scores, the bound of the regret."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.cases import counted

from neuralcrn.app import CircuitOptions
from neuralcrn.circuits import Circuit, make_circuit
from neuralcrn.compiler import Oracle
from neuralcrn.compiler.rules import RULES
from neuralcrn.compiler.rules.multiplicative import MultiplicativeRule
from neuralcrn.errors import CompileError, InvalidValueError
from neuralcrn.learning import plan
from neuralcrn.studies.reproduction.regret import measure_regret
from neuralcrn.verify import Sample, certify, expected_counts, measure
from neuralcrn.verify.measurement import accurate

NAME = "multiplicative-weights"
BOTH = ("multiplicative-weights", "expert-gains")


def circuit_of(**options: Any) -> Circuit:
    return make_circuit(NAME, **{"inputs": 3, "outputs": 3, **options})


def weights_of(rng: np.random.Generator) -> np.ndarray:
    weights = rng.uniform(0.1, 1.0, (3, 3))
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("rule", BOTH)
@pytest.mark.parametrize("level", ["staged", "gated"])
def test_certificate_passes(rule: str, level: str) -> None:
    certificate = certify(circuit_of(rule=rule), level=level, samples=2)
    assert certificate.passed, str(certificate)
    assert certificate.check("order").measured == 2.0


@pytest.mark.parametrize("rule", BOTH)
def test_closed_counts_are_those_of_the_program(rule: str) -> None:
    for inputs, outputs in ((1, 2), (4, 3)):
        circuit = circuit_of(rule=rule, inputs=inputs, outputs=outputs)
        assert expected_counts(circuit) == counted(circuit)


@pytest.mark.parametrize("rule", BOTH)
def test_weights_are_multiplied_and_keep_their_sum(rule: str) -> None:
    rng = np.random.default_rng(3)
    circuit, rate = circuit_of(rule=rule, learning_rate=0.3, rule_constants={"sharpness": 8.0}), 0.3
    executable = accurate(circuit.compile())
    weights, x = weights_of(rng), rng.uniform(size=3)
    target = np.array([0.0, 1.0, 0.0])
    measured = measure(executable, Sample(weights.ravel(), x, target))
    softmax = np.exp(8.0 * weights @ x) / np.exp(8.0 * weights @ x).sum()
    np.testing.assert_allclose(measured.outputs, softmax, rtol=1e-6)
    factor = softmax - target if rule == NAME else -target
    grown = weights * np.exp(-rate * np.outer(factor, x))
    after = weights + measured.change.reshape(3, 3)
    np.testing.assert_allclose(after, grown / grown.sum(axis=1, keepdims=True), rtol=1e-6)
    np.testing.assert_allclose(after.sum(axis=1), 1.0, rtol=1e-9)


def test_a_sharp_winner_learns_from_mistakes_only() -> None:
    circuit = circuit_of(rule_constants={"sharpness": 2_000.0})
    weights = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    executable = accurate(circuit.compile())
    right, wrong = (
        measure(executable, Sample(weights.ravel(), np.array([1.0, 0.2, 0.0]), target))
        for target in (np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]))
    )
    np.testing.assert_allclose(right.change, 0.0, atol=1e-9)
    changed = np.abs(wrong.change.reshape(3, 3)).max(axis=1)
    assert changed[0] > 1e-3
    assert changed[2] > 1e-3
    assert changed[1] < 1e-9  # neither the winner nor the class


@pytest.mark.parametrize("rule", BOTH)
def test_the_gradient_is_that_of_the_closed_form_by_differences(rule: str) -> None:
    """For a small rate the change per rate is -W (r - mean of r), the derivative with respect to the rate."""
    rng = np.random.default_rng(1)
    circuit = circuit_of(rule=rule, learning_rate=1e-6)
    weights, x, target = weights_of(rng), rng.uniform(size=3), np.array([1.0, 0.0, 0.0])
    solution = Oracle.of(circuit).solve(weights.ravel(), x, target)
    known = RULES.find(rule)
    assert isinstance(known, MultiplicativeRule)
    r = -known.sign * known.exponents(solution.error, x, target)
    mean = (weights * r).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(solution.gradient.reshape(3, 3), weights * (r - mean), atol=1e-6)


@pytest.mark.parametrize("rate", [0.2, 1.0])
def test_the_regret_of_the_chemistry_is_below_its_bound(rate: float) -> None:
    row = measure_regret(rate, seed=0, samples=150)
    assert len(row.regrets) == 10
    assert max(row.regrets) > 0.0
    assert row.share <= 1.0


def test_what_it_cannot_learn_is_refused_with_the_reason() -> None:
    with pytest.raises(InvalidValueError, match="an output for each of at least two classes"):
        circuit_of(outputs=1)
    with pytest.raises(InvalidValueError, match="neither may its inputs be: scale the data"):
        circuit_of(non_negative=False)
    with pytest.raises(InvalidValueError, match="leave out hidden"):
        circuit_of(hidden=4)
    with pytest.raises(CompileError, match="rule exact: choose multiplicative-weights or expert-gains"):
        circuit_of(rule="exact")
    with pytest.raises(CompileError, match="leave update = direct"):
        circuit_of(decay=1e-3).compile()
    with pytest.raises(CompileError, match="needs one weight for every class and input"):
        make_circuit("linear").with_(rule=NAME).compile()
    assert plan("digits", NAME).epochs == 5


def test_commands_make_it_with_its_own_number_of_classes() -> None:
    assert CircuitOptions().make(NAME).outputs == 2
    assert CircuitOptions(outputs=4).make(NAME).outputs == 4
    assert CircuitOptions().make("linear").outputs == 1
