"""Training: reproducible, learning, refused or stopped where it must be."""

from __future__ import annotations

import re

import numpy as np
import pytest
from tests.cases import small_task, small_trainer

from neuralcrn.circuits import FAMILIES
from neuralcrn.engines.native.lowering import specialised
from neuralcrn.errors import DataError, DivergenceError, InvalidValueError, UnknownNameError
from neuralcrn.learning import Metrics, Trainer, TrainingState, plan, train_task
from neuralcrn.tasks import Task, make_task


def learn(trainer: Trainer, epochs: int = 1) -> tuple[TrainingState, list[Metrics]]:
    """Train from the family's own laws, without machine code."""
    state = trainer.fresh_state(FAMILIES.find(trainer.program.circuit.name).initial)
    metrics: list[Metrics] = []
    for _ in range(epochs):
        *_, state = trainer.advance(state)
        state, measured = trainer.finish(state)
        metrics.append(measured)
    return state, metrics


def one_pass(trainer: Trainer) -> TrainingState:
    state = trainer.fresh_state(FAMILIES.find(trainer.program.circuit.name).initial)
    *_, state = trainer.advance(state)
    return state


FAMILY_OPTIONS = [
    *((name, {}) for name in sorted(FAMILIES)),
    ("mixing", {"rule": "frozen", "hidden": 3}),
    ("quadratic", {"rule": "first-order"}),
    ("quadratic-dense", {"trained_readout": True, "non_negative": False}),
    ("linear", {"supply": 0.3, "learning_rate": 1.0}),
]


@pytest.mark.parametrize(("family", "options"), FAMILY_OPTIONS)
def test_machine_code_learns_the_same_bits(family: str, options: dict[str, object]) -> None:
    trainer = small_trainer(family, small_task(), **options)
    loops = one_pass(trainer)
    trainer.executable.lowered = specialised(trainer.executable.lowered)
    assert np.count_nonzero(trainer.executable.lowered.functions) > 0
    written = one_pass(trainer)
    assert np.array_equal(loops.pot, written.pot)
    assert np.array_equal(loops.errors, written.errors)
    assert np.all(np.isfinite(loops.pot))
    assert not np.array_equal(loops.pot, trainer.fresh_state(FAMILIES.find(family).initial).pot)


def test_change_to_machine_code_on_the_way_changes_no_bit() -> None:
    task = small_task(samples=150)
    plain, changing = (small_trainer("linear", task) for _ in range(2))
    states = changing.advance(changing.fresh_state(FAMILIES.find("linear").initial))
    assert next(states).position < 150
    changing.executable.specialise_meanwhile().join()
    assert changing.executable.lowered.machine_code is not None
    *_, state = states
    assert np.array_equal(state.pot, one_pass(plain).pot)


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, second = (train_task("linear-regression", "linear", seed=7, epochs=2) for _ in range(2))
    assert first.state.pot.tobytes() == second.state.pot.tobytes()
    assert first.metrics == second.metrics


def test_another_seed_gives_other_data_parameters_and_order() -> None:
    task = small_task()
    states = [one_pass(small_trainer("linear", task, seed=seed)) for seed in (1, 2)]
    assert not np.array_equal(states[0].pot, states[1].pot)
    fresh = [
        small_trainer("linear", task, seed=s).fresh_state(FAMILIES.find("linear").initial) for s in (1, 2)
    ]
    assert not np.array_equal(fresh[0].pot, fresh[1].pot)
    tasks = [make_task("linear-regression", seed) for seed in (1, 2)]
    assert not np.array_equal(tasks[0].train.features, tasks[1].train.features)


def test_every_epoch_takes_every_sample_once_in_its_own_order() -> None:
    trainer = small_trainer("linear", small_task())
    orders = [trainer.order(epoch) for epoch in range(3)]
    assert all(sorted(order) == list(range(20)) for order in orders)
    assert len({tuple(order) for order in orders}) == 3


