"""The forward-forward algorithm, against its loss in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.cases import counted

from neuralcrn.circuits import Circuit, make_circuit
from neuralcrn.compiler import Oracle
from neuralcrn.errors import CompileError, DataError, InvalidValueError
from neuralcrn.learning import Trainer, begin_training, continue_training, plan, recorded_spec
from neuralcrn.tasks import make_task
from neuralcrn.verify import check_rule, draw_samples, expected_counts

SHAPES: tuple[dict[str, Any], ...] = (
    {"inputs": 2, "hidden": 3},
    {"inputs": 1, "hidden": 2, "non_negative": False, "target_low": -1.0},
    {"inputs": 3, "hidden": 1, "target_high": 4.0},
)
UPDATES: tuple[dict[str, Any], ...] = (
    {},
    {"update": "accumulate", "decay": 0.01},
    {"momentum": 0.5},
    {"batch": 2},
)


def layer(**options: Any) -> Circuit:
    return make_circuit("goodness-layer", **options)


def goodness(circuit: Circuit, parameters: np.ndarray, x: np.ndarray, label: float) -> float:
    units = len(parameters) // (circuit.features + 2)
    theta, phi, beta = np.split(parameters, [units * circuit.features, units * (circuit.features + 1)])
    z = theta.reshape(units, -1) @ x + phi * label + beta
    return float(np.sum(np.maximum(z, 0.0) ** 2))


def loss(circuit: Circuit, parameters: np.ndarray, x: np.ndarray, right: float) -> float:
    """Cross entropy of the judgments of the right and the wrong label, with threshold 2."""
    margins = [sign * (goodness(circuit, parameters, x, sign * right) - 2.0) for sign in (1.0, -1.0)]
    return float(np.sum(np.log1p(np.exp(-np.array(margins)))))


@pytest.mark.parametrize("shape", SHAPES)
def test_gradient_is_that_of_the_cross_entropy(shape: dict[str, Any]) -> None:
    circuit = layer(**shape)
    oracle = Oracle.of(circuit)
    for point in draw_samples(circuit, 4, np.random.default_rng(3)):
        right = 1.0 if point.targets[0] == circuit.target_high else -1.0
        steps = 1e-5 * np.eye(len(point.parameters))
        central = [
            loss(circuit, point.parameters + d, point.features, right)
            - loss(circuit, point.parameters - d, point.features, right)
            for d in steps
        ]
        solution = oracle.solve(point.parameters, point.features, point.targets)
        assert solution.gradient == pytest.approx(np.array(central) / 2e-5, rel=1e-6, abs=1e-8)
        high, low = (goodness(circuit, point.parameters, point.features, c) for c in (1.0, -1.0))
        middle = 0.5 * (circuit.target_low + circuit.target_high)
        half = 0.5 * (circuit.target_high - circuit.target_low)
        assert solution.outputs[0] == pytest.approx(middle + half * (high - low))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_rule_is_complete(shape: dict[str, Any]) -> None:
    check_rule("forward-forward", layer(**shape), levels=["staged"])


@pytest.mark.parametrize("threshold", [0.5, 3.0])
def test_the_threshold_is_dosed(threshold: float) -> None:
    circuit = layer(hidden=2, rule_constants={"threshold": threshold})
    doses = [dose.factor for dose in circuit.compile().doses if dose.variable.name == "r"]
    assert doses == [pytest.approx(np.exp(threshold))]
    check_rule("forward-forward", circuit, levels=["staged"])


@pytest.mark.parametrize("options", UPDATES)
@pytest.mark.parametrize("shape", SHAPES)
def test_formula_counts_the_layer(shape: dict[str, Any], options: dict[str, Any]) -> None:
    circuit = layer(**shape, **options)
    assert expected_counts(circuit) == counted(circuit)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"update": "direct"}, "update is direct, which would change the weights before the wrong label"),
        ({"optimiser": "chop"}, "this rule compares none"),
        ({"outputs": 2}, "it learns two classes, with one output"),
        ({"hidden": [2, 2]}, "give one positive number"),
        ({"activation": "relu"}, "activation = relu: it has no effect on this circuit"),
        ({"rule": "exact"}, "choose rule forward-forward, not exact"),
    ],
)
def test_options_without_effect_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises((CompileError, InvalidValueError), match=message):
        layer(**options).compile()


def test_other_circuits_and_levels_are_refused() -> None:
    with pytest.raises(CompileError, match="is for circuit goodness-layer, but its states are not"):
        make_circuit("mixing", rule="forward-forward").compile()
    with pytest.raises(CompileError, match="because variables are removed during a sample"):
        layer(hidden=2).compile("gated")


def test_other_targets_are_refused() -> None:
    with pytest.raises(DataError, match="rule forward-forward of circuit goodness-layer needs the targets 0"):
        Trainer(layer(hidden=2).compile(), make_task("linear-regression"), seed=0)


def test_the_targets_of_a_task_are_those_of_the_circuit() -> None:
    spec = plan("rings", "goodness-layer", hidden=2)
    task = make_task("rings", high_target=2.0)
    circuit = spec.make_circuit(task)
    assert (circuit.target_low, circuit.target_high) == (0.0, 2.0)


def test_xor_is_learned_by_the_chemistry() -> None:
    spec = recorded_spec("logic", "goodness-layer", "forward-forward")
    progress = begin_training(spec, spec.make_task())
    for reached in continue_training(progress, retry=False):
        progress = reached
    assert progress.metrics[-1].accuracy == 1.0
    assert progress.metrics[-1].train_loss < 0.1 * progress.metrics[0].train_loss
