"""Training as a stream: whole at every moment, stopped by a callback, shown to a person."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console
from tests.cases import small_task, small_trainer

from neuralcrn.algebra import SignedSystem
from neuralcrn.circuits import FAMILIES, Circuit, Distribution, make_circuit
from neuralcrn.errors import DataError, InvalidValueError
from neuralcrn.learning import (
    Metrics,
    Progress,
    Trainer,
    continue_training,
    train_circuit,
    train_task,
)
from neuralcrn.status import progress_bar
from neuralcrn.tasks import make_task

LAWS = FAMILIES.find("linear").initial


def beginning(epochs: int = 2, **options: object) -> Progress:
    trainer = small_trainer("linear", small_task(samples=150), **options)
    return Progress(trainer, trainer.fresh_state(LAWS), epochs)


class TestStream:
    def test_counts_rise_from_nothing_to_everything(self) -> None:
        steps = list(continue_training(beginning()))
        done = [step.done for step in steps]
        assert (done[0], done[-1]) == (0, 2 * 150)
        assert done == sorted(done)
        assert len(set(done)) > 2 * 2
        assert [step.fraction for step in steps] == [n / 300 for n in done]
        assert {(step.total, step.samples, step.epochs) for step in steps} == {(300, 150, 2)}

    def test_each_has_the_metrics_of_its_complete_epochs(self) -> None:
        for step in continue_training(beginning()):
            assert [row.epoch for row in step.metrics] == list(range(1, step.state.epoch + 1))

    def test_it_goes_on_from_any_of_them_to_the_same_bits(self) -> None:
        *steps, last = continue_training(beginning())
        for step in steps:
            *_, again = continue_training(step)
            assert again.state.pot.tobytes() == last.state.pot.tobytes()
            assert again.metrics == last.metrics

    def test_what_is_finished_stays_as_it_is(self) -> None:
        *_, last = continue_training(beginning(epochs=1))
        assert list(continue_training(last)) == [last]

    def test_a_failing_measurement_leaves_the_step_before_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        start = beginning()

        def fail(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(Trainer, "finishing", fail)
        stream, reached = continue_training(start), start
        with pytest.raises(KeyboardInterrupt):
            for reached in stream:  # noqa: B007 (what was reached last is what is asked for)
                pass
        assert (reached.state.epoch, reached.state.position, reached.metrics) == (0, 150, ())


@pytest.mark.parametrize(("level", "measured"), [("staged", [True, True]), ("autonomous", [False, True])])
def test_a_pot_measures_the_test_grid_only_at_the_end(level: str, measured: list[bool]) -> None:
    task = make_task("xor", 0, train=3, validation=2, test_side=2)
    circuit = make_circuit("linear", 2)
    trained = train_circuit(circuit, task, initial=LAWS, level=level, epochs=2)
    assert [row.test_accuracy is not None for row in trained.metrics] == measured


class TestCircuits:
    """People's own equations and data."""

    SYSTEM = SignedSystem.parse(
        "dz = theta*x - 0.1*z", states={"z": 2}, inputs={"x": 2}, parameters={"theta": 2}
    )
    CIRCUIT = Circuit(name="own", system=SYSTEM, features=2)

    def test_an_own_circuit_learns_an_own_task(self) -> None:
        trained = train_circuit(self.CIRCUIT, small_task(samples=40), epochs=4, seed=1)
        assert trained.metrics[-1].validation_loss < 0.5 * trained.metrics[0].train_loss
        assert trained.predict(np.ones((3, 2))).shape == (3, 1)

    def test_the_same_seed_gives_the_same_bytes_and_a_callback_changes_none(self) -> None:
        seen: list[Progress] = []
        one = train_circuit(self.CIRCUIT, small_task(), epochs=2, seed=4, callback=seen.append)
        two = train_circuit(self.CIRCUIT, small_task(), epochs=2, seed=4)
        other = train_circuit(self.CIRCUIT, small_task(), epochs=2, seed=5)
        assert one.state.pot.tobytes() == two.state.pot.tobytes() != other.state.pot.tobytes()
        assert seen[0].done == 0
        assert seen[-1].metrics == one.metrics

    def test_parameters_start_by_their_laws(self) -> None:
        first: list[Progress] = []
        train_circuit(
            self.CIRCUIT,
            small_task(),
            initial={"theta": Distribution("constant", 0.25)},
            epochs=1,
            callback=first.append,
        )
        assert first[0].trainer.parameters(first[0].state).tolist() == [0.25, 0.25]

    def test_a_task_of_the_registry_is_a_circuit_with_recorded_laws(self) -> None:
        whole = train_task("linear-regression", "linear", seed=3, epochs=2)
        circuit = whole.trainer.program.circuit
        parts = train_circuit(circuit, make_task("linear-regression", 3), initial=LAWS, seed=3, epochs=2)
        assert whole.metrics == parts.metrics

    def test_what_is_no_trained_parameter_has_no_law(self) -> None:
        with pytest.raises(InvalidValueError, match=r"initial: unknown trained parameter 'tetha'.*'theta'"):
            train_circuit(self.CIRCUIT, small_task(), initial={"tetha": Distribution("constant", 1.0)})

    @pytest.mark.parametrize("epochs", [0, -1, 1_000_001])
    def test_numbers_of_epochs_out_of_range_are_refused(self, epochs: int) -> None:
        with pytest.raises(InvalidValueError, match="choose 1 to"):
            train_circuit(self.CIRCUIT, small_task(), epochs=epochs)

    def test_a_task_that_does_not_fit_is_refused(self) -> None:
        with pytest.raises(DataError, match="build the circuit for the task"):
            train_circuit(self.CIRCUIT, small_task(inputs=3))

    def test_what_a_callback_raises_ends_the_training(self) -> None:
        def enough(progress: Progress) -> None:
            if progress.metrics:
                raise StopAsyncIteration("one epoch is enough")

        with pytest.raises(StopAsyncIteration, match="enough"):
            train_circuit(self.CIRCUIT, small_task(), epochs=5, callback=enough)