def test_progress_comes_in_pieces_and_goes_on_from_any_of_them() -> None:
    trainer = small_trainer("quadratic", small_task(samples=150))
    start = trainer.fresh_state(FAMILIES.find("quadratic").initial)
    states = list(trainer.advance(start))
    assert [state.position for state in states] == sorted({state.position for state in states})
    assert states[-1].position == 150
    assert len(states) >= 2
    for state in states[:-1]:
        *_, last = trainer.advance(state)
        assert np.array_equal(last.pot, states[-1].pot)
        assert np.array_equal(last.errors, states[-1].errors)


def test_states_that_were_given_out_do_not_change_later() -> None:
    trainer = small_trainer("linear", small_task(samples=150))
    states = []
    for state in trainer.advance(trainer.fresh_state(FAMILIES.find("linear").initial)):
        states.append((state, state.pot.copy()))
    assert all(np.array_equal(state.pot, copy) for state, copy in states)


@pytest.mark.parametrize("threads", [1, 2, 3, 8, 50])
def test_predictions_do_not_depend_on_threads(threads: int) -> None:
    task = small_task()
    one = small_trainer("quadratic", task)
    many = Trainer(one.program, task, seed=3, threads=threads)
    state = one.fresh_state(FAMILIES.find("quadratic").initial)
    features = np.random.default_rng(0).uniform(0.0, 1.0, (37, 2))
    expected = np.concatenate([one.predict(state, row[None]) for row in features])
    assert np.array_equal(many.predict(state, features), expected)
    assert len(set(expected[:, 0])) == 37


def test_predicting_changes_nothing_in_the_pot() -> None:
    trainer = small_trainer("mixing", small_task())
    state = trainer.fresh_state(FAMILIES.find("mixing").initial)
    before = state.pot.copy()
    trainer.predict(state, trainer.task.train.features)
    assert np.array_equal(state.pot, before)


def test_linear_regression_is_learned() -> None:
    """The noise of the task alone costs about 0.1."""
    trained = train_task("linear-regression", "linear")
    losses = [row.train_loss for row in trained.metrics]
    assert losses[-1] < 0.2
    assert losses[-1] < 0.5 * losses[0]
    assert trained.metrics[-1].validation_loss < 0.3
    assert trained.metrics[-1].accuracy is None


def test_reported_losses_are_those_of_the_predictions() -> None:
    trained = train_task("linear-regression", "linear", epochs=1)
    validation = trained.trainer.task.validation
    error = trained.predict(validation.features) - validation.targets
    expected = 0.5 * np.mean(np.sum(error**2, axis=1))
    assert trained.metrics[-1].validation_loss == pytest.approx(expected, rel=1e-12)
    np.testing.assert_array_equal(trained.trainer.parameters(trained.state), trained.metrics[-1].parameters)


@pytest.mark.parametrize(("family", "options"), [("cubic-quadratic", {}), ("mixing", {"hidden": 3})])
def test_loss_of_exclusive_or_falls(family: str, options: dict[str, int]) -> None:
    """A constant output of 1/2 has the loss 1/8: what is below has seen the inputs."""
    task = make_task("xor", 0, test_side=2)
    trainer = small_trainer(family, task, seed=0, **options)
    trainer.executable.lowered = specialised(trainer.executable.lowered)
    _, metrics = learn(trainer, 25)
    losses = [row.train_loss for row in metrics]
    assert np.mean(losses[-3:]) < 0.75 * losses[0]
    assert np.mean(losses[-3:]) < np.mean(losses[3:6])
    assert metrics[-1].accuracy is not None


def test_several_outputs_are_learned_together() -> None:
    rng = np.random.default_rng(2)
    task = small_task(3, 2, samples=60)
    features = rng.uniform(0.2, 1.0, (60, 3))
    targets = np.column_stack([features[:, 0], 0.5 * features[:, 1] + 0.2])
    part = type(task.train)(features, targets)
    fitted = Task(
        name="two", kind="regression", train=part, validation=part, test=None, threshold=None, classes=(),
        feature_names=task.feature_names, target_names=task.target_names, scaling=None, bounds=task.bounds,
    )  # fmt: skip
    _, metrics = learn(small_trainer("quadratic", fitted, learning_rate=0.2), 8)
    assert metrics[-1].train_loss < 0.4 * metrics[0].train_loss


