"""Nothing waits for machine code, and what takes a while is said; with compilers that never end."""

from __future__ import annotations

import gc
import importlib.util
import io
import stat
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from neuralcrn.circuits import FAMILIES, make_circuit
from neuralcrn.cli import output
from neuralcrn.engines.native import compilation, object_code
from neuralcrn.engines.native.lowering import lower, specialised
from neuralcrn.engines.native.object_code import OtherProcess, Processor, Stopped
from neuralcrn.learning import Progress, Trainer
from neuralcrn.learning.loop import continue_training
from neuralcrn.status import Status
from neuralcrn.tasks import make_task

NO_PROCESSOR = Processor("", "")


class Endless:
    """A compiler that is never done, until it is stopped."""

    made: list[Endless]

    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()
        self.made.append(self)

    def object_code(self, _text: str, _processor: Processor) -> bytes:
        self.begun.set()
        assert self.ended.wait(60.0)
        raise Stopped

    def stop(self) -> None:
        self.ended.set()


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> list[Endless]:
    """Let machine code be begun after the first epoch, and never be there."""
    monkeypatch.setattr(Endless, "made", [], raising=False)
    monkeypatch.setattr("neuralcrn.engines.native.executor.OtherProcess", Endless)
    monkeypatch.setattr("neuralcrn.engines.native.executor.compilation_seconds", lambda _: -1.0)
    return Endless.made


def new_trainer() -> Trainer:
    program = make_circuit("linear", inputs=2).compile()
    return Trainer(program, make_task("linear-regression", 0), seed=0)


def new_progress(epochs: int) -> Progress:
    trainer = new_trainer()
    return Progress(trainer, trainer.fresh_state(FAMILIES.find("linear").initial), epochs)


def test_training_and_predictions_go_on_while_machine_code_is_made(endless: list[Endless]) -> None:
    *_, plain = continue_training(new_progress(3))
    assert endless.pop().ended.is_set()
    states = continue_training(new_progress(3))
    reached = next(state for state in states if state.state.epoch == 2)
    (compiler,) = endless
    assert compiler.begun.wait(60.0)
    assert not compiler.ended.is_set()
    rows = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert np.isfinite(reached.trainer.predict(reached.state, rows)).all()
    assert not compiler.ended.is_set()
    *_, last = states
    assert compiler.ended.is_set()  # what is not ready at the end is given up
    assert last.trainer.executable.lowered.machine_code is None
    assert last.state.pot.tobytes() == plain.state.pot.tobytes()


def test_a_compiler_ends_with_its_trainer(endless: list[Endless]) -> None:
    trainer = new_trainer()
    thread = trainer.executable.specialise_meanwhile()
    (compiler,) = endless
    assert compiler.begun.wait(60.0)
    del trainer
    gc.collect()
    assert compiler.ended.is_set()
    thread.join(60.0)
    assert not thread.is_alive()


def test_machine_code_of_another_process_is_that_of_this_one() -> None:
    lowered = lower(make_circuit("minimal", inputs=1).compile())
    codes: list[bytes] = []

    def both(text: str, processor: Processor) -> bytes:
        codes.extend([OtherProcess().object_code(text, processor), object_code.object_code(text, processor)])
        return codes[0]

    assert np.all(specialised(lowered, both).functions != 0)
    assert codes[0] == codes[1]


def fake_python(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(program))


def test_another_process_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_python(tmp_path, monkeypatch, "echo begun > begun; exec sleep 600")
    monkeypatch.chdir(tmp_path)
    elsewhere, ends = OtherProcess(), list[str]()

    def work() -> None:
        try:
            elsewhere.object_code("", NO_PROCESSOR)
        except Stopped:
            ends.append("stopped")

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while not (tmp_path / "begun").exists():
        assert thread.is_alive()
    elsewhere.stop()
    thread.join(60.0)
    assert ends == ["stopped"]
    with pytest.raises(Stopped):
        elsewhere.object_code("", NO_PROCESSOR)


@pytest.mark.parametrize("script", ["exit 1", "exec sleep 600"])
def test_another_process_that_fails_or_never_ends_is_given_up(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_python(tmp_path, monkeypatch, script)
    monkeypatch.setattr(object_code, "LONGEST", 0.2 if "sleep" in script else 60.0)
    with pytest.raises(Stopped):
        OtherProcess().object_code("", NO_PROCESSOR)


def test_without_a_python_to_run_there_are_the_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    trainer = new_trainer()
    trainer.executable.specialise_meanwhile().join(60.0)
    assert trainer.executable.lowered.machine_code is None


def test_arrays_of_every_layout_are_predicted_by_code_that_is_there() -> None:
    """A prediction of the user's array compiles nothing anew."""
    from neuralcrn.engines.native.execute import predict_rows

    trainer = new_trainer()
    state, _ = trainer.epoch(trainer.fresh_state({}))
    before = len(predict_rows.signatures)
    rows = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    frozen = rows.copy()
    frozen.flags.writeable = False
    layouts: list[Any] = [rows, np.asfortranarray(rows), frozen, rows.repeat(2, axis=1)[:, ::2]]
    outputs = [trainer.predict(state, layout) for layout in layouts]
    assert all(np.array_equal(outputs[0], output) for output in outputs)
    assert len(predict_rows.signatures) == before


def test_a_kernel_that_is_compiled_is_told_of_and_one_on_disk_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "twice.py"
    source.write_text(
        "from neuralcrn.engines.native.compilation import kernel\n\n\n"
        "@kernel\ndef twice(x):\n    return x + x\n"
    )
    monkeypatch.setattr(compilation, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(compilation, "_listeners", [])
    for told in (True, False):
        spec = importlib.util.spec_from_file_location("twice", source)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        heard: list[bool] = []
        compilation.tell_of_compilation(lambda heard=heard: heard.append(True))
        assert module.twice(2.0) == 4.0
        assert bool(heard) == told


@pytest.mark.parametrize("terminal", [True, False])
def test_what_takes_a_while_is_said(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(output, "console", Console(file=stream, force_terminal=terminal, width=120))
    with output.progress_bar() as show:
        show(Status("Drawing the figures"))
    assert "Drawing the figures" in stream.getvalue()
