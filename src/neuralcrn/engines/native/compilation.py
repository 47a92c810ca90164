"""Compilation of kernels, once per machine and version of the sources, with a cache on disk."""

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
"""Cast for an index that is not negative, so that the compiled code has no wrap-around."""


def kernel_sources() -> list[Path]:
    """Return the files that contain kernels or constants used by kernels."""
    native = Path(__file__).parent
    return sorted([*native.glob("*.py"), *native.parent.glob("*.py")])


@cache
def cache_folder() -> Path:
    """Return the cache folder for the kernels of exactly these sources.

    numba detects changes of the file of a kernel, but not of kernels that it calls. A folder named after a
    hash of all sources cannot be stale. ``NUMBA_CACHE_DIR`` is respected.
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


def kernels_are_compiled(name: str = "learn") -> bool:
    """Return whether a kernel of these sources, in its compiled form, is cached on disk."""
    return any(cache_folder().rglob(f"*.{name}-*.nbc"))


_listeners: list[Callable[[], None]] = []


def tell_of_compilation(listener: Callable[[], None]) -> None:
    """Call `listener` before the first kernel of this process is compiled; cached kernels are only loaded."""
    _listeners.append(listener)


@cache
def _listen() -> None:
    """Subscribe to compilation events of numba."""
    from numba.core import event

    class Start(event.Listener):
        def on_start(self, event: Any) -> None:
            while _listeners:
                _listeners.pop()()

        def on_end(self, event: Any) -> None:
            pass

    event.register("numba:compile", Start())


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function with numba, without the GIL, cached in `cache_folder`."""
    from numba import njit
    from numba.core import config

    _listen()
    options: Any = config  # numba defines its options at run time
    previous = options.CACHE_DIR
    options.CACHE_DIR = str(cache_folder())
    try:
        return njit(cache=True, nogil=True, error_model="numpy")(function)
    finally:
        options.CACHE_DIR = previous
