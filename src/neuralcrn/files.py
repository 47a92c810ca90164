"""Reading of input files, and writing of all files of the package."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from neuralcrn.errors import InvalidValueError, RunError, shown_path

FILE_LIMIT = 50_000_000
"""Largest file that is read, bytes."""


def read_text(path: str | os.PathLike[str]) -> str:
    r"""Return the text of a file without byte order mark, with ``
    `` as line ends.

    Raises
    ------
    InvalidValueError
        If it is missing, unreadable, not a regular file (a folder, a pipe, a device), larger than 50 MB, or
        not UTF-8.

    Examples
    --------
    >>> read_text("/")
    Traceback (most recent call last):
    ...
    neuralcrn.errors.InvalidValueError: /: is not a regular file: give a file that holds a network
    """
    shown = shown_path(path)
    try:
        status = os.stat(path)
        # Opening a pipe would wait for a writer, and a device may be endless.
        if not stat.S_ISREG(status.st_mode):
            raise InvalidValueError(f"{shown}: is not a regular file: give a file that holds a network")
        if status.st_size > FILE_LIMIT:
            raise InvalidValueError(f"{shown}: has {status.st_size:,} bytes: at most {FILE_LIMIT:,} are read")
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidValueError(f"{shown}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidValueError(f"{shown}: is not UTF-8 text (byte {error.start})") from error


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text in UTF-8; see `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON; see `write_bytes`."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def read_json(path: Path) -> Any:
    """Return the value in a JSON file of the package.

    Raises
    ------
    RunError
        If it is missing, or is not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path}: is damaged: not JSON ({type(error).__name__})") from error


def make_folder(path: Path) -> None:
    """Create a folder, and those that contain it, if it does not exist.

    Raises
    ------
    RunError
        If it cannot be created.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"{shown_path(path)}: cannot be written: {error.strerror}: choose another folder"
        ) from error


def check_folder(path: Path) -> None:
    """Check that a folder can be made or written, before the computation of what it will contain.

    Raises
    ------
    RunError
        If it cannot.
    """
    existing = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    if not existing.is_dir():
        raise RunError(f"{shown_path(existing)}: is not a folder: choose another folder")
    if not os.access(existing, os.W_OK):
        raise RunError(f"{shown_path(existing)}: cannot be written: choose another folder")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file atomically.

    A regular file is written under a temporary name, flushed to disk and renamed, so that it is never
    incomplete. Permissions are preserved. For a symbolic link the target is written. Devices, pipes and files
    that are already open for output (``/dev/stdout``) are written directly.

    Raises
    ------
    RunError
        If it cannot be written; a regular file is then unchanged.
    """
    try:
        output = _own_output(path)
        if output is not None:
            with open(output, "wb", closefd=False) as stream:
                stream.write(content)
        elif os.path.exists(path) and not replaces(path):
            with open(path, "wb") as stream:
                stream.write(content)
        else:
            _replace(os.path.realpath(path), content)
    except OSError as error:
        raise RunError(f"{shown_path(path)}: cannot be written: {error.strerror}") from error


def replaces(path: str | os.PathLike[str]) -> bool:
    """Return whether `write_bytes` would replace an existing regular file, following links."""
    with suppress(OSError):
        return stat.S_ISREG(os.stat(path).st_mode) and _own_output(path) is None
    return False


def _own_output(path: str | os.PathLike[str]) -> int | None:
    """Return the descriptor of standard output or error if a path refers to it, else None."""
    for descriptor in (1, 2):
        with suppress(OSError):
            if os.path.samestat(os.stat(path), os.fstat(descriptor)):
                return descriptor
    return None


def _replace(target: str, content: bytes) -> None:
    """Write a regular file under a temporary name in the same folder, and rename it."""
    temporary = os.path.join(os.path.dirname(target), f".{secrets.token_hex(8)}.part")
    try:
        with open(temporary, "xb") as stream:
            with suppress(FileNotFoundError):
                _give_rights(temporary, os.stat(target))
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _give_rights(path: str, status: os.stat_result) -> None:
    """Set the permissions and, if permitted, the owner of a file as in `status`."""
    with suppress(PermissionError, AttributeError):  # other systems have no file owners
        os.chown(path, status.st_uid, status.st_gid)
    with suppress(PermissionError):
        os.chmod(path, stat.S_IMODE(status.st_mode))
