"""What is sent of a lab, each view only when it has changed and as often as its cost permits."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self, final

from neuralcrn.app.live import (
    LiveTraining,
    amounts_view,
    baselines_view,
    certificate_view,
    circuit_view,
    map_view,
    progress_view,
    step_view,
)
from neuralcrn.compiler import Program
from neuralcrn.errors import NeuralCRNError
from neuralcrn.lab.catalogue import circuit_choices
from neuralcrn.lab.channel import Channel, sentence
from neuralcrn.lab.stream import FRAME

_SHARE = 4.0
"""A view is made after this many times the time that it took before."""
_HURRIED = 0.5
"""Time for which views that take longer wait for commands, seconds."""
_IDLE = 5.0
_View = tuple[str, tuple[object, ...], Callable[[], Mapping[str, Any]]]
"""Kind of a view, what it depends on, and how it is made."""


@final
@dataclass(frozen=True, slots=True)
class Look:
    """What a reader looks at.

    Attributes
    ----------
    resolution : int
        Points per side of the map while it is trained; twice as many when it is paused.
    sample : int or None
        Training sample of the recorded step; None for the next.
    weight : str or None
        Parameter whose species are recorded in any case.
    """

    resolution: int = 24
    sample: int | None = None
    weight: str | None = None

    def with_(self, command: Mapping[str, Any]) -> Self:
        """Return a look with what a command names."""
        return dataclasses.replace(
            self, **{name: command[name] for name in self.__slots__ if name in command}
        )


@final
class Frames:
    """What was sent, and when the next of each kind is due.

    Parameters
    ----------
    channel : Channel
    """

    def __init__(self, channel: Channel):
        self._channel = channel
        self._shown: dict[str, tuple[object, ...]] = {}
        self._due: dict[str, float] = {}
        self._rows = 0
        self._judged: object = None
        self._baselines: dict[str, Any] = {}
        self._waits = False
        self._complete = 0.0

    @property
    def patience(self) -> float:
        """Time after which something may be due, seconds."""
        return FRAME if self._waits else _IDLE

    def rewound(self) -> None:
        """Send all rows of the curves with the next progress."""
        self._rows = 0

    def hurry(self) -> None:
        """Let what shows the effect of a command be due, since one was applied."""
        for kind in ("scene", "progress", "map"):
            self._due.pop(kind, None)

    def send(
        self,
        training: LiveTraining,
        look: Look,
        progress: Mapping[str, Any],
        *,
        hurried: Callable[[], bool] = lambda: False,
    ) -> None:
        """Send what has changed and is due.

        What shows the effect of a command comes first; what takes longer waits while commands wait, for which
        `hurried` is asked, so that dragging is not held up, but not for ever.
        """
        moment, paused = training.moment, not progress["playing"]
        resolution = look.resolution * (1 + paused)
        self._waits = False
        self._report(training, progress)
        self._make("map", (moment, resolution), lambda: map_view(training, resolution))
        row = _next_sample(training) if look.sample is None else look.sample
        slow: tuple[_View, ...] = (
            ("circuit", (training.program,), lambda: _circuit(training)),
            ("step", (moment, row, look.weight), lambda: step_view(training, row)),
            ("amounts", (moment,), lambda: amounts_view(training)),
        )
        now = time.perf_counter()
        for view in slow:
            if hurried() and now < self._complete + _HURRIED:
                return
            self._make(*view)
        self._complete = now

    def describe(self, training: LiveTraining, progress: Mapping[str, Any]) -> None:
        """Send what needs no simulation."""
        self._report(training, progress)
        self._make("circuit", (training.program,), lambda: _circuit(training))

    def _report(self, training: LiveTraining, progress: Mapping[str, Any]) -> None:
        self._make("scene", (training.scene,), lambda: self._scene(training))
        self._make(
            "progress",
            (training.moment, progress["command"], progress["playing"]),
            lambda: self._progress(training, progress),
        )

    def certify(self, training: LiveTraining) -> None:
        """Certify in another thread, and send the table."""
        self._channel.send("certificate", {"passed": None, "rows": []})
        threading.Thread(target=self._certify, args=(training.program,), daemon=True).start()

    def _certify(self, program: Program) -> None:
        try:
            made = certificate_view(program)
        except (NeuralCRNError, MemoryError) as error:
            made = {"passed": False, "rows": [], "note": sentence(error)}
        self._channel.send("certificate", made)

    def _make(self, kind: str, what: tuple[object, ...], make: Callable[[], Mapping[str, Any]]) -> None:
        """Send a view if it has changed and is due."""
        if self._shown.get(kind) == what:
            return
        begin = time.perf_counter()
        if begin < self._due.get(kind, 0.0):
            self._waits = True
            return
        self._shown[kind] = what  # also if it fails, so that it does not fail again and again
        try:
            self._channel.send(kind, make())
        finally:
            spent = time.perf_counter() - begin
            self._due[kind] = begin + max(FRAME, _SHARE * spent)

    def _scene(self, training: LiveTraining) -> dict[str, Any]:
        scene = training.scene
        return {"scene": scene.to_json(), "address": scene.to_address()}

    def _progress(self, training: LiveTraining, progress: Mapping[str, Any]) -> dict[str, Any]:
        """Return progress with the rows of the curves that were not sent."""
        if self._rows > len(training.losses):
            self._rows = 0
        made = {**progress_view(training, self._rows), **progress, "whole": self._rows == 0}
        self._rows = made["known"]
        if self._judged is not training.task:
            self._judged, self._baselines = training.task, baselines_view(training)
        return {**made, "baselines": self._baselines}


def _circuit(training: LiveTraining) -> dict[str, Any]:
    """Return the circuit with what can be chosen for it."""
    return {**circuit_view(training), **circuit_choices(training.moment.chemistry.spec.circuit)}


def _next_sample(training: LiveTraining) -> int:
    """Return the row of the training sample that is learned next."""
    trainer, state = training.progress.trainer, training.progress.state
    return int(trainer.order(state.epoch)[state.position % training.progress.samples])
