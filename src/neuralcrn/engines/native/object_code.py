"""LLVM instructions become object code, in this process or in one of its own.

All of LLVM in a process is under one lock, which loading a compiled kernel takes too. While a large system
is compiled, for half a minute perhaps, the first prediction of that process would wait; another process
holds up nothing, and can be ended at any moment.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import Any, NamedTuple


class Processor(NamedTuple):
    """What LLVM may assume of the processor: its name, and features as ``+avx2,-fma``."""

    name: str
    features: str


class Stopped(Exception):  # noqa: N818  (nothing went wrong)
    """There will be no object code: the other process was ended, or could not do it."""


LONGEST = 300.0
"""Seconds after which another process is given up."""


def target_machine(processor: Processor) -> Any:
    """Return the code generator for a processor."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=processor.name, features=processor.features, opt=3
    )


def object_code(text: str, processor: Processor) -> bytes:
    """Return the object code of a module of LLVM instructions, compiled in this process."""
    import llvmlite.binding as llvm

    return target_machine(processor).emit_object(llvm.parse_assembly(text))


class OtherProcess:
    """Does what `object_code` does in a process of its own; can be stopped from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopped = False
        self._running: subprocess.Popen[bytes] | None = None

    def object_code(self, text: str, processor: Processor) -> bytes:
        """Return the object code of a module of LLVM instructions.

        Raises
        ------
        Stopped
            If the process was ended, fails, or cannot be begun.
        """
        question = json.dumps([text, *processor]).encode()
        with self._lock:
            if self._stopped:
                raise Stopped
            # -P: nothing is imported from the folder in which the user happens to work.
            command = [sys.executable, "-P", "-m", "neuralcrn.engines.native.object_code"]
            try:
                running = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                )
            except OSError as error:
                raise Stopped from error
            self._running = running
        with running:
            try:
                answer, _ = running.communicate(question, timeout=LONGEST)
            except subprocess.TimeoutExpired as error:
                self.stop()
                raise Stopped from error
        if running.returncode:
            raise Stopped
        return answer

    def stop(self) -> None:
        """End the process, and begin none any more."""
        with self._lock:
            self._stopped = True
            if self._running is not None:
                self._running.kill()


if __name__ == "__main__":
    _text, *_processor = json.load(sys.stdin)
    sys.stdout.buffer.write(object_code(_text, Processor(*_processor)))
