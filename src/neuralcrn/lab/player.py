"""The process of a lab: trains, carries out commands, sends what is to be seen, and saves."""

from __future__ import annotations

import json
import secrets
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, final

from neuralcrn.app.live import GALLERY, LiveTraining, Scene, load_training, save_training
from neuralcrn.engines.native.compilation import tell_of_compilation
from neuralcrn.errors import InvalidValueError, NeuralCRNError, RunError
from neuralcrn.lab.channel import Channel, limit_memory, sentence
from neuralcrn.lab.frames import Frames, Look
from neuralcrn.lab.inbox import Command, Inbox
from neuralcrn.lab.limits import Limits
from neuralcrn.status import COMPILING, Status

BLOCK = 0.015
"""Time between two looks at the commands, seconds."""
SPEED = 250.0
"""Samples per second with which a lab begins: slow enough to see what happens."""
SAVED = 4.0
"""Time between two checkpoints, seconds."""
_ALIVE = 4.0
_INTERNAL = "internal error: the terminal of the server has the details"


def run(connection: socket.socket, folder: str, scene: str | None, limits: Limits) -> None:
    """Serve a lab until the connection ends.

    Parameters
    ----------
    connection : socket
        To the server.
    folder : str
        Run folder.
    scene : str or None
        The scene as JSON; None to continue the run in the folder.
    limits : Limits
        Limits of the process.
    """
    limit_memory(limits.memory)
    channel, inbox = Channel(connection), Inbox()
    try:
        player = Player(channel, inbox, Path(folder), None if scene is None else _scene(scene))
    except (NeuralCRNError, MemoryError) as error:
        channel.send("refused", {"error": sentence(error, folder)})
        return
    channel.send("begun", {})
    threading.Thread(target=_listen, args=(channel, inbox), daemon=True).start()
    player.serve()
    channel.send("ended", {})


def _scene(text: str) -> Scene:
    """Return the scene of a text: an address, a scene, or by default the first one."""
    asked = json.loads(text)
    if isinstance(asked, str):
        return Scene.from_address(asked)
    return next(iter(GALLERY.values())).scene if asked is None else Scene.from_json(asked)


def _listen(channel: Channel, inbox: Inbox) -> None:
    """Receive commands until the connection ends."""
    while (command := channel.receive()) is not None:
        inbox.put(command)
    inbox.end()


