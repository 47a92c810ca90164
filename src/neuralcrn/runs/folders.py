"""Folders with a manifest that are written atomically."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from neuralcrn.errors import RunError
from neuralcrn.files import digest, read_json, write_json


@contextmanager
def new_folder(path: Path) -> Generator[Path]:
    """Provide a folder to write to, which is renamed when complete and gets a manifest of its contents."""
    temporary = path.with_name(f".{path.name}.part")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        yield temporary
        write_json(temporary / MANIFEST, {p.name: digest(p) for p in sorted(temporary.iterdir())})
        os.replace(temporary, path)
        _flush_folder(path.parent)
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


MANIFEST = "manifest.json"
"""Names and SHA-256 of the files of a folder."""


def check_folder(path: Path) -> None:
    """Check that the files of a folder match its manifest.

    Raises
    ------
    RunError
        The message gives the missing, additional or changed file.
    """
    manifest = read_json(path / MANIFEST)
    if not isinstance(manifest, dict):
        raise RunError(f"{path / MANIFEST}: is damaged: not a list of files")
    present = {p.name for p in path.iterdir()} - {MANIFEST}
    for name in sorted(present ^ set(manifest)):
        raise RunError(f"{path / name}: is damaged: {'missing' if name in manifest else 'not part of it'}")
    for name, expected in manifest.items():
        if digest(path / name) != expected:
            raise RunError(f"{path / name}: is damaged: its contents have changed")


def _flush_folder(path: Path) -> None:
    """Flush the names in a folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
