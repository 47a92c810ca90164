"""The labs of the server: each has a process while somebody watches it, and a run folder."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, final

from neuralcrn.lab.limits import Limits, RefusedError
from neuralcrn.lab.stream import Events
from neuralcrn.lab.workers import Worker

_SHORTEST_LIFE = 10.0
"""A process that lived less, seconds, is not replaced before somebody asks for it."""
_LAST_STEP = 10.0
"""Time for a process to end its step and to save, seconds."""
_COMPILATION = 600.0
"""Time for the compilation of kernels, which is not counted as silence, seconds."""
_PATIENCE = 60.0
"""Longest time for saving, seconds."""
_TICK = 0.02


@final
class Lab:
    """A lab with its process.

    Attributes
    ----------
    events : Events
    seen : float
        When somebody watched it last, in the time of `time.monotonic`.
    """

    def __init__(self, folder: Path, limits: Limits):
        self._folder, self._limits = folder, limits
        self.events = Events()
        self.seen = time.monotonic()
        self._number = 0
        self._applied = 0
        self._worker: Worker | None = None
        self._listening: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._heard = 0.0

    @property
    def is_running(self) -> bool:
        """Whether it has a process."""
        return self._worker is not None

    def see(self) -> None:
        """Note that somebody watches it."""
        self.seen = time.monotonic()

    async def start(self, scene: str | None = None) -> None:
        """Start the process for a scene as JSON, or continue the run of the folder.

        Raises
        ------
        RefusedError
            If the scene is refused, or the folder cannot be read.
        """
        async with self._starting:
            if self._worker is not None:
                return
            worker = await Worker.start("neuralcrn.lab.player", str(self._folder), scene, self._limits)
            await self._check_begun(worker)
            self._worker, self._heard = worker, time.monotonic()
            self._listening = asyncio.create_task(self._listen(worker))

    async def _check_begun(self, worker: Worker) -> None:
        """Wait until a process has accepted its scene."""
        try:
            answer = await asyncio.wait_for(_first(worker, "begun", "refused"), self._limits.silence)
        except TimeoutError:
            worker.kill("it does not begin")
            answer = None
        if answer is not None and answer[0] == "begun":
            return
        await worker.end()
        if answer is None:
            raise RefusedError(503, "the process of the lab did not begin: see the terminal of the server")
        raise RefusedError(400, json.loads(answer[1])["error"])

    def send(self, command: Mapping[str, Any]) -> int:
        """Give a command to the process, and return its number.

        Raises
        ------
        RefusedError
            If too many wait, or there is no process.
        """
        worker = self._worker
        if worker is None:
            raise RefusedError(503, "the process of this lab has ended: open it again")
        if worker.is_behind or self._number - self._applied > self._limits.waiting:
            raise RefusedError(429, "too many commands wait in this lab: send fewer")
        self.see()
        self._number += 1
        worker.send({**command, "number": self._number})
        return self._number

    async def save(self) -> str:
        """Save the run, and return its folder.

        Raises
        ------
        RefusedError
            If it takes too long.
        """
        number = self.send({"command": "save"})
        deadline = time.monotonic() + _PATIENCE
        while self._applied < number:
            if time.monotonic() > deadline:
                raise RefusedError(503, f"the lab was not saved within {_PATIENCE:.0f} s: try again")
            await self.events.wait(_TICK)
        return str(self._folder)

    def check(self) -> None:
        """Kill a process that does not come to the end of what it does."""
        if self._worker is not None and time.monotonic() - self._heard > self._limits.silence:
            self._worker.kill(f"one step took longer than {self._limits.silence:.0f} s")

    async def end(self) -> None:
        """Save the run and end the process and all readers."""
        worker, self._worker = self._worker, None
        self.events.close()
        if worker is not None and self._listening is not None:
            worker.finish()
            try:
                await asyncio.wait_for(asyncio.shield(self._listening), _LAST_STEP)
            except TimeoutError:
                worker.kill("it does not end")
                await self._listening

    async def _listen(self, worker: Worker) -> None:
        """Pass on what a process sends, until it ends."""
        begun = time.monotonic()
        while (message := await worker.receive()) is not None:
            self._heard = time.monotonic()
            self._receive(*message)
        status = await worker.end()
        if self._worker is worker:
            self._worker = None
            why = worker.stopped or _reason(status)
            again = time.monotonic() - begun > _SHORTEST_LIFE
            then = "it continues from what was saved" if again else "any command continues what was saved"
            self._tell(f"the process of this lab was ended ({why}): {then}")
            if again:
                with suppress(RefusedError):
                    await self.start()

    def _receive(self, kind: str, data: bytes) -> None:
        match kind:
            case "alive" | "ended":
                pass
            case "compiling":
                self._heard += _COMPILATION
            case "applied":
                self._applied = json.loads(data)
            case _:
                self.events.add(kind, data)

    def _tell(self, sentence: str) -> None:
        self.events.add("error", json.dumps({"error": sentence, "command": None}).encode())


async def _first(worker: Worker, *kinds: str) -> tuple[str, bytes] | None:
    """Return the first message of some kinds; None if the process has ended."""
    while (message := await worker.receive()) is not None and message[0] not in kinds:
        pass
    return message


def _reason(status: int | None) -> str:
    if not status:
        return f"exit status {status}"
    what = f"signal {-status}" if status < 0 else f"exit status {status}"  # 127: no memory to load code
    return f"{what}, possibly for lack of memory"


@final
class Labs:
    """All labs of the server by their ids.

    The id of a lab is the only key to it. The name of its run folder is a hash of the id, so that the id is
    not found by reading names, and the folder is found again when the server has been started again.

    Parameters
    ----------
    runs : Path
        Folder of the run folders.
    limits : Limits
    """

    def __init__(self, runs: Path, limits: Limits):
        self._runs, self._limits = runs, limits
        self._labs: dict[str, asyncio.Task[Lab]] = {}
        self._ending: dict[str, asyncio.Task[None]] = {}

    async def make(self, scene: object) -> str:
        """Return the id of a new lab: of a scene, of the address of one, or of the first of the gallery.

        Raises
        ------
        RefusedError
            If the scene is refused, or there are too many labs.
        """
        name = secrets.token_urlsafe(24)
        await self._opened(name, json.dumps(scene))
        return name

    async def find(self, name: str) -> Lab:
        """Return a lab, opened again if it has been ended.

        Raises
        ------
        RefusedError
            If there is none of this id, or it cannot be opened.
        """
        task = self._labs.get(name)
        if task is not None:
            lab = await asyncio.shield(task)
            await lab.start()
            return lab
        if not self.folder(name).is_dir():
            raise RefusedError(404, "there is no lab of this id: it was not saved, or is of another server")
        return await self._opened(name, None)

    async def end(self, name: str) -> None:
        """Save and end a lab."""
        task = self._labs.pop(name, None)
        if task is not None:
            ending = self._ending[name] = asyncio.create_task(_end(task))
            ending.add_done_callback(lambda _: self._ending.pop(name, None))
            await asyncio.shield(ending)

    async def watch(self) -> None:
        """End labs that nobody watches, and processes that do not answer, as long as the server runs."""
        while True:
            await asyncio.sleep(min(1.0, self._limits.grace / 4.0))
            for name, lab in self._running().items():
                lab.check()
                if time.monotonic() - lab.seen > self._limits.grace:
                    await self.end(name)

    async def close(self) -> None:
        """Save and end all labs."""
        await asyncio.gather(*map(self.end, list(self._labs)), return_exceptions=True)

    def end_streams(self) -> None:
        """End the connections of all readers."""
        for lab in self._running().values():
            lab.events.close()

    def folder(self, name: str) -> Path:
        """Return the run folder of a lab."""
        return self._runs / f"lab-{hashlib.sha256(name.encode()).hexdigest()[:16]}"

    def _running(self) -> dict[str, Lab]:
        done = {name: task for name, task in self._labs.items() if task.done() and not task.cancelled()}
        return {name: task.result() for name, task in done.items() if task.exception() is None}

    async def _opened(self, name: str, scene: str | None) -> Lab:
        await self._make_room()
        task = self._labs[name] = asyncio.create_task(self._start(name, scene))
        try:
            return await asyncio.shield(task)
        except Exception:
            self._labs.pop(name, None)
            raise

    async def _start(self, name: str, scene: str | None) -> Lab:
        if name in self._ending:  # its process still writes to the folder
            await asyncio.shield(self._ending[name])
        lab = Lab(self.folder(name), self._limits)
        await lab.start(scene)
        return lab

    async def _make_room(self) -> None:
        """End a lab that nobody watches if there are as many as there may be."""
        if len(self._labs) < self._limits.labs:
            return
        unseen = time.monotonic() - 2.0 * self._limits.heartbeat
        running = self._running()
        oldest = min(running, key=lambda name: running[name].seen, default=None)
        if oldest is None or running[oldest].seen > unseen:
            raise RefusedError(
                503,
                f"as many labs are open as this server allows ({self._limits.labs}): close one, or start it "
                "with more --labs",
            )
        await self.end(oldest)


async def _end(starting: asyncio.Task[Lab]) -> None:
    """End a lab once it has started."""
    with suppress(RefusedError):
        await (await starting).end()