def divergence(trainer: Trainer, epochs: int = 3) -> str:
    with pytest.raises(DivergenceError) as caught:
        learn(trainer, epochs)
    return str(caught.value)


@pytest.mark.parametrize("family", ["linear", "quadratic", "mixing"])
def test_divergence_names_epoch_step_and_sample(family: str) -> None:
    message = divergence(small_trainer(family, small_task(high=50.0), learning_rate=1.0))
    match = re.search(r"epoch (\d+), step (\d+) \(training sample (\d+)\)", message)
    assert match is not None, message
    epoch, step, sample = map(int, match.groups())
    order = small_trainer(family, small_task(high=50.0)).order(epoch - 1)
    assert order[step - 1] + 1 == sample


def test_parameters_that_run_away_are_caught_at_their_step() -> None:
    """No step leaves a parameter beyond the limit; the one that would is named with its sample."""
    trainer = small_trainer("linear", small_task(high=5.0), learning_rate=1.0)
    message = divergence(trainer)
    assert "left the range" in message
    match = re.search(r"epoch (\d+), step (\d+) \(training sample (\d+)\)", message)
    assert match is not None, message
    assert trainer.order(int(match[1]) - 1)[int(match[2]) - 1] + 1 == int(match[3])


def test_a_diverging_chunk_leaves_the_last_good_state() -> None:
    trainer = small_trainer("quadratic", small_task(high=50.0), learning_rate=1.0)
    start = trainer.fresh_state(FAMILIES.find("quadratic").initial)
    before = start.pot.copy()
    with pytest.raises(DivergenceError):
        for _ in trainer.advance(start):
            pass
    assert np.array_equal(start.pot, before)


def test_one_rail_refuses_negative_features() -> None:
    with pytest.raises(DataError, match=r"training samples of task random: row \d+, x\d = -.* one rail"):
        small_trainer("linear", small_task(low=-1.0), non_negative=True)


def test_two_rails_carry_negative_features() -> None:
    trainer = small_trainer("linear", small_task(low=-1.0))
    assert not trainer.task.non_negative_inputs
    assert np.isfinite(one_pass(trainer).pot).all()


def test_task_and_circuit_must_fit() -> None:
    program = small_trainer("linear", small_task(2)).program
    with pytest.raises(DataError, match="3 inputs"):
        Trainer(program, small_task(3), seed=0)


@pytest.mark.parametrize("epochs", [0, -1, 1_000_001])
def test_numbers_of_epochs_out_of_range_are_refused(epochs: int) -> None:
    with pytest.raises(InvalidValueError, match="epochs"):
        plan("xor", epochs=epochs)


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'linear-regression'"):
        train_task("linear-regresion")
    with pytest.raises(UnknownNameError, match="did you mean 'quadratic'"):
        train_task("bilinear", "quadratc")
    with pytest.raises(InvalidValueError, match="unknown rule 'exactly': did you mean 'exact'"):
        train_task("bilinear", "quadratic", rule="exactly")


def test_options_of_a_call_replace_those_of_the_setting() -> None:
    spec = plan("linear-regression", "linear", learning_rate=0.05, epochs=3)
    assert (spec.circuit, spec.rule, spec.epochs) == ("linear", "exact", 3)
    assert spec.circuit_options["learning_rate"] == 0.05
    assert spec.circuit_options["horizon"] == plan("linear-regression", "linear").circuit_options["horizon"]


def test_a_trained_pot_is_asked_about_a_list_and_refuses_what_it_cannot_dose() -> None:
    trained = train_task("linear-regression", "linear", epochs=1)
    asked = trained.predict([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(asked, trained.predict(np.array([[1.0, 2.0], [3.0, 4.0]])))
    with pytest.raises(DataError, match="3 columns, but task linear-regression has 2 features: x1, x2"):
        trained.predict([[1.0, 2.0, 3.0]])
    with pytest.raises(DataError, match="row 1, x2 = -2 is negative"):
        trained.predict([[1.0, -2.0]])
    with pytest.raises(DataError, match="only finite numbers"):
        trained.predict([[1.0, float("nan")]])
    with pytest.raises(DataError, match="a table"):
        trained.predict([1.0, 2.0])
