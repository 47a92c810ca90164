"""Events of a lab: numbered, resumable, and only the newest of each kind for readers that are slow.

Numbers begin with the time at which the server was started, in milliseconds, so that they also increase when
the server is restarted: a reader that resumes never waits for a number that comes much later.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, final

FRAME = 0.05
"""Shortest time between two frames, seconds."""
MAX_ROWS = 20_000
"""Rows of a curve that are kept; of longer curves every second row is."""
_SERIES = ("loss", "accuracy")


@final
@dataclass(frozen=True, slots=True)
class Event:
    """The newest event of a kind.

    Attributes
    ----------
    number : int
    kind : str
    data : bytes
        JSON.
    """

    number: int
    kind: str
    data: bytes

    @property
    def frame(self) -> bytes:
        """The event as a server-sent event."""
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (self.number, self.kind.encode(), self.data)


class _Rows:
    """Rows of a curve, with the numbers of the events that brought them."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, Any]] = []

    def add(self, number: int, rows: Sequence[Any]) -> None:
        self._rows.extend((number, row) for row in rows)
        if len(self._rows) > MAX_ROWS:
            self._rows = self._rows[::2]

    def clear(self) -> None:
        self._rows = []

    def after(self, number: int) -> list[Any]:
        first = len(self._rows)
        while first and self._rows[first - 1][0] > number:
            first -= 1
        return [row for _, row in self._rows[first:]]


class Events:
    """The newest event of each kind, and the rows of the curves of its progress.

    An event of kind ``progress`` brings the new rows of its curves, or all if ``whole`` is true. Each reader
    gets the rows that came after its last event, so that none is lost if it is slow.

    Examples
    --------
    >>> events = Events()
    >>> events.add("map", b'{"grid": 1}')
    >>> events.add("map", b'{"grid": 2}')
    >>> [event.data for event in events.after(0)]
    [b'{"grid": 2}']
    """

    def __init__(self) -> None:
        self.number = int(time.time() * 1000)
        self.closed = False
        self._newest: dict[str, Event] = {}
        self._progress: Mapping[str, Any] = {}
        self._rows = {name: _Rows() for name in _SERIES}
        self._whole = 0
        self._news = asyncio.Event()

    def add(self, kind: str, data: bytes) -> None:
        """Add an event, which replaces the one of the same kind."""
        self.number += 1
        if kind == "progress":
            self._keep(json.loads(data))
        self._newest[kind] = Event(self.number, kind, data)
        self._wake()

    def close(self) -> None:
        """End all readers."""
        self.closed = True
        self._wake()

    def after(self, number: int) -> list[Event]:
        """Return the events after a number, the oldest first; a number that is not yet there counts as 0."""
        if number > self.number:
            number = 0
        events = sorted((e for e in self._newest.values() if e.number > number), key=lambda e: e.number)
        return [self._with_rows(event, number) if event.kind == "progress" else event for event in events]

    async def wait(self, seconds: float) -> bool:
        """Wait for an event, at most so long, and return whether there is one."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
            return True
        return False

    async def frames(self, number: int, heartbeat: float) -> AsyncIterator[bytes]:
        """Yield the events after a number as server-sent events, until they are closed."""
        yield b"retry: 1000\n\n"
        while not self.closed:
            events = self.after(number)
            if events:
                number = events[-1].number
                yield b"".join(event.frame for event in events)
                await asyncio.sleep(FRAME)
            elif not await self.wait(heartbeat):
                yield b":\n\n"

    def _keep(self, progress: dict[str, Any]) -> None:
        if progress.get("whole"):
            self._whole = self.number
            for rows in self._rows.values():
                rows.clear()
        for name, rows in self._rows.items():
            rows.add(self.number, progress.pop(name, ()))
        self._progress = progress

    def _with_rows(self, event: Event, number: int) -> Event:
        rows = {name: rows.after(number) for name, rows in self._rows.items()}
        data = {**self._progress, **rows, "whole": number < self._whole}
        return Event(event.number, event.kind, json.dumps(data, separators=(",", ":")).encode())

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
