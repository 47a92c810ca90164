"""How kernels are compiled: once per machine and version of the sources, then read from disk."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

at = np.uint64
"""Cast of an index that is known not to be negative: the compiled code then has no wrap-around."""


def kernel_sources() -> list[Path]:
    """Return the files that hold kernels, or constants that kernels are compiled with."""
    native = Path(__file__).parent
    return sorted([*native.glob("*.py"), *native.parent.glob("*.py")])


@cache
def cache_folder() -> Path:
    """Return the folder of the compiled kernels of exactly these sources.

    numba notices when the file of a kernel changes, but not when a kernel that it calls does; a
    folder named by the contents of all of them cannot be stale. ``NUMBA_CACHE_DIR`` is respected.
    """
    sources = kernel_sources()
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    root = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    candidates = [Path(root)] if root else [Path(os.path.expanduser("~")) / ".cache"]
    for base in (*candidates, Path(tempfile.gettempdir())):
        folder = base / "neuralcrn" / "kernels" / digest
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="neuralcrn-"))


def kernels_are_compiled() -> bool:
    """Tell whether compiled kernels of these sources lie on disk."""
    return any(cache_folder().rglob("*learn*.nbc"))


_listeners: list[Callable[[], None]] = []


def tell_of_compilation(listener: Callable[[], None]) -> None:
    """Call `listener` before the first kernel of this process is compiled; what lies on disk is only read."""
    _listeners.append(listener)


@cache
def _listen() -> None:
    """Let numba say when it compiles."""
    from numba.core import event

    class Start(event.Listener):
        def on_start(self, event: Any) -> None:
            while _listeners:
                _listeners.pop()()

        def on_end(self, event: Any) -> None:
            pass

    event.register("numba:compile", Start())


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function with numba, without the interpreter's lock, cached in `cache_folder`."""
    from numba import njit
    from numba.core import config

    _listen()
    options: Any = config  # numba sets its options at run time
    previous = options.CACHE_DIR
    options.CACHE_DIR = str(cache_folder())
    try:
        return njit(cache=True, nogil=True, error_model="numpy")(function)
    finally:
        options.CACHE_DIR = previous
