"""A server of the lab in a process of its own, for tests and measurements."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import httpx
from tests.cases import listening_to_interruptions

import neuralcrn

XOR = {"task": {"kind": "registry", "name": "xor"}}
SMALL = {"task": {"kind": "registry", "name": "linear-regression"}, "circuit": "linear"}
PATIENCE = 600.0
"""Longest time to wait for an event, seconds: kernels may be compiled."""


class Served:
    """A server, and a client of it.

    Parameters
    ----------
    runs : Path
        Folder of the run folders.
    options : str
        Options of ``neuralcrn lab``.
    """

    def __init__(self, runs: Path, *options: str):
        self.runs = runs
        source = str(Path(neuralcrn.__file__).parents[1])
        command = [sys.executable, "-m", "neuralcrn", "lab", "--no-browser", "--runs", str(runs), *options]
        self.errors = runs.with_suffix(".log")
        with self.errors.open("ab") as stream, listening_to_interruptions():
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=stream, text=True,
                env={**os.environ, "PYTHONPATH": source},
            )  # fmt: skip
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://"), self.errors.read_text()
        self.client = httpx.Client(base_url=self.address.partition("?")[0], timeout=PATIENCE)

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port."""
        return self.client.base_url.port or 80

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the server by a signal, and return its exit status."""
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(60.0)
        finally:
            self.process.kill()
            assert self.process.stdout is not None
            self.process.stdout.close()

    def new_lab(self, scene: Any = XOR) -> str:
        """Return the id of a new lab."""
        answer = self.client.post("/api/labs", json={"scene": scene})
        assert answer.status_code == 201, answer.text
        return answer.json()["lab"]

    def command(self, lab: str, name: str, **values: Any) -> int:
        """Give a command, and return its number."""
        answer = self.client.post(f"/api/labs/{lab}/commands", json={"command": name, **values})
        assert answer.status_code == 202, answer.text
        return answer.json()["number"]

    @contextlib.contextmanager
    def events(
        self, lab: str, after: int = 0, within: float = PATIENCE
    ) -> Generator[Iterator[tuple[int, str, Any]]]:
        """Provide the numbers, kinds and values of the events of a lab, for a limited time."""
        with self.client.stream("GET", f"/api/labs/{lab}/events", params={"after": after}) as answer:
            assert answer.status_code == 200, answer.read()
            yield parsed(answer.iter_lines(), within)

    def wait_for(self, lab: str, kind: str, condition: Callable[[Any], bool] = lambda _: True) -> Any:
        """Return the first event of a kind that fulfils a condition."""
        with self.events(lab) as events:
            for _, found, value in events:
                if found == kind and condition(value):
                    return value
        raise AssertionError(f"the events ended before {kind}")

    def workers(self) -> list[int]:
        """Return the processes that were forked for labs."""
        self.client.get("/api/catalogue")  # whose process ends before the answer
        (server,) = children(self.process.pid, "forkserver")
        return children(server)


def parsed(lines: Iterator[str], within: float) -> Iterator[tuple[int, str, Any]]:
    """Yield number, kind and value of server-sent events; heartbeats alone end with the time."""
    deadline = time.monotonic() + within
    fields: dict[str, str] = {}
    for line in lines:
        assert time.monotonic() < deadline, f"waited for an event for {within:g} s"
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "data" in fields:
            yield int(fields["id"]), fields["event"], json.loads(fields["data"])
            fields = {}


def children(parent: int, word: str = "") -> list[int]:
    """Return the child processes of a process whose command line has a word."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            after_name = path.read_text().rpartition(")")[2].split()
            if int(after_name[1]) == parent and after_name[0] != "Z":
                command = path.with_name("cmdline").read_bytes().decode(errors="replace")
                found += [int(path.parent.name)] if word in command else []
    return found
