"""What a process of the server begins with: its end of the connection, and its limits."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from neuralcrn.errors import NeuralCRNError, UnknownNameError
from neuralcrn.lab.limits import Limits

_NICENESS = 5


class Channel:
    """The end of a connection in a process of the server.

    Parameters
    ----------
    connection : socket
    """

    def __init__(self, connection: socket.socket):
        connection.setblocking(True)
        self._connection = connection
        self._lines = connection.makefile("rb")
        self._lock = threading.Lock()

    def send(self, kind: str, value: Any) -> None:
        """Send a message; nothing happens if the server has ended, which `receive` tells."""
        line = kind.encode() + b" " + msgspec.json.encode(value) + b"\n"
        with self._lock, suppress(OSError):
            self._connection.sendall(line)

    def receive(self) -> dict[str, Any] | None:
        """Return the next value; None if the server has ended or does not need the process any more."""
        with suppress(OSError):
            line = self._lines.readline()
            return json.loads(line) if line.endswith(b"\n") else None
        return None


def answer(connection: socket.socket, make: Callable[[], Any], limits: Limits, *folders: str) -> None:
    """Send one answer within the limits, or why there is none."""
    limit_memory(limits.memory)
    limit_time(limits.seconds)
    channel = Channel(connection)
    try:
        channel.send("answer", make())
    except (NeuralCRNError, MemoryError, OSError) as error:
        status = 404 if isinstance(error, UnknownNameError) else 400
        channel.send("refused", {"status": status, "error": sentence(error, *folders)})


def limit_memory(more: int) -> None:
    """Let this process reserve only so much more memory, bytes, and run after the server."""
    with suppress(ImportError, AttributeError, ValueError, OSError):  # other systems have no such limits
        import resource

        os.nice(_NICENESS)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        most = _reserved() + more
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def limit_time(seconds: int) -> None:
    """End this process when it has used so many seconds of a processor."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def _reserved() -> int:
    """Return the size of the address space of this process, bytes."""
    with open("/proc/self/statm", encoding="ascii") as stream:
        return int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def sentence(error: BaseException, *folders: str) -> str:
    """Return what went wrong, without the paths of folders of the server.

    Examples
    --------
    >>> sentence(OSError("/home/me/runs/a/lab.json: cannot be written"), "/home/me/runs/a")
    'run folder/lab.json: cannot be written'
    """
    if isinstance(error, MemoryError):
        return "this needs more memory than a lab may have: choose a smaller circuit or fewer samples"
    text = str(error)
    for folder in folders:
        text = text.replace(folder, "run folder")
    return text[:1950]
