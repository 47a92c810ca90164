"""Parsers for ``--set``, ``--init``, ``--scan`` and lists of names."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from neuralcrn.app.simulations.changes import SCAN_LIMIT, Changes, Scan
from neuralcrn.errors import InvalidValueError, printable


def read_changes(parameters: Sequence[str], initial: Sequence[str], scan: str | None) -> Changes:
    """Parse the options."""
    chosen = read_assignments("--set", parameters), read_assignments("--init", initial)
    return Changes(*chosen, None if scan is None else _scan(scan))


def read_names(option: str, text: str | None) -> tuple[str, ...] | None:
    """Parse a list of different names separated by commas."""
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(","))
    if not all(names) or len(set(names)) < len(names):
        raise InvalidValueError(f"{option} {printable(text)}: give different names, joined by commas")
    return names


def read_assignments(option: str, texts: Sequence[str]) -> dict[str, float]:
    """Parse values NAME=VALUE of an option; a label may contain an equals sign, a number may not."""
    read: dict[str, float] = {}
    for text in texts:
        name, sign, value = text.rpartition("=")
        if not sign or not name.strip():
            raise InvalidValueError(f"{option} {printable(text)}: write {option} NAME=VALUE")
        if name.strip() in read:
            raise InvalidValueError(f"{option} {printable(name)} is given twice: give it once")
        read[name.strip()] = _number(option, text, value)
    return read


def _scan(text: str) -> Scan:
    """Parse NAME=FROM:TO:COUNT, NAME=FROM:TO:COUNT:log or NAME=A,B,C."""
    name, sign, given = text.rpartition("=")
    shape = f"--scan {printable(text)}: write NAME=FROM:TO:COUNT, NAME=FROM:TO:COUNT:log, or NAME=A,B,C"
    if not sign or not name.strip():
        raise InvalidValueError(shape)
    parts = given.split(":")
    if len(parts) == 1:
        values = tuple(_number("--scan", text, value) for value in given.split(","))
    elif len(parts) in (3, 4) and parts[2].strip().isascii() and parts[2].strip().isdigit():
        first, last = (_number("--scan", text, value) for value in parts[:2])
        values = _spaced(text, first, last, int(parts[2]), parts[3:])
    else:
        raise InvalidValueError(shape)
    return Scan(name.strip(), values)


def _spaced(text: str, first: float, last: float, count: int, spacing: Sequence[str]) -> tuple[float, ...]:
    """Return linearly or logarithmically spaced values."""
    if count > SCAN_LIMIT:
        raise InvalidValueError(f"--scan {printable(text)}: at most {SCAN_LIMIT:,} values are scanned")
    if not spacing:
        return tuple(np.linspace(first, last, count).tolist())
    if spacing[0].strip() != "log":
        raise InvalidValueError(f"--scan {printable(text)}: only log may follow the third colon")
    if not min(first, last) > 0.0:
        raise InvalidValueError(f"--scan {printable(text)}: a logarithmic scale needs positive ends")
    return tuple(np.geomspace(first, last, count).tolist())


def _number(option: str, text: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidValueError(f"{option} {printable(text)}: {printable(value)!r} is not a finite number")
    return number
