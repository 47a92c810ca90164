"""Training with finite numbers of molecules: the same learning as with concentrations, and its noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.cases import no_progress, run_results, small_spec, small_task, stop_after

from neuralcrn.algebra import SignedSystem
from neuralcrn.circuits import Circuit, make_circuit
from neuralcrn.engines import Kinetics
from neuralcrn.engines.native import counting
from neuralcrn.errors import DivergenceError, InvalidValueError, SimulationError, UnknownNameError
from neuralcrn.learning import Trainer, TrainingState
from neuralcrn.runs import resume, start
from neuralcrn.studies.robustness import disturb
from neuralcrn.tasks import Samples, Task

STOCHASTIC = ("ssa", "tau", "langevin", "hybrid")


def trainer_of(
    task: Task,
    law: Kinetics,
    *,
    seed: int = 3,
    level: str = "staged",
    threads: int = 2,
    readings: int = 1,
) -> Trainer:
    """Return a trainer of the smallest circuit."""
    program = make_circuit("minimal", task.inputs).compile(level)
    return Trainer(program, task, seed=seed, kinetics=law, threads=threads, readings=readings)


def after_an_epoch(trainer: Trainer) -> TrainingState:
    """Return the state after one epoch, with its errors and times; its first parameters are fixed."""
    state = trainer.fresh_state({})
    pot = state.pot.copy()
    pot[trainer.executable.places(trainer.program.circuit.trained_parameters)] = [[0.5, 0.0]] * 2
    *_, last = trainer.advance(replace(state, pot=pot))
    return last


def learned(law: Kinetics, seeds: int) -> NDArray[np.float64]:
    """Return the parameters after an epoch, shape (seeds, parameters)."""
    task = small_task(samples=10)
    rows: list[NDArray[np.float64]] = []
    for seed in range(seeds):
        trainer = trainer_of(task, law, seed=seed)
        trainer._order = lambda _epoch: np.arange(10)  # the order of the samples is not what is averaged over
        rows.append(trainer.parameters(after_an_epoch(trainer)))
    return np.array(rows)


@pytest.mark.parametrize("method", STOCHASTIC)
def test_many_molecules_learn_what_concentrations_do(method: str) -> None:
    exact = learned(Kinetics(), 1)[0]
    rows = learned(Kinetics(method, 1e4), 12)
    error = rows.std(axis=0, ddof=1) / np.sqrt(len(rows))
    assert np.all(np.abs(rows.mean(axis=0) - exact) < 4.0 * error + 2e-3)
    assert np.all(rows.std(axis=0) > 1e-4)


def test_noise_falls_with_the_square_root_of_the_molecules() -> None:
    few, many = (learned(Kinetics("ssa", volume), 30).std(axis=0, ddof=1).mean() for volume in (400, 6400))
    assert 2.6 < few / many < 6.2  # sqrt(16) = 4; each deviation is known to 13 %


def test_hybrid_training_scatters_as_exact_training_does() -> None:
    exact, rows = (learned(Kinetics(method, 1e3), 40) for method in ("ssa", "hybrid"))
    error = np.sqrt((exact.var(axis=0, ddof=1) + rows.var(axis=0, ddof=1)) / 40)
    assert np.all(np.abs(rows.mean(axis=0) - exact.mean(axis=0)) < 4.0 * error)
    ratio = rows.std(axis=0, ddof=1) / exact.std(axis=0, ddof=1)
    assert np.all(np.abs(np.log(ratio)) < 4.0 * np.sqrt(1.0 / 40))


@pytest.mark.parametrize("method", ["ssa", "tau", "hybrid"])
def test_pots_hold_whole_molecules(method: str) -> None:
    counts = after_an_epoch(trainer_of(small_task(samples=5), Kinetics(method, 250.0))).pot * 250.0
    np.testing.assert_allclose(counts, np.rint(counts), atol=1e-9)
    assert counts.min() >= 0.0
    assert counts.max() > 0.0


def test_seed_decides_every_event_whatever_the_threads() -> None:
    task = small_task(samples=8)
    law = Kinetics("ssa", 100.0)
    first, again = (trainer_of(task, law, threads=threads) for threads in (1, 3))
    state, same = after_an_epoch(first), after_an_epoch(again)
    assert state.pot.tobytes() == same.pot.tobytes()
    predicted = first.predict(state, task.train.features)
    assert predicted.tobytes() == again.predict(same, task.train.features).tobytes()
    other = trainer_of(task, law, seed=4)
    assert other.predict(state, task.train.features).tobytes() != predicted.tobytes()


def test_a_row_is_predicted_with_noise_of_its_own() -> None:
    task = small_task(samples=8)
    trainer = trainer_of(task, Kinetics("ssa", 100.0))
    rows = trainer.predict(after_an_epoch(trainer), np.repeat(task.train.features[:1], 200, axis=0))
    assert len(np.unique(rows)) > 10


def test_a_prediction_is_the_mean_of_its_readings_and_the_first_is_the_only_one() -> None:
    """Their spread is that of one reading divided by the square root of their number."""
    task = small_task(samples=8)
    law = Kinetics("ssa", 100.0)
    once, often = (trainer_of(task, law, readings=readings) for readings in (1, 25))
    state, rows = after_an_epoch(once), np.repeat(task.train.features[:1], 200, axis=0)
    alone, mean = once.predict(state, rows), often.predict(state, rows)
    aliquots = once.predict(state, np.tile(rows, (25, 1))).reshape(25, 200, 1)
    np.testing.assert_allclose(mean, aliquots.mean(axis=0), rtol=1e-12)
    assert np.array_equal(alone, aliquots[0])
    assert alone.std() / mean.std() == pytest.approx(5.0, rel=0.3)  # each is known to 5 %
    np.testing.assert_allclose(alone.mean(), mean.mean(), atol=4.0 * alone.std() / np.sqrt(200))


def test_pipetting_does_not_depend_on_threads_or_on_where_a_training_was_interrupted() -> None:
    task = small_task(samples=150)  # more than one call of compiled code
    pipetted = disturb(make_circuit("minimal", 2).compile(), "pipetting", 0.2, 0)
    first, again = (Trainer(pipetted, task, seed=2, threads=threads) for threads in (1, 3))
    start = first.fresh_state({})
    *_, whole = first.advance(start)
    halfway, *_ = first.advance(start)
    assert 0 < halfway.position < 150
    *_, resumed = again.advance(halfway)
    assert resumed.pot.tobytes() == whole.pot.tobytes()
    assert resumed.errors.tobytes() == whole.errors.tobytes()
    features = task.train.features
    assert first.predict(whole, features).tobytes() == again.predict(resumed, features).tobytes()
    *_, other = Trainer(pipetted, task, seed=3).advance(start)
    assert other.pot.tobytes() != whole.pot.tobytes()


def test_readings_of_pipetted_doses_differ_and_equal_readings_are_refused() -> None:
    task, exact = small_task(samples=8), make_circuit("minimal", 2).compile()
    pipetted = disturb(exact, "pipetting", 0.1, 0)
    first, mean = (Trainer(pipetted, task, seed=0, readings=readings) for readings in (1, 50))
    state = first.fresh_state({})
    wanted = Trainer(exact, task, seed=0).predict(state, task.train.features)
    errors = [np.abs(t.predict(state, task.train.features) - wanted).mean() for t in (first, mean)]
    assert errors[0] > 3.0 * errors[1] > 0.0
    with pytest.raises(InvalidValueError, match="all readings are equal"):
        Trainer(exact, task, seed=0, readings=2)
    for readings in (0, 10_001):
        with pytest.raises(InvalidValueError, match="from 1 to 10,000"):
            trainer_of(task, Kinetics("ssa", 100.0), readings=readings)


def test_a_gated_pot_learns_with_molecules() -> None:
    task = small_task(samples=3)
    state = after_an_epoch(trainer_of(task, Kinetics("langevin", 1e6), level="gated"))
    exact = after_an_epoch(trainer_of(task, Kinetics(), level="gated"))
    np.testing.assert_allclose(state.errors, exact.errors, atol=0.01)


def test_a_clock_is_waited_for_with_molecules() -> None:
    """The thresholds of its species are concentrations, whatever is counted; few molecules stop it."""
    task = small_task(samples=2)
    exact = after_an_epoch(trainer_of(task, Kinetics(), level="autonomous"))
    many = after_an_epoch(trainer_of(task, Kinetics("tau", 1e12), level="autonomous"))
    np.testing.assert_allclose(many.times, exact.times, rtol=2e-3)
    np.testing.assert_allclose(many.errors, exact.errors, atol=1e-3)
    with pytest.raises(DivergenceError, match="clock has stopped"):
        after_an_epoch(trainer_of(task, Kinetics("ssa", 100.0), level="autonomous"))


def test_a_sample_is_learned_with_noise_of_its_own() -> None:
    """Identical samples, each learned from the same pot: only its number tells one from the next."""
    features = np.repeat(small_task().train.features[:1], 30, axis=0)
    same = Samples(features, np.full((30, 1), 0.5))
    task = replace(small_task(samples=30), train=same)
    trainer = trainer_of(task, Kinetics("ssa", 1e4))
    state = trainer.fresh_state({})
    pots = [next(trainer.advance(replace(state, position=k))).pot.tobytes() for k in range(30)]
    assert len(set(pots)) > 10


@pytest.mark.parametrize("method", STOCHASTIC)
def test_what_runs_away_in_training_is_stopped_and_named(method: str) -> None:
    system = SignedSystem.parse(
        "dz = theta*x + z*z", states={"z": 2}, inputs={"x": 2}, parameters={"theta": 2}
    )
    program = Circuit(name="explosion", system=system, features=2, horizon=50.0).compile()
    trainer = Trainer(program, small_task(samples=2), seed=3, kinetics=Kinetics(method, 100.0))
    state = trainer.fresh_state({})
    state.pot[trainer.executable.places(program.circuit.trained_parameters)[:, 0]] = 1.0
    stopped = r"feedforward.*grows without bound.*\(largest: z\d_p\)"
    with pytest.raises(DivergenceError, match=stopped):
        list(trainer.advance(state))
    with pytest.raises(SimulationError, match=stopped):
        trainer.predict(state, small_task().train.features)


def test_too_many_events_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "EVENT_LIMIT", 50)
    with pytest.raises(DivergenceError, match=r"training sample.*events in one phase: choose method hybrid"):
        after_an_epoch(trainer_of(small_task(samples=2), Kinetics("ssa", 1e6)))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (("ssa", 0.0), InvalidValueError, "give how many"),
        (("ssa", -1.0), InvalidValueError, "positive"),
        (("tau", float("nan")), InvalidValueError, "positive finite"),
        (("langevin", float("inf")), InvalidValueError, "positive finite"),
        (("ode", 10.0), InvalidValueError, "no molecules"),
        (("sssa", 10.0), UnknownNameError, "did you mean 'ssa'"),
    ],
)
def test_what_fits_no_method_is_refused(
    options: tuple[str, float], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Kinetics(*options)


def test_an_interrupted_run_ends_in_the_same_bytes(tmp_path: Path) -> None:
    def results(name: str, calls: int | None) -> Mapping[str, bytes]:
        session = start(small_spec(kinetics=Kinetics("ssa", 50.0)), tmp_path / name)
        if calls is None:
            session.run(no_progress)
        else:
            with pytest.raises(KeyboardInterrupt):
                session.run(stop_after(calls))
            resume(tmp_path / name).run(no_progress)
        return run_results(tmp_path / name)

    assert results("interrupted", 200) == results("whole", None)
