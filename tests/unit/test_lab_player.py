"""The process of a lab without its server: what it sends for commands, and when it saves."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from tests.lab import SMALL

from neuralcrn.app.live import LiveTraining, Scene, load_training
from neuralcrn.engines.native import compilation
from neuralcrn.lab import player
from neuralcrn.lab.frames import Frames, Look
from neuralcrn.lab.inbox import Inbox
from neuralcrn.lab.player import Player


class Messages:
    """A channel that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []

    def send(self, kind: str, value: Any) -> None:
        self.sent.append((kind, value))

    def of(self, kind: str) -> list[Any]:
        return [value for found, value in self.sent if found == kind]


def played(folder: Path, *commands: dict[str, Any], scene: Any = SMALL) -> Messages:
    """Play a lab with commands, until they are carried out."""
    messages, inbox = Messages(), Inbox()
    lab = Player(messages, inbox, folder, None if scene is None else Scene.from_json(scene))  # type: ignore
    for number, command in enumerate(commands, 1):
        inbox.put({"number": number, **command})
    thread = threading.Thread(target=lab.serve)
    thread.start()
    while thread.is_alive() and messages.of("applied")[-1:] != [len(commands)]:
        thread.join(0.01)
    inbox.end()
    thread.join()
    return messages


PAUSED = ({"command": "pause"}, {"command": "rewind"})


def test_what_needs_no_simulation_is_sent_first(tmp_path: Path) -> None:
    kinds = [kind for kind, _ in played(tmp_path / "run", *PAUSED).sent]
    first = dict.fromkeys(kind for kind in kinds if kind != "status")
    assert [*first][:3] == ["scene", "progress", "circuit"]


def test_while_commands_wait_only_what_shows_their_effect_is_sent() -> None:
    messages, training = Messages(), LiveTraining.begin(Scene.from_json(SMALL))
    frames, progress = Frames(messages), {"command": 1, "playing": False}  # type: ignore
    frames.send(training, Look(), progress)
    messages.sent.clear()
    training.change(training.scene.patched({"options": {"learning_rate": 0.05}}), "rate")
    frames.hurry()
    frames.send(training, Look(), progress, hurried=lambda: True)
    assert [kind for kind, _ in messages.sent] == ["scene", "progress", "map"]
    frames._due.clear()
    frames.send(training, Look(), progress)
    assert [kind for kind, _ in messages.sent[3:]] == ["circuit", "step", "amounts"]


def test_a_lab_is_saved_at_its_end_and_continues(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    played(folder, *PAUSED, {"command": "step", "unit": "sample"})
    assert load_training(folder).samples == 1
    again = played(folder, {"command": "step", "unit": "sample"}, scene=None)
    assert not any(progress["playing"] for progress in again.of("progress"))
    assert load_training(folder).samples == 2


def test_errors_are_told_with_the_number_of_their_command_and_end(tmp_path: Path) -> None:
    wrong = {"command": "change", "patch": {"circuit": "nothing"}, "label": "", "anew": False}
    messages = played(tmp_path / "run", *PAUSED, wrong, {"command": "pause"})
    first, second = messages.of("error")
    assert first["command"] == 3
    assert "unknown circuit 'nothing'" in first["error"]
    assert second == {"error": None, "command": 4}


def test_a_scene_that_cannot_begin_can_be_changed(tmp_path: Path) -> None:
    wrong = {**SMALL, "options": {"learning_rate": 7.0}}
    right = {"command": "change", "patch": {"options": {"learning_rate": 0.1}}, "label": "", "anew": False}
    messages = played(tmp_path / "run", {"command": "pause"}, right, *PAUSED, scene=wrong)
    errors = messages.of("error")
    assert "learning_rate" in errors[0]["error"]
    assert "has not begun" in errors[1]["error"]
    assert errors[-1]["error"] is None
    assert messages.of("circuit")[-1]["options"]["learning_rate"] == 0.1


def test_a_lab_that_cannot_be_saved_says_so_once_and_saves_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    folder.write_text("in the way")
    monkeypatch.setattr(player, "SAVED", 0.0)
    steps = [{"command": "step", "unit": "sample"}] * 3
    errors = played(folder, *PAUSED, *steps).of("error")
    assert "cannot be written" in errors[0]["error"]
    assert str(tmp_path) not in errors[0]["error"]


def test_the_patience_of_the_server_begins_with_the_last_message_before_compilation(tmp_path: Path) -> None:
    messages = Messages()
    before = list(compilation._listeners)
    Player(messages, Inbox(), tmp_path, Scene.from_json(SMALL))  # type: ignore
    (listener,) = compilation._listeners[len(before) :]
    compilation._listeners.remove(listener)
    listener()
    assert [kind for kind, _ in messages.sent] == ["status", "compiling"]
