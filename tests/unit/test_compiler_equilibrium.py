"""Equilibrium propagation, against the gradient of the closed form of its equilibrium."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.cases import counted

from neuralcrn.circuits import Circuit, make_circuit
from neuralcrn.compiler import Oracle
from neuralcrn.compiler.rules import RULES
from neuralcrn.compiler.rules.equilibrium_propagation import gradient_of_equilibrium
from neuralcrn.errors import CompileError, InvalidValueError
from neuralcrn.learning import begin_training, continue_training, recorded_spec
from neuralcrn.verify import check_rule, draw_samples, expected_counts

SHAPES: tuple[dict[str, Any], ...] = (
    {"inputs": 2, "hidden": 3},
    {"inputs": 1, "hidden": 2, "outputs": 2, "non_negative": False, "positive_targets": False},
)
UPDATES: tuple[dict[str, Any], ...] = (
    {},
    {"update": "accumulate", "decay": 0.01},
    {"momentum": 0.5},
    {"batch": 2},
)


def network(**options: Any) -> Circuit:
    return make_circuit("symmetric-network", **options)


def loss(circuit: Circuit, parameters: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    """Half the squared error at the equilibrium s = sigmoid(W s), which is iterated."""
    inputs, outputs, h = circuit.features, circuit.outputs, 0.25
    units = sum(z.name == "s" for z in circuit.system.states)
    theta, phi, beta, gamma = np.split(
        parameters, np.cumsum([units * inputs, units * outputs, units]).tolist()
    )
    theta, phi = theta.reshape(units, inputs), phi.reshape(outputs, units)
    o = np.full(outputs, 0.5)
    for _ in range(2000):
        u = theta @ x + phi.T @ o + beta
        s = (1.0 + u / (2.0 * h + np.abs(u))) / 2.0
        v = phi @ s + gamma
        o = 0.5 * o + 0.5 * (1.0 + v / (2.0 * h + np.abs(v))) / 2.0
    return 0.5 * float(np.sum((o - y) ** 2))


@pytest.mark.parametrize("shape", SHAPES)
def test_gradient_is_that_of_the_closed_form(shape: dict[str, Any]) -> None:
    circuit = network(**shape)
    oracle = Oracle.of(circuit)
    for point in draw_samples(circuit, 2, np.random.default_rng(3)):
        x, y = point.features, point.targets
        steps = 1e-5 * np.eye(len(point.parameters))
        central = [
            loss(circuit, point.parameters + d, x, y) - loss(circuit, point.parameters - d, x, y)
            for d in steps
        ]
        gradient = gradient_of_equilibrium(oracle, point.parameters, x, y)
        assert gradient == pytest.approx(np.array(central) / 2e-5, rel=1e-5, abs=1e-9)


def test_halving_the_nudge_quarters_the_error() -> None:
    rule = RULES.find("equilibrium-propagation")
    (limit,) = rule.limits(network(hidden=2))
    (point,) = draw_samples(network(hidden=2), 1, np.random.default_rng(1))
    sample = (point.parameters, point.features, point.targets)
    errors: list[float] = []
    for circuit in limit.circuits.values():
        oracle = Oracle.of(circuit)
        wanted = gradient_of_equilibrium(oracle, *sample)
        errors.append(float(np.linalg.norm(rule.exact(oracle, *sample).gradient - wanted)))
    ratios = np.array(errors[:-1]) / np.array(errors[1:])
    assert ratios[1:] == pytest.approx(4.0, rel=0.15)


def test_the_rule_is_complete() -> None:
    check_rule("equilibrium-propagation", network(hidden=2), levels=["staged"])


def test_every_reaction_conserves_the_sum_of_an_activity_and_its_complement() -> None:
    for phase in network(hidden=2).compile().phases:
        for reaction in phase.network.reactions:
            change = reaction.net_change
            for on, off in (("s1", "t1"), ("s2", "t2"), ("o1", "q1")):
                assert change.get(on, 0) + change.get(off, 0) == 0


def test_one_weight_drives_both_units() -> None:
    free = network(hidden=2).compile().phase("free").network
    driven = {
        name
        for reaction in free.reactions
        if "phi1_2_p" in reaction.catalysts
        for name in reaction.net_change
    }
    assert driven == {"u2_p", "v1_p"}


@pytest.mark.parametrize("options", UPDATES)
@pytest.mark.parametrize("shape", SHAPES)
def test_formula_counts_the_network(shape: dict[str, Any], options: dict[str, Any]) -> None:
    circuit = network(**shape, **options)
    assert expected_counts(circuit) == counted(circuit)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"update": "direct"}, "update is direct, which would change the weights before the second nudge"),
        ({"optimiser": "chop"}, "this rule compares none"),
        ({"supply": 0.0}, "must be positive"),
        ({"hidden": [2, 2]}, "give one positive number"),
        ({"activation": "relu"}, "activation = relu: it has no effect on this circuit"),
        ({"rule": "exact"}, "choose rule equilibrium-propagation, not exact"),
        ({"rule_constants": {"nudge": -1.0}}, "nudge = -1: it must be positive"),
    ],
)
def test_options_without_effect_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises((CompileError, InvalidValueError), match=message):
        network(**options).compile()


def test_other_circuits_are_refused() -> None:
    with pytest.raises(CompileError, match="is for circuit symmetric-network, but its states are not"):
        make_circuit("mixing", rule="equilibrium-propagation").compile()


def test_one_pot_is_refused() -> None:
    with pytest.raises(CompileError, match="because its equations read targets"):
        network(hidden=2).compile("gated")


def test_a_boolean_function_is_learned_by_the_chemistry() -> None:
    """OR, with the recorded setting of XOR."""
    recorded = recorded_spec("logic", "symmetric-network", "equilibrium-propagation")
    spec = replace(recorded, task_options={**recorded.task_options, "function": 14}).with_options(
        epochs=40, hidden=2
    )
    progress = begin_training(spec, spec.make_task())
    for reached in continue_training(progress, retry=False):
        progress = reached
    first, last = progress.metrics[0], progress.metrics[-1]
    assert last.accuracy == 1.0
    assert last.validation_loss < 0.1 * first.validation_loss
