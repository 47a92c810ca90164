"""Commands that wait for a lab; of those with the same key only the newest."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, final

Command = Mapping[str, Any]


@final
class Inbox:
    """Commands in order, from one thread to another.

    Examples
    --------
    >>> inbox = Inbox()
    >>> for value in (0.1, 0.2):
    ...     inbox.put({"command": "speed", "key": "speed", "value": value})
    >>> inbox.take(0.0)
    [{'command': 'speed', 'key': 'speed', 'value': 0.2}]
    >>> inbox.take(0.0)
    []
    """

    def __init__(self) -> None:
        self._waiting: dict[object, Command] = {}
        self._news = threading.Condition()
        self.ended = False

    @property
    def is_waiting(self) -> bool:
        """Whether a command waits."""
        return bool(self._waiting)

    def put(self, command: Command) -> None:
        """Add a command at the end; it replaces the one with its key."""
        key = command.get("key")
        with self._news:
            place: object = object() if key is None else key
            self._waiting.pop(place, None)
            self._waiting[place] = command
            self._news.notify()

    def end(self) -> None:
        """Say that no more commands come."""
        with self._news:
            self.ended = True
            self._news.notify()

    def take(self, seconds: float) -> list[Command]:
        """Return all commands; if there are none, wait for one, at most so long."""
        with self._news:
            if not self._waiting and not self.ended and seconds > 0.0:
                self._news.wait(seconds)
            commands = list(self._waiting.values())
            self._waiting.clear()
            return commands
