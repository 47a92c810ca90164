"""Training in one pot: what it learns, what it reports, and how it stops."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from tests.cases import no_progress, run_results, small_spec, small_task, stop_after

from neuralcrn.algebra import SignedSystem
from neuralcrn.chemistry import Network, Reaction
from neuralcrn.circuits import FAMILIES, Circuit, make_circuit
from neuralcrn.compiler import Program
from neuralcrn.compiler.pot.assembly import compile_autonomous
from neuralcrn.compiler.pot.clocks import CLOCKS, Clock, ring_reactions
from neuralcrn.engines import Outcome, Recording, default_tolerances
from neuralcrn.engines.native.executor import NativeExecutable
from neuralcrn.engines.native.lowering import lower, specialised
from neuralcrn.errors import DataError, DivergenceError, SimulationError
from neuralcrn.learning import Trained, Trainer, TrainingSpec, plan, train_task
from neuralcrn.plots import cycle_figure
from neuralcrn.runs import resume, start
from neuralcrn.sklearn import NeuralCRNClassifier, NeuralCRNRegressor
from neuralcrn.tasks import Samples, Task
from neuralcrn.verify.measurement import accurate

POTS = ("gated", "autonomous")
LAWS = FAMILIES["linear"].initial


def pot_spec(level: str, **options: Any) -> TrainingSpec:
    """A run of 150 samples an epoch, so that it comes up in the middle of one."""
    clock = "restored-5" if level == "autonomous" else ""
    return dataclasses.replace(
        small_spec(**{"epochs": 2, **options}),
        level=level,
        clock=clock,
        tolerances=default_tolerances(level),
    )


def trainer_of(program: Program, task: Task | None = None, *, seed: int = 3) -> Trainer:
    return Trainer(program, task or small_task(), seed=seed, tolerances=default_tolerances("autonomous"))


@pytest.fixture(scope="module")
def learned() -> Mapping[str, Trained]:
    """The published linear regression at every level, from the same start and in the same order."""
    return {
        level: train_task("linear-regression", "linear", level=level, epochs=2) for level in ("staged", *POTS)
    }


class TestLearning:
    @pytest.mark.parametrize("level", POTS)
    def test_losses_fall_and_follow_those_of_the_staged_program(
        self, learned: Mapping[str, Trained], level: str
    ) -> None:
        staged, pot = learned["staged"].metrics, learned[level].metrics
        assert pot[1].train_loss < 0.5 * pot[0].train_loss
        for one, other in zip(staged, pot, strict=True):
            assert other.train_loss == pytest.approx(one.train_loss, rel=0.03)
            assert other.validation_loss == pytest.approx(one.validation_loss, rel=0.03)
            np.testing.assert_allclose(other.parameters, one.parameters, rtol=0.03)

    @pytest.mark.parametrize("level", POTS)
    def test_errors_are_those_of_the_staged_program_sample_by_sample(self, level: str) -> None:
        task = small_task(samples=6)
        errors = []
        for tried in ("staged", level):
            trainer = trainer_of(make_circuit("linear").compile(tried), task)
            *_, state = trainer.advance(trainer.fresh_state(LAWS))
            errors.append(state.errors)
        np.testing.assert_allclose(errors[1], errors[0], rtol=0, atol=0.02 * np.abs(errors[0]).max())

    @pytest.mark.parametrize("level", POTS)
    def test_a_prediction_leaves_the_pot_as_it_is(self, learned: Mapping[str, Trained], level: str) -> None:
        trained = learned[level]
        before = trained.state.pot.copy()
        features = trained.trainer.task.validation.features[:5]
        outputs = trained.predict(features)
        assert np.array_equal(trained.state.pot, before)
        assert np.array_equal(trained.predict(features), outputs)
        np.testing.assert_allclose(outputs, learned["staged"].predict(features), rtol=0.02)

    def test_a_cycle_takes_the_period_of_the_clock(self, learned: Mapping[str, Trained]) -> None:
        clock = CLOCKS.find("restored-5")
        for metrics in learned["autonomous"].metrics:
            assert metrics.period == pytest.approx(clock.period, rel=1e-4)
        for level in ("staged", "gated"):
            program = learned[level].trainer.program
            runs = [step for step in program.training if type(step).__name__ == "Run"]
            total = sum(program.phase(r.phase).duration if r.duration is None else r.duration for r in runs)
            assert [m.period for m in learned[level].metrics] == pytest.approx([total] * 2)

    def test_no_sample_is_dosed_by_the_calendar(self) -> None:
        """A clock at half its pace makes every cycle twice as long, and the same is learned."""
        clock = CLOCKS.find("restored-5")
        half = Network.of(
            [dataclasses.replace(reaction, rate=0.5 * reaction.rate) for reaction in clock.network.reactions],
            dict(zip(clock.network.species, clock.network.initial, strict=True)),
        )
        *turns, clearing = (
            dataclasses.replace(gate, integral=2.0 * gate.integral) for gate in clock.gates.values()
        )
        slow = dataclasses.replace(
            clock, network=half, turns=tuple(turns), clearing=clearing, period=2.0 * clock.period
        )
        task, results = small_task(samples=8), []
        for timer in (clock, slow):
            trainer = trainer_of(compile_autonomous(make_circuit("linear"), timer), task)
            *_, state = trainer.advance(trainer.fresh_state(LAWS))
            np.testing.assert_allclose(state.times, timer.period, rtol=1e-3)
            results.append((state.errors, trainer.parameters(state)))
        for one, other in zip(*results, strict=True):
            np.testing.assert_allclose(one, other, atol=5e-3)

    def test_the_clock_is_followed_further_down_than_all_else(self) -> None:
        clock = CLOCKS.find("restored-5")
        lowered = lower(make_circuit("linear").compile("autonomous"))
        limits = default_tolerances("autonomous")
        controls = lowered.controls(limits.rtol, limits.atol, limits.max_steps)
        for name, atol in zip(lowered.positions, controls.atol, strict=True):
            if name in clock.network.species:
                assert atol < 1e-2 * clock.floor
            else:
                assert atol == limits.atol

    def test_machine_code_changes_no_bit(self) -> None:
        trainer = trainer_of(make_circuit("linear").compile("autonomous"), small_task(samples=5))
        state = trainer.fresh_state(LAWS)
        *_, loops = trainer.advance(state)
        trainer.executable.lowered = specialised(trainer.executable.lowered)
        *_, code = trainer.advance(state)
        assert trainer.executable.lowered.functions.any()
        for name in ("pot", "errors", "times"):
            assert np.array_equal(getattr(loops, name), getattr(code, name)), name

    def test_a_batch_is_the_same_at_every_level(self) -> None:
        task, found = small_task(samples=7), {}
        for level in ("staged", *POTS):
            trainer = trainer_of(make_circuit("linear", batch=3, learning_rate=0.6).compile(level), task)
            state = trainer.fresh_state(LAWS)
            for _ in range(3):  # 21 samples: batches lie across the ends of epochs
                state, metrics = trainer.epoch(state, test=False)
            found[level] = metrics.parameters
        for level in POTS:
            np.testing.assert_allclose(found[level], found["staged"], atol=0.01)


class TestRuns:
    @pytest.fixture(autouse=True)
    def without_machine_code(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Compiling it takes longer than these runs, and it changes no bit of them: that is tested apart."""
        monkeypatch.setattr(NativeExecutable, "specialise_meanwhile", lambda _: None)

    @pytest.mark.parametrize("level", POTS)
    def test_the_same_seed_leaves_the_same_bytes(self, level: str, tmp_path: Path) -> None:
        for name, seed, threads in (("one", 5, 2), ("two", 5, 1), ("other", 6, 2)):
            start(pot_spec(level, seed=seed, epochs=1), tmp_path / name, threads=threads).run(no_progress)
        one, two, other = (run_results(tmp_path / name) for name in ("one", "two", "other"))
        assert one == two
        assert one["metrics.csv"] != other["metrics.csv"]

    @pytest.mark.parametrize(("level", "options"), [("gated", {}), ("autonomous", {"batch": 4})])
    def test_stopped_anywhere_it_is_resumed_to_the_same_bytes(
        self, level: str, options: dict[str, Any], tmp_path: Path
    ) -> None:
        wanted = pot_spec(level, **options)
        calls = 0

        def count(*_: object) -> None:
            nonlocal calls
            calls += 1

        start(wanted, tmp_path / "whole").run(count)
        assert calls >= 6
        middle = 0
        for moment in (2, 3, calls // 2, calls - 1):
            folder = tmp_path / f"stopped-{moment}"
            with pytest.raises(KeyboardInterrupt):
                start(wanted, folder).run(stop_after(moment))
            session = resume(folder)
            middle += 0 < session.state.position < 150
            session.run(no_progress)
            assert run_results(folder) == run_results(tmp_path / "whole"), moment
        assert middle >= 2

    def test_the_summary_has_cycles_and_period(self, tmp_path: Path) -> None:
        summary = start(pot_spec("autonomous"), tmp_path / "run").run(no_progress)
        assert (summary["level"], summary["clock"]) == ("autonomous", "restored-5")
        assert summary["cycles"] == 2 * 150
        assert summary["max_order"] == 2
        assert summary["period"] == pytest.approx(CLOCKS.find("restored-5").period, rel=1e-4)
        assert abs(summary["period_drift"]) < 1e-4
        header, *rows = run_results(tmp_path / "run")["metrics.csv"].decode().splitlines()
        periods = [float(row.split(",")[header.split(",").index("period")]) for row in rows]
        assert summary["period"] == periods[-1]
        assert summary["period_drift"] == periods[-1] / periods[0] - 1.0

    def test_a_conservative_clock_drifts_and_the_summary_shows_it(self, tmp_path: Path) -> None:
        leaky = dataclasses.replace(pot_spec("autonomous"), clock="ring-5")
        summary = start(leaky, tmp_path / "run").run(no_progress)
        assert summary["period_drift"] < -1e-3

    def test_a_finished_run_keeps_the_clock_where_it_was(self, tmp_path: Path) -> None:
        session = start(pot_spec("autonomous", epochs=1), tmp_path / "run")
        session.run(no_progress)
        network = session.trained_networks()["pot"]
        total = sum(network.initial_of(f"C{i}") for i in range(1, 6))
        assert total == pytest.approx(2.0, rel=1e-3)
        dose = CLOCKS.find("restored-5").dose
        assert network.initial_of(dose.species) == pytest.approx(dose.threshold, rel=2e-6)


def dead_clock() -> Clock:
    """A ring without a leak, all of it in one species: nothing will ever follow."""
    network = Network.of(ring_reactions(5, 0.0, True), {"C5": 2.0}, [f"C{i}" for i in range(1, 6)])
    return dataclasses.replace(CLOCKS.find("restored-5"), network=network)


class TestFailures:
    def test_a_clock_that_stands_still_is_told(self) -> None:
        trainer = trainer_of(compile_autonomous(make_circuit("linear"), dead_clock()))
        state = trainer.fresh_state(LAWS)
        with pytest.raises(DivergenceError) as failure:
            next(trainer.advance(state))
        assert Outcome.NO_EVENT.advice in str(failure.value)
        assert "epoch 1, step 1 (training sample " in str(failure.value)
        with pytest.raises(SimulationError) as failure:
            trainer.predict(state, trainer.task.train.features[:1])
        assert Outcome.NO_EVENT.advice in str(failure.value)
        assert "prediction of row 1" in str(failure.value)

    def test_a_clock_that_stands_still_cannot_be_recorded(self) -> None:
        executable = accurate(compile_autonomous(make_circuit("linear"), dead_clock()))
        with pytest.raises(SimulationError, match="clock has stopped"):
            executable.record(executable.initial, np.ones(2), np.ones(1))

    @pytest.mark.parametrize("level", POTS)
    def test_divergence_names_epoch_sample_and_species(self, level: str) -> None:
        """An error that a step makes larger: the gain is far above 2 / |x|^2."""
        task = small_task(low=8.0, high=9.0)
        trainer = trainer_of(make_circuit("linear", learning_rate=1.0, horizon=1.0).compile(level), task)
        state = trainer.fresh_state(LAWS)
        with pytest.raises(DivergenceError) as failure:
            trainer.epoch(state, test=False)
        message = str(failure.value)
        cycle, epoch, step, sample = (
            int(message.split(f"{word} ")[1].split()[0].strip("):(,"))
            for word in ("cycle", "epoch", "step", "sample")
        )
        assert (cycle, epoch) == (step, 1)
        assert trainer.order(state.epoch)[step - 1] == sample - 1
        assert any(f"{name} left the range" in message or f"(largest: {name})" in message
                   for name in trainer.executable.positions)  # fmt: skip

    @pytest.mark.parametrize("level", POTS)
    def test_negative_targets_on_one_rail_are_refused(self, level: str) -> None:
        task = small_task()
        negative = dataclasses.replace(task, train=Samples(task.train.features, -task.train.targets))
        with pytest.raises(DataError, match="negative"):
            trainer_of(make_circuit("linear", positive_targets=True).compile(level), negative)

    @pytest.mark.parametrize("level", POTS)
    def test_negative_targets_on_two_rails_are_learned(self, level: str) -> None:
        task = small_task(samples=4)
        negative = dataclasses.replace(task, train=Samples(task.train.features, -task.train.targets))
        errors = []
        for tried in ("staged", level):
            trainer = trainer_of(make_circuit("linear", positive_targets=False).compile(tried), negative)
            *_, state = trainer.advance(trainer.fresh_state(LAWS))
            errors.append(state.errors)
        np.testing.assert_allclose(errors[1], errors[0], rtol=0.03)


FEATURES = np.array([[0.1, 0.2], [0.4, 0.3], [1.0, 0.5], [1.0, 2.0]])


def predicted(program: Program, features: np.ndarray) -> np.ndarray:
    """Return the outputs of a circuit whose parameters are all 0.4."""
    executable = trainer_of(program).executable
    pot = executable.new_pot(dict.fromkeys(program.circuit.trained_parameters, 0.4))
    outputs = np.zeros((len(features), 1))
    assert executable.predict(pot, features, outputs, epoch=0) is None
    return outputs[:, 0]


def with_comparison(program: Program, value: float, target: float, loss: float) -> Program:
    """Multiply the rate constants with which the error is made from value and target and is lost."""

    def factor(reaction: Reaction) -> float:
        if not reaction.label.startswith("e[0]: ") or reaction.label.endswith("annihilation"):
            return 1.0
        return loss if reaction.label.endswith("e[0]") else target if "y" in reaction.label else value

    (phase,) = program.phases
    reactions = [r.k(r.rate * factor(r)) for r in phase.network.reactions]
    return dataclasses.replace(program, phases=(dataclasses.replace(phase, network=Network.of(reactions)),))


class TestReference:
    """Predictions of a pot are compared with the reference of the circuit."""

    @pytest.mark.parametrize("level", POTS)
    def test_it_does_not_change_what_exact_chemistry_predicts(self, level: str) -> None:
        plain, compared = (
            predicted(make_circuit("linear", reference=reference).compile(level), FEATURES)
            for reference in (0.0, 0.5)
        )
        np.testing.assert_allclose(compared, plain, atol=1e-3)

    @pytest.mark.parametrize("reference", [0.0, 0.5])
    def test_wrong_constants_of_the_comparison_scale_the_distance_from_it(self, reference: float) -> None:
        """The error settles at f (y - t)/c, so that an output at the reference is read correctly."""
        f, c = 1.5, 0.8
        program = make_circuit("linear", reference=reference).compile("gated")
        exact = predicted(program, FEATURES)
        assert exact.min() < 0.4 < 0.6 < exact.max()
        wrong = predicted(with_comparison(program, f, f, c), FEATURES)
        np.testing.assert_allclose(wrong, reference + f / c * (exact - reference), rtol=1e-3, atol=1e-3)

    def test_it_is_the_middle_of_the_classes_of_a_task_and_0_for_a_regression(self) -> None:
        for task, reference in (("xor", 0.5), ("iris", 0.5), ("linear-regression", 0.0)):
            spec = plan(task)
            assert spec.make_circuit(spec.make_task()).reference == reference
        between = dataclasses.replace(plan("xor").make_task(), threshold=0.75)
        assert plan("xor").make_circuit(between).reference == 0.75

    def test_estimators_have_that_of_their_targets(self) -> None:
        features, labels = [[0.0], [1.0], [2.0], [3.0]], [1, 1, 2, 2]
        for model, reference in ((NeuralCRNClassifier(epochs=1), 0.5), (NeuralCRNRegressor(epochs=1), 0.0)):
            fitted = model.fit(features, labels)
            assert fitted.spec_.circuit_of(1).reference == reference


def recorded(level: str, family: str = "linear", **options: Any) -> tuple[Trainer, Recording]:
    trainer = trainer_of(make_circuit(family, **options).compile(level), small_task(samples=1))
    state = trainer.fresh_state(FAMILIES[family].initial)
    train = trainer.task.train
    return trainer, trainer.executable.record(state.pot, train.features[0], train.targets[0], points=200)


@pytest.fixture(scope="module")
def cycle() -> Recording:
    return recorded("autonomous", "quadratic")[1]


class TestRecording:
    def test_a_cycle_ends_where_the_next_dose_is(self, cycle: Recording) -> None:
        clock = CLOCKS.find("restored-5")
        assert [name for name, _, _ in cycle.boundaries] == ["pot", "pot"]
        (_, begin, read), (_, again, end) = cycle.boundaries
        assert (begin, again) == (0.0, read)
        assert cycle.times[-1] == end == pytest.approx(clock.period, rel=1e-4)
        for time, event in ((read, clock.read), (end, clock.dose)):
            values = cycle.values[:, cycle.species.index(event.species)]
            at = int(np.nonzero(cycle.times == time)[0][0])
            assert values[at] == pytest.approx(event.threshold, rel=1e-4)
            assert values[at - 1] < event.threshold

    @pytest.mark.parametrize("level", POTS)
    def test_a_recorded_cycle_ends_in_the_pot_of_the_trainer(self, level: str) -> None:
        trainer, recording = recorded(level)
        *_, state = trainer.advance(trainer.fresh_state(LAWS))
        np.testing.assert_allclose(recording.values[-1], state.pot, rtol=2e-3, atol=1e-5)
        assert recording.times[-1] == pytest.approx(state.times[0], rel=1e-4)

    def test_gates_open_one_after_another_and_what_was_dosed_is_gone(self, cycle: Recording) -> None:
        peaks = []
        for species in cycle.program.gates.values():
            peaks.append(cycle.times[np.argmax(cycle.values[:, cycle.species.index(species)])])
        assert peaks == sorted(peaks)
        for variable in cycle.program.circuit.system.inputs:
            dosed = cycle.signed(variable)
            assert abs(dosed[-1]) < 1e-6 * dosed[0]

    def test_taking_a_gate_out_takes_nothing_else(self) -> None:
        system = SignedSystem.parse(
            "dz = theta*x",
            states={"z": 2}, inputs={"x": 2}, parameters={"theta": 2, "phi": ()}, non_negative=["x"],
        )  # fmt: skip
        circuit = Circuit(name="mine", system=system, features=2, fixed={"phi": 0.5})
        trainer = trainer_of(circuit.compile("gated"), small_task(samples=1))
        state, train = trainer.fresh_state({}), trainer.task.train
        recording = trainer.executable.record(state.pot, train.features[0], train.targets[0])
        assert set(recording.values[:, recording.species.index("phi")]) == {0.5}


def curves(panel: Axes) -> dict[str, np.ndarray]:
    """The curves of a panel by their labels or species."""
    return {
        str(line.get_gid() or line.get_label()): np.asarray(line.get_ydata())
        for line in panel.lines
        if len(np.asarray(line.get_xdata())) > 2
    }


class TestFigure:
    def test_gates_are_drawn_relative_to_their_peaks(self, cycle: Recording) -> None:
        gates = curves(cycle_figure(cycle).axes[0])
        assert [label.split()[0] for label in gates] == ["feedforward", "feedback", "update", "clear"]
        for (label, drawn), (phase, species) in zip(gates.items(), cycle.program.gates.items(), strict=True):
            values = cycle.values[:, cycle.species.index(species)]
            assert label.startswith(phase)
            np.testing.assert_allclose(drawn, values / values.max())

    def test_panels_share_the_time_since_the_dose(self, cycle: Recording) -> None:
        figure = cycle_figure(cycle)
        assert [axes.get_ylabel().split("\n")[0] for axes in figure.axes] == [
            "gate", "state rails", "error", "parameter change",
        ]  # fmt: skip
        assert figure.axes[-1].get_xlabel() == "time since the dose"
        assert figure.axes[-1].get_xlim() == (0.0, cycle.times[-1])
        for axes in figure.axes:
            for line in axes.lines:
                if len(np.asarray(line.get_xdata())) > 2:
                    np.testing.assert_array_equal(line.get_xdata(), cycle.times)

    def test_errors_and_changes_are_those_recorded(self, cycle: Recording) -> None:
        circuit = cycle.program.circuit
        _, states, errors, changes = map(curves, cycle_figure(cycle).axes)
        assert set(states) == set(cycle.program.rails.species(circuit.system.states))
        (error,) = errors.values()
        np.testing.assert_array_equal(error, cycle.signed(circuit.errors[0]))
        assert len(changes) == len(circuit.trained_parameters)
        for drawn, parameter in zip(changes.values(), circuit.trained_parameters, strict=True):
            values = cycle.signed(parameter)
            np.testing.assert_array_equal(drawn, values - values[0])

    def test_a_direct_circuit_has_no_update_and_its_error_takes_no_states(self) -> None:
        for level in POTS:
            figure = cycle_figure(recorded(level, "minimal")[1])
            assert [label.split()[0] for label in curves(figure.axes[0])] == [
                "feedforward",
                "feedback",
                "clear",
            ]
            assert set(curves(figure.axes[1])) == {"e1_p", "e1_n"}