@final
class Player:
    """A lab that is played.

    Parameters
    ----------
    channel : Channel
    inbox : Inbox
        Its commands.
    folder : Path
        Run folder; it is made when the lab is saved first.
    scene : Scene or None
        None to continue the run in the folder.
    """

    def __init__(self, channel: Channel, inbox: Inbox, folder: Path, scene: Scene | None):
        self._channel, self._inbox, self._folder = channel, inbox, folder
        self._frames = Frames(channel)
        self._training: LiveTraining | None = None
        self._scene = scene
        self._look = Look()
        self._playing, self._speed = True, SPEED
        self._begun, self._learned, self._per_sample = time.perf_counter(), 0, 1e-3
        self._number, self._error = 0, ""
        self._saved: tuple[float, object] = (time.perf_counter(), None)
        self._heard = 0.0
        self._compiling = self._unsaved = False
        tell_of_compilation(self._tell_of_compilation)
        if scene is None:
            self._training = load_training(folder)
            self._playing = False

    def serve(self) -> None:
        """Play until the connection ends, and save."""
        if self._scene is not None:
            self._try(lambda: self._begin(self._scene), None)
        while not self._inbox.ended:
            for command in self._inbox.take(self._patience()):
                self._try(lambda command=command: self._apply(command), command)
                self._number = command["number"]
                self._frames.hurry()
                self._channel.send("applied", self._number)
            self._try(self._turn, None)
        self._try(self._save, None)

    def _try(self, act: Callable[[], None], command: Command | None) -> None:
        """Do something; report what goes wrong, once."""
        try:
            act()
        except (NeuralCRNError, MemoryError, OSError) as error:
            self._unsaved = self._unsaved or isinstance(error, RunError)
            self._say(sentence(error, str(self._folder), str(self._folder.absolute())), command)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            self._playing = False
            self._say(_INTERNAL, command)
        else:
            if command is not None and self._error:
                self._say("", command)

    def _say(self, error: str, command: Command | None) -> None:
        if error == self._error and command is None:
            return
        self._error = error
        number = None if command is None else command["number"]
        self._channel.send("error", {"error": error or None, "command": number})

    def _turn(self) -> None:
        """Learn for a moment, and send and save what is due."""
        now = time.perf_counter()
        if now - self._heard > _ALIVE:
            self._channel.send("alive", {})
            self._heard = now
        if self._training is None:
            return
        if self._playing:
            self._learn(self._training, now)
        if self._compiling:
            self._compiling = False
            self._tell(Status(""))
        self._frames.send(
            self._training, self._look, self._progress(), hurried=lambda: self._inbox.is_waiting
        )
        if now - self._saved[0] > SAVED:
            self._save()

    def _learn(self, training: LiveTraining, now: float) -> None:
        """Train for a moment, not faster than asked."""
        owed = (now - self._begun) * self._speed - self._learned if self._speed else float("inf")
        wanted = int(min(owed, max(1.0, BLOCK / self._per_sample)))
        if wanted > 0:
            learned = training.advance(wanted)
            self._learned += learned
            spent = (time.perf_counter() - now) / max(learned, 1)
            self._per_sample += 0.3 * (spent - self._per_sample)
        if training.finished or training.stopped is not None:
            self._playing = False

    def _patience(self) -> float:
        """Return how long to wait for a command, seconds."""
        if not self._playing or self._training is None:
            return min(self._frames.patience, SAVED)
        if not self._speed:
            return 0.0
        next_sample = self._begun + (self._learned + 1) / self._speed - time.perf_counter()
        return max(0.0, min(next_sample, _ALIVE, self._frames.patience))

    def _progress(self) -> dict[str, Any]:
        """Return what the training itself does not know about its progress."""
        return {
            "command": self._number,
            "playing": self._playing,
            "speed": self._speed,
            "rate": 1.0 / self._per_sample if not self._speed else min(self._speed, 1.0 / self._per_sample),
        }

    def _begin(self, scene: Scene | None) -> None:
        assert scene is not None
        self._training = LiveTraining.begin(scene, on_status=self._tell)
        self._tell(Status(""))
        self._frames.describe(self._training, self._progress())
        self._restart()
        self._save()

    def _tell(self, status: Status) -> None:
        self._channel.send("status", {"text": status.what, "done": status.done, "total": status.total})

    def _tell_of_compilation(self) -> None:
        self._compiling = True
        self._tell(Status(COMPILING))
        self._channel.send("compiling", {})  # last, since the next message ends the patience of the server

    def _restart(self) -> None:
        """Begin anew to count samples for the speed."""
        self._begun, self._learned = time.perf_counter(), 0

    def _save(self) -> None:
        """Save what has changed; if it fails, it is tried again after a while."""
        training = self._training
        if training is None or self._saved[1] is training.moment:
            return
        self._saved = (time.perf_counter(), None)
        save_training(training, self._folder)
        self._saved = (time.perf_counter(), training.moment)
        if self._unsaved:
            self._unsaved = False
            self._say("", None)

    def _apply(self, command: Command) -> None:
        """Carry out a command."""
        if self._training is None:
            if command["command"] != "change" or self._scene is None:
                raise InvalidValueError("this lab has not begun: change its scene")
            self._scene = self._scene.patched(command["patch"])
            self._begin(self._scene)
            return
        training = self._training
        match command["command"]:
            case "play":
                self._playing = training.stopped is None and not training.finished
                self._restart()
            case "pause":
                self._playing = False
            case "speed":
                self._speed = command["value"]
                self._restart()
            case "step":
                self._playing = False
                self._step(training, command["unit"])
            case "rewind":
                training.rewind()
                self._frames.rewound()
            case "reseed":
                seed = command.get("seed")
                training.rewind(seed=secrets.randbelow(2**31) if seed is None else seed)
                self._frames.rewound()
            case "change":
                self._change(training, command)
            case "undo":
                training.undo()
                self._frames.rewound()
            case "redo":
                training.redo()
                self._frames.rewound()
            case "view":
                self._look = self._look.with_(command)
            case "certify":
                self._frames.certify(training)
            case "save":
                self._save()
            case other:
                raise AssertionError(other)

    def _change(self, training: LiveTraining, command: Command) -> None:
        """Change the scene; one that begins anew is played if the one before had come to its end."""
        anew, over = command["anew"], training.finished or training.stopped is not None
        scene = training.scene.patched(command["patch"])
        training.change(scene, command["label"], command.get("key"), anew=anew)
        if anew:
            self._frames.rewound()
            self._playing = self._playing or over

    def _step(self, training: LiveTraining, unit: str) -> None:
        """Learn one sample, or to the end of the epoch."""
        size = training.progress.samples
        training.advance(1 if unit == "sample" else size - training.progress.state.position)
