"""Reading a file of any format: a regular file, not too large, UTF-8."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from neuralcrn.errors import InvalidValueError, printable

FILE_LIMIT = 50_000_000
"""Largest file that is read, bytes."""


def read_text(path: str | os.PathLike[str]) -> str:
    r"""Return the text of a file; a byte order mark is dropped, line ends become ``\n``.

    Raises
    ------
    InvalidValueError
        If it is missing, unreadable, no regular file (a folder, a pipe, a device), larger than 50 MB, or not
        UTF-8.

    Examples
    --------
    >>> read_text("/")
    Traceback (most recent call last):
    ...
    neuralcrn.errors.InvalidValueError: /: is not a regular file: give a file that holds a network
    """
    shown = printable(os.fspath(path))
    try:
        status = os.stat(path)
        # Opening a pipe would wait for a writer, and a device may have no end.
        if not stat.S_ISREG(status.st_mode):
            raise InvalidValueError(f"{shown}: is not a regular file: give a file that holds a network")
        if status.st_size > FILE_LIMIT:
            raise InvalidValueError(f"{shown}: has {status.st_size:,} bytes: at most {FILE_LIMIT:,} are read")
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidValueError(f"{shown}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidValueError(f"{shown}: is not UTF-8 text (byte {error.start})") from error