def metrics(epoch: int, accuracy: float | None = None) -> Metrics:
    return Metrics(epoch, 1.0 / epoch, 2.0 / epoch, accuracy, None, 49.5, b"")


def acted(epochs: int, *, is_pot: bool = False, accuracy: float | None = None) -> Iterator[Progress]:
    """Play a training of three samples an epoch without any chemistry."""
    trainer = SimpleNamespace(task=SimpleNamespace(train=[0, 0, 0]), program=SimpleNamespace(is_pot=is_pot))
    for done in range(3 * epochs + 1):
        epoch, position = divmod(done, 3)
        rows = tuple(metrics(k + 1, accuracy) for k in range(epoch))
        yield Progress(trainer, SimpleNamespace(epoch=epoch, position=position), epochs, rows)  # type: ignore[arg-type]


def shown(console: Console, steps: Iterator[Progress]) -> None:
    with progress_bar(console) as bar:
        for step in steps:
            bar(step)


class TestBars:
    def lines(self, steps: Iterator[Progress]) -> list[str]:
        stream = io.StringIO()
        shown(Console(file=stream, width=120), steps)
        return stream.getvalue().splitlines()

    def test_a_file_gets_the_first_the_last_and_every_tenth_part(self) -> None:
        epochs = [int(line.split()[1].split("/")[0]) for line in self.lines(acted(34))]
        assert epochs == [1, *range(3, 34, 3), 34]

    def test_a_line_has_what_was_measured(self) -> None:
        assert self.lines(acted(1, accuracy=0.875)) == [
            "epoch 1/1  train loss 1.0000  val loss 2.0000  val accuracy 87.5%"
        ]

    def test_a_pot_is_told_in_cycles_with_its_period(self) -> None:
        assert self.lines(acted(2, is_pot=True)) == [
            "epoch 1/2  cycle 3  train loss 1.0000  val loss 2.0000  period 49.5",
            "epoch 2/2  cycle 6  train loss 0.5000  val loss 1.0000  period 49.5",
        ]

    def test_epochs_from_before_a_resumption_are_not_told_again(self) -> None:
        steps = list(acted(4))
        resumed = self.lines(iter(steps[3 * 2 :]))
        assert [line.split()[1] for line in resumed] == ["3/4", "4/4"]

    def test_a_terminal_gets_a_bar(self) -> None:
        stream = io.StringIO()
        shown(Console(file=stream, width=120, force_terminal=True, force_jupyter=False), acted(3))
        text = stream.getvalue()
        assert "epoch 3/3" in text
        assert "train loss 0.3333  val loss 0.6667" in text
        assert "\x1b[" in text
        assert "epoch 1/3  train" not in text

    def test_a_notebook_gets_tqdm(self, capsys: pytest.CaptureFixture[str]) -> None:
        shown(Console(file=io.StringIO(), force_jupyter=True), acted(3))
        text = capsys.readouterr().out
        assert "epoch 0/3:   0%|" in text
        assert "epoch 3/3: 100%|" in text
        assert "train loss 0.3333  val loss 0.6667" in text

    def test_a_notebook_without_tqdm_gets_lines(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
        lines: list[str] = []
        console = Console(force_jupyter=True)
        monkeypatch.setattr(console, "print", lines.append)
        shown(console, acted(2))
        assert [line.split()[1] for line in lines] == ["1/2", "2/2"]
        assert capsys.readouterr().out == ""

    @pytest.mark.parametrize("jupyter", [False, True])
    def test_a_bar_is_closed_when_the_training_fails(
        self, jupyter: bool, capsys: pytest.CaptureFixture[str]
    ) -> None:
        stream = io.StringIO()
        console = Console(file=stream, force_terminal=True, force_jupyter=jupyter)

        def failing() -> Iterator[Progress]:
            yield next(acted(2))
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            shown(console, failing())
        text = stream.getvalue() or capsys.readouterr().out
        assert text.endswith(("\n", "\x1b[?25h"))
