"""Winner-take-all with activatable weights: what a pattern activates, what a test consumes, digits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.cases import counted

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import net_stoichiometry
from neuralcrn.circuits import FAMILIES, Circuit, make_circuit
from neuralcrn.compiler import Program
from neuralcrn.errors import CompileError, DataError, InvalidValueError
from neuralcrn.learning import Trainer, begin_training, continue_training, plan
from neuralcrn.tasks import Samples, Task, digit_pair, make_task
from neuralcrn.verify import certify, check_rule, expected_counts

NAME = "winner-take-all"


def circuit_of(**options: Any) -> Circuit:
    return make_circuit(NAME, **{"inputs": 3, "outputs": 2, **options})


@pytest.mark.parametrize("outputs", [2, 3])
def test_certificate_passes(outputs: int) -> None:
    certificate = certify(circuit_of(outputs=outputs), samples=3)
    assert certificate.passed, str(certificate)
    assert certificate.check("order").measured == 2.0


def test_the_rule_passes_the_checks_of_rules() -> None:
    check_rule(NAME, circuit_of(), levels=["staged"])


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 2), (3, 4)])
def test_closed_counts_are_those_of_the_program(inputs: int, outputs: int) -> None:
    circuit = circuit_of(inputs=inputs, outputs=outputs)
    assert expected_counts(circuit) == counted(circuit)


def test_counts_of_the_publication() -> None:
    """1,410 species and 1,103 reactions for 100 inputs, without inhibitors and with reversible ones once."""
    program = make_circuit(NAME, inputs=100).compile()
    reversible = sum("gate" in str(r.reactants) for r in program.phase("learn").network.reactions)
    assert len(program.species) - 2 == 1_410
    assert program.reaction_count - 2 - reversible == 1_103


def test_learning_conserves_inputs_gates_and_weights() -> None:
    network = circuit_of(inputs=1).compile().phase("learn").network
    change = net_stoichiometry(network)
    for conserved in (
        {"inert1_1", "theta1_1"},
        {"gate1_1", "bound1_1", "active1_1", "theta1_1"},
        {"x1", "bound1_1", "active1_1", "theta1_1", "bound2_1", "active2_1", "theta2_1"},
        {"l1", "active1_1", "theta1_1"},
    ):
        law = np.array([name in conserved for name in network.species], dtype=int)
        assert not (law @ change).any(), conserved


def trainer_of(program: Program, rows: np.ndarray, labels: list[int]) -> Trainer:
    samples = Samples(rows, np.eye(2)[labels])
    task = Task(
        name="patterns", kind="classification", train=samples, validation=samples, test=None, threshold=None,
        classes=("a", "b"), feature_names=("1", "2", "3"), target_names=("a", "b"), scaling=None,
        bounds=np.array([[0.0, 1.0]] * 3),
    )  # fmt: skip
    return Trainer(program, task, seed=0)


def test_patterns_add_up_in_the_weights_of_their_class_in_any_order() -> None:
    program = circuit_of(annihilation=1e4).compile()
    rows = np.array([[1.0, 1.0, 0.0], [0.1, 1.0, 0.5], [0.0, 0.3, 1.0]])
    learned: list[np.ndarray] = []
    for order in ([0, 1, 2], [2, 0, 1]):
        labels = [0, 0, 1]
        trainer = trainer_of(program, rows[order], [labels[i] for i in order])
        state, _ = trainer.epoch(trainer.fresh_state(FAMILIES[NAME].initial))
        learned.append(trainer.parameters(state))
    expected = [[0.8, 1.6, 0.3], [0.0, 0.1, 0.8]]
    for weights in learned:
        np.testing.assert_allclose(weights.reshape(2, 3), expected, atol=1e-4)


def test_a_prediction_consumes_the_weights_of_an_aliquot_only() -> None:
    program = circuit_of().compile()
    trainer = trainer_of(program, np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), [0, 1])
    state, _ = trainer.epoch(trainer.fresh_state(FAMILIES[NAME].initial))
    first = trainer.predict(state, np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))
    np.testing.assert_allclose(first, np.eye(2), atol=1e-2)
    np.testing.assert_array_equal(trainer.predict(state, np.array([[1.0, 0.0, 0.0]])), first[:1])
    pot, executable = state.pot.copy(), trainer.executable
    weights = program.circuit.trained_parameters
    before = executable.signed(pot, weights)
    executable.execute(program.prediction, pot, np.array([1.0, 0.0, 0.0]), np.zeros(2), np.zeros(2))
    assert before[0] > 0.7
    assert executable.signed(pot, weights)[0] < 1e-6
    assert executable.signed(pot, [Variable("inert", (0, 0))])[0] == pytest.approx(15.0 - 0.8, abs=1e-3)


@pytest.mark.parametrize(("first", "second"), [(3, 4), (6, 7)])
def test_one_pass_over_ten_patterns_tells_digits_apart(first: int, second: int) -> None:
    spec = replace(plan("digit-pair"), seed=1, task_options={"first": first, "second": second})
    task = spec.make_task()
    *_, progress = continue_training(begin_training(spec, task))
    weights = progress.trainer.parameters(progress.state).reshape(2, -1)
    counted = np.stack([task.train.features[task.train.targets[:, k] == 1.0].sum(axis=0) for k in (0, 1)])
    np.testing.assert_allclose(weights, 0.8 * counted, atol=1e-4)
    accuracy = progress.metrics[-1].accuracy
    assert accuracy is not None
    assert accuracy >= 0.96
    assert accuracy == pytest.approx(
        task.accuracy(task.validation.features @ counted.T, task.validation.targets)
    )


def test_patterns_of_digits_are_the_brightest_pixels() -> None:
    task, grey = digit_pair(5, first=2, second=8, pixels=9, train=20), make_task("digits", rng=5)
    assert task.train.features.sum(axis=1).tolist() == [9.0] * 40
    assert len(task.train) + len(task.validation) == 177 + 174
    assert task.inputs == grey.inputs
    assert np.array_equal(np.unique(task.validation.features), [0.0, 1.0])


def test_what_it_cannot_learn_is_refused_with_the_reason() -> None:
    trainer = trainer_of(circuit_of().compile(), np.eye(3), [0, 1, 0])
    halves = replace(trainer.task, train=Samples(np.eye(3), np.full((3, 2), 0.5)))
    with pytest.raises(DataError, match="learns classes, with a target of 1 for one of several outputs"):
        Trainer(trainer.program, halves, seed=0)
    faster, plain = circuit_of(learning_rate=0.5), circuit_of()
    with pytest.raises(CompileError, match="leave it 1, or scale the data"):
        faster.compile()
    with pytest.raises(CompileError, match="its reactions are given"):
        plain.compile("gated")
    with pytest.raises(InvalidValueError, match="are both 3: give two different digits"):
        digit_pair(first=3, second=3)
