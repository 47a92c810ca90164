"""Circuits whose states persist learn a time series in its order, by exact least squares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuralcrn.algebra import SignedSystem, Variable
from neuralcrn.chemistry import Network
from neuralcrn.circuits import Circuit, Distribution, make_circuit
from neuralcrn.circuits.bank import Bank
from neuralcrn.compiler import Readout
from neuralcrn.compiler.rails import Rails, joined, reactions_of
from neuralcrn.engines import Tolerances
from neuralcrn.errors import CompileError, DataError, InvalidValueError
from neuralcrn.learning import Trainer, TrainingState, begin_training, continue_training, plan
from neuralcrn.learning.trainer import normalised_error
from neuralcrn.studies.baselines import baselines
from neuralcrn.tasks import Samples, Task, make_task
from neuralcrn.verify import certify

RECURSIVE, MEAN = "recursive-least-squares", "least-mean-squares"
ACCURATE = Tolerances(rtol=1e-9, atol=1e-12)
ZERO = dict.fromkeys(("w", "b"), Distribution("constant", 0.0))


def series(train: int = 30, validation: int = 20, **options) -> Task:
    return make_task("narma-2", 5, train=train, validation=validation, **options)


def small(rule: str = RECURSIVE, family: str = "switches", **options) -> Circuit:
    return make_circuit(family, 1, hidden=4, rule=rule, **options)


def trainer_of(circuit: Circuit, task: Task | None = None, **options) -> Trainer:
    return Trainer(circuit.compile(), task or series(), seed=0, tolerances=ACCURATE, **options)


def advanced(trainer: Trainer) -> TrainingState:
    """Return the state after the samples of one epoch."""
    *_, state = trainer.advance(trainer.fresh_state(ZERO))
    return state


def bank_of(circuit: Circuit) -> Bank:
    """Return the constants of a circuit of parallel switches, read from its equations."""
    up, down = np.zeros((2, 4)), np.zeros((2, 4))
    for i, (_, f) in enumerate(circuit.system.equations[:4]):
        for monomial, c in f.terms:
            names = [v.name for v in monomial.variables]
            (up if "q" in names else down)[int("x" in names), i] = abs(c)
    return Bank(up, up + down, np.full(4, -1))


def states_in(trainer: Trainer, pot: np.ndarray) -> np.ndarray:
    return trainer.executable.signed(pot, trainer.program.circuit.system.states)


def test_states_are_the_closed_form_of_the_whole_series():
    circuit = small(family="parallel-switches")
    trainer = trainer_of(circuit)
    bank, z = bank_of(circuit), np.array(circuit.readout.scales)[:, 0]
    for u in trainer.task.train.features:
        z = bank.step(z, u, circuit.horizon)
    np.testing.assert_allclose(states_in(trainer, advanced(trainer).pot), [*z, *(1.0 - z)], atol=1e-8)


@pytest.mark.parametrize("family", ["chemical-synapse", "electrical-synapse"])
def test_a_synapse_rests_between_its_reversal_potential_and_zero(family):
    """At a constant input the first unit rests where leak and current are equal."""
    task = series(train=400)
    still = replace(task, train=Samples(np.full((400, 1), 0.5), task.train.targets))
    trainer = trainer_of(small(family=family), still)
    f = dict(trainer.program.circuit.system.equations)
    pot = advanced(trainer).pot
    z = states_in(trainer, pot)
    values = dict(zip(f, z.tolist(), strict=True)) | {Variable("x", (0,)): 0.5}
    np.testing.assert_allclose([g.evaluate(values) for g in f.values()], 0.0, atol=1e-6)
    assert np.all((z > 0.0) & (z < 1.0))
    mixed = [m for m, _ in f[Variable("z", (0,))].terms if len(m.variables) == 2]
    assert bool(mixed) == (family == "chemical-synapse")  # only a conductance multiplies the state


def test_two_states_approach_each_other_by_the_integral_of_their_rates():
    circuit = small(family="parallel-switches")
    trainer, bank = trainer_of(circuit, series(train=1)), bank_of(circuit)
    first, second = (trainer.fresh_state(ZERO) for _ in range(2))
    places = trainer.executable.places(circuit.system.states)[:, 0]
    first.pot[places], second.pot[places] = [0.0] * 4 + [1.0] * 4, [0.7] * 4 + [0.3] * 4
    ends = [states_in(trainer, tuple(trainer.advance(s))[-1].pot)[:4] for s in (first, second)]
    rates = bank.removal[0] + bank.removal[1] * trainer.task.train.features[0, 0]
    np.testing.assert_allclose((ends[1] - ends[0]) / 0.7, np.exp(-rates), rtol=1e-6)


@pytest.mark.parametrize("outputs", [1, 2])
def test_recursive_least_squares_is_ridge_regression(outputs):
    task = make_task("memory-capacity", 5, train=30, validation=20, lags=outputs)
    circuit = small(outputs=outputs, rule_constants={"covariance": 50.0})
    trainer = trainer_of(circuit, task)
    state, rows = trainer.fresh_state(ZERO), list[np.ndarray]()
    centre, gain = np.array(circuit.readout.scales).T
    pot = state.pot.copy()
    for u in task.train.features:
        trainer.executable.execute(trainer.program.prediction, pot, u, np.zeros(outputs), np.zeros(outputs))
        rows.append(np.append(gain * (states_in(trainer, pot)[:4] - centre), 1.0))
    features = np.array(rows)
    wanted = np.linalg.solve(features.T @ features + np.eye(5) / 50.0, features.T @ task.train.targets)
    learned = trainer.parameters(advanced(trainer))
    np.testing.assert_allclose(learned, [*wanted[:4].T.ravel(), *wanted[4]], rtol=1e-4, atol=1e-4)


def test_predictions_continue_the_series_that_was_learned():
    trainer = trainer_of(small())
    state = advanced(trainer)
    wanted = np.zeros((20, 1))
    pot = state.pot.copy()
    for u, row in zip(trainer.task.validation.features, wanted, strict=True):
        trainer.executable.execute(trainer.program.prediction, pot, u, np.zeros(1), row)
    before = state.pot.copy()
    got = trainer.predict(state, trainer.task.validation.features)
    np.testing.assert_array_equal(got, wanted)
    np.testing.assert_array_equal(state.pot, before)
    reversed_ = trainer.predict(state, trainer.task.validation.features[::-1])
    assert not np.allclose(reversed_[::-1], got, atol=1e-4)


def test_samples_are_learned_in_their_order_in_every_epoch():
    trainer = trainer_of(small(MEAN, learning_rate=0.01))
    state = trainer.fresh_state(ZERO)
    for _ in range(2):
        pot, errors = state.pot.copy(), np.zeros((30, 1))
        for i, (u, y) in enumerate(zip(trainer.task.train.features, trainer.task.train.targets, strict=True)):
            trainer.executable.execute(trainer.program.training, pot, u, y, errors[i])
        *_, reached = trainer.advance(state)
        np.testing.assert_array_equal(reached.pot, pot)
        np.testing.assert_array_equal(reached.errors, errors)
        state, _ = trainer.finish(reached)


def test_a_training_resumed_in_an_epoch_gives_the_same_bytes():
    spec = plan("narma-2", hidden=4, epochs=2)
    seen = list(continue_training(begin_training(spec, series(train=150), threads=1), optimise=False))
    middle = next(p for p in seen if 0 < p.state.position < 150)
    resumed = list(continue_training(middle, optimise=False))[-1]
    assert resumed.state.pot.tobytes() == seen[-1].state.pot.tobytes()
    assert resumed.metrics == seen[-1].metrics


def test_measures_are_those_of_the_validation_samples():
    task = series()
    trainer = trainer_of(small(), task)
    state = advanced(trainer)
    _, metrics = trainer.finish(state)
    outputs, true = trainer.predict(state, task.validation.features), task.validation.targets
    assert metrics.nrmse == pytest.approx(np.sqrt(np.mean((outputs - true) ** 2) / np.var(true)))
    assert metrics.capacity == pytest.approx(np.corrcoef(outputs[:, 0], true[:, 0])[0, 1] ** 2)
    assert normalised_error(1.0, np.ones((3, 1))) is None
    unordered = replace(task, ordered=False)
    _, plain = trainer_of(make_circuit("linear", 1), unordered).epoch(
        trainer_of(make_circuit("linear", 1), unordered).fresh_state({})
    )
    assert (plain.nrmse, plain.capacity) == (None, None)


def test_several_readings_each_run_through_the_whole_series():
    from neuralcrn.engines import Kinetics

    law = Kinetics("langevin", volume=1e12)
    exact = trainer_of(small())
    state = advanced(exact)
    noisy = trainer_of(small(), kinetics=law, readings=2)
    rows = exact.task.validation.features[:3]
    np.testing.assert_allclose(noisy.predict(state, rows), exact.predict(state, rows), atol=1e-2)


def test_samples_without_order_are_refused():
    with pytest.raises(DataError, match="task xor: the states of circuit switches persist"):
        Trainer(make_circuit("switches", 2, hidden=4).compile(), make_task("xor"), seed=0)


def test_a_circuit_without_memory_learns_from_the_present_sample():
    circuit = make_circuit("linear", 1)
    assert not circuit.compile().remembers
    trainer = trainer_of(circuit)
    state = advanced(trainer)
    rows = trainer.task.validation.features
    np.testing.assert_array_equal(trainer.predict(state, rows[::-1])[::-1], trainer.predict(state, rows))


def test_baselines_of_a_series_know_the_last_samples():
    scores = baselines(make_task("memory-capacity", 1, train=500, validation=500, lags=19))
    assert scores["last 20 samples"] == pytest.approx(0.0, abs=1e-9)
    assert scores["present sample"] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"non_negative": False}, "inputs cannot be negative"),
        ({"hidden": (3, 3)}, "give one number of units"),
        ({"activation": "relu"}, "activation = relu: it has no effect on this circuit"),
        ({"rule_constants": {"covarianc": 1.0}}, "covariance"),
    ],
)
def test_switches_refuse_options(options, said):
    with pytest.raises(InvalidValueError, match=said):
        make_circuit("switches", 1, **options).compile()


def test_a_step_too_short_for_the_slowest_unit_is_refused_with_one_that_is_long_enough():
    with pytest.raises(InvalidValueError, match="the slowest unit relaxes in") as refused:
        small(horizon=0.01)
    enough = float(str(refused.value).rpartition(" ")[2])
    small(horizon=enough)
    with pytest.raises(InvalidValueError, match="give a horizon of at least"):
        small(horizon=0.99 * enough)


@pytest.mark.parametrize(
    "options", [{"batch": 2, "update": "transfer"}, {"optimiser": "chop"}, {"loss": "squared-hinge"}]
)
def test_recursive_least_squares_refuses_other_optimisers(options):
    with pytest.raises(CompileError, match="rule least-mean-squares"):
        small(**options).compile()
    small(MEAN, learning_rate=0.1, **options).compile()


def test_states_that_persist_are_not_compiled_to_one_network():
    with pytest.raises(CompileError, match="compile it at the staged level"):
        small().compile("gated")


def test_least_squares_is_refused_where_more_than_a_readout_is_trained():
    with pytest.raises(CompileError, match="other trained parameters"):
        make_circuit("mixing", 1, rule=RECURSIVE).compile()
    system = SignedSystem.parse("dp = x - p", states={"p": 1}, inputs={"x": 1})
    taken = Circuit(
        name="mine",
        system=system,
        features=1,
        starts_at_input=False,
        readout=Readout(trained=True),
        rule=MEAN,
    )
    with pytest.raises(CompileError, match="names of the rule"):
        taken.compile()


@pytest.mark.parametrize("rule", [RECURSIVE, MEAN])
def test_signed_states_without_scales_and_bias_are_certified(rule):
    system = SignedSystem.parse("dz = x - z*|z|", states={"z": 2}, inputs={"x": 2})
    circuit = Circuit(
        name="mine", system=system, features=2, starts_at_input=False, readout=Readout(trained=True),
        rule=rule, update="transfer", learning_rate=0.5,
    )  # fmt: skip
    certificate = certify(circuit, samples=2)
    assert certificate.passed, certificate


def test_joined_reactions_have_the_same_rates():
    circuit = small()
    apart = reactions_of(dict(circuit.system.equations), Rails(circuit.non_negative))
    together = joined(apart)
    assert len(together) == len(apart) // 2
    assert all(sum(r.net_change.values()) == 0 for r in together)  # a switch has two forms
    one, other = (Network.of(reactions) for reactions in (apart, together))
    assert one.species == other.species
    state = np.random.default_rng(0).random(len(one.species))
    np.testing.assert_allclose(rates(one, state), rates(other, state), atol=1e-12)


def rates(network: Network, state: np.ndarray) -> np.ndarray:
    values = dict(zip(network.species, state, strict=True))
    change = dict.fromkeys(network.species, 0.0)
    for reaction in network.reactions:
        speed = reaction.rate * np.prod([values[name] ** n for name, n in reaction.reactants.terms])
        for name, n in reaction.net_change.items():
            change[name] += n * speed
    return np.array(list(change.values()))
