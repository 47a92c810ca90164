"""Processes of the server, each connected by a socket on which both sides write one JSON value per line."""

from __future__ import annotations

import asyncio
import importlib
import json
import multiprocessing
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Self, final

from neuralcrn.lab.limits import RefusedError

_LONGEST = 400_000_000
"""Longest line, bytes: a folder with all its files."""
_BEHIND = 4_000_000
"""Bytes that a process may leave unread."""
_one_at_a_time = threading.Lock()


def _context() -> Any:
    """Return how processes are started: forked from one that has loaded everything, if the system can."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["neuralcrn.lab.preload"])
    return context


def prepare() -> None:
    """Start the process from which others are forked, before the first is needed."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        from multiprocessing import forkserver

        _context()
        forkserver.ensure_running()


@final
class Worker:
    """A process and the connection to it.

    Attributes
    ----------
    stopped : str
        Why it was killed by the server; empty if it was not.
    """

    def __init__(self, process: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._process, self._reader, self._writer = process, reader, writer
        self.stopped = ""

    @classmethod
    async def start(cls, module: str, *arguments: Any) -> Self:
        """Start a process that calls ``run`` of a module with its end of the connection and the arguments.

        The module is imported only there, because what it needs is large.

        Raises
        ------
        RefusedError
            If the system allows no more processes.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            process = _context().Process(target=_run, args=(module, theirs, *arguments), daemon=True)
            try:
                await asyncio.to_thread(_start, process)
            except OSError as error:
                ours.close()
                raise RefusedError(503, f"no process can be started now: {error.strerror}") from error
        reader, writer = await asyncio.open_connection(sock=ours, limit=_LONGEST)
        return cls(process, reader, writer)

    @property
    def is_behind(self) -> bool:
        """Whether it leaves too much unread."""
        return self._writer.transport.get_write_buffer_size() > _BEHIND

    def send(self, value: Mapping[str, Any]) -> None:
        """Send a value; nothing happens if the process has ended."""
        if not self._writer.is_closing():
            self._writer.write(json.dumps(value).encode() + b"\n")

    async def receive(self) -> tuple[str, bytes] | None:
        """Return kind and JSON of the next message; None if the process has ended."""
        with suppress(ConnectionError, ValueError):
            line = await self._reader.readline()
            if line.endswith(b"\n"):
                kind, _, data = line.rstrip(b"\n").partition(b" ")
                return kind.decode(), data
        return None

    def kill(self, why: str) -> None:
        """Kill the process."""
        self.stopped = self.stopped or why
        with suppress(ValueError):
            self._process.kill()

    def finish(self) -> None:
        """Send nothing more, upon which the process comes to its end."""
        with suppress(OSError):
            self._writer.write_eof()

    async def end(self, patience: float = 10.0) -> int | None:
        """Close the connection, upon which the process ends, and return its exit status."""
        self._writer.close()
        await asyncio.to_thread(self._process.join, patience)
        if self._process.exitcode is None:
            self.kill("it does not end")
            await asyncio.to_thread(self._process.join)
        status = self._process.exitcode
        self._process.close()
        return status


def _run(module: str, *arguments: Any) -> None:
    importlib.import_module(module).run(*arguments)


def _start(process: Any) -> None:
    """Start a process; `multiprocessing` does not say that this is possible in several threads."""
    with _one_at_a_time:
        process.start()
