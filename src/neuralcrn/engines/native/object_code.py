"""Compilation of LLVM instructions to object code, in this process or in a separate one.

LLVM has one lock per process, which is also needed to load compiled kernels. During the compilation of a
large system, for up to half a minute, the first prediction in that process would have to wait. A separate
process blocks nothing, and can be stopped at any time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import Any, NamedTuple


class Processor(NamedTuple):
    """Properties of the processor that LLVM may use: its name, and features such as ``+avx2,-fma``."""

    name: str
    features: str


class Stopped(Exception):  # noqa: N818  (nothing went wrong)
    """No object code: the other process was stopped or failed."""


LONGEST = 300.0
"""Timeout for a separate process, seconds."""


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
    """Do the same as `object_code` in a separate process, which can be stopped from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopped = False
        self._running: subprocess.Popen[bytes] | None = None

    def object_code(self, text: str, processor: Processor) -> bytes:
        """Return the object code of a module of LLVM instructions.

        Raises
        ------
        Stopped
            If the process was stopped, fails, or cannot be started.
        """
        question = json.dumps([text, *processor]).encode()
        with self._lock:
            if self._stopped:
                raise Stopped
            # -P: no imports from the current folder
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
        """Stop the process, and prevent new ones."""
        with self._lock:
            self._stopped = True
            if self._running is not None:
                self._running.kill()


if __name__ == "__main__":
    _text, *_processor = json.load(sys.stdin)
    sys.stdout.buffer.write(object_code(_text, Processor(*_processor)))
