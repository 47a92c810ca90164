"""Other values for what a network names: ``--set``, ``--init`` and ``--scan``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from neuralcrn.errors import InvalidValueError, printable

if TYPE_CHECKING:
    from neuralcrn.formats import SbmlModel

_MOST_VALUES = 10_000


@final
@dataclass(frozen=True, slots=True)
class Scan:
    """A name and the values that it takes, one a run."""

    name: str
    values: tuple[float, ...]

    @property
    def by_decade(self) -> bool:
        """Whether the values are positive and span more than a decade."""
        return min(self.values) > 0.0 and max(self.values) > 10.0 * min(self.values)


@final
@dataclass(frozen=True, slots=True)
class Changes:
    """What is not to be as the file says.

    Attributes
    ----------
    parameters, initial : mapping from str to float
        Of ``--set`` and ``--init``.
    scan : Scan, optional
        Of ``--scan``.
    """

    parameters: Mapping[str, float]
    initial: Mapping[str, float]
    scan: Scan | None

    @classmethod
    def read(cls, parameters: Sequence[str], initial: Sequence[str], scan: str | None) -> Changes:
        """Read the options, or refuse them."""
        chosen = _assignments("--set", parameters), _assignments("--init", initial)
        read = None if scan is None else _scan(scan)
        names = [*chosen[0], *chosen[1], *([] if read is None else [read.name])]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise InvalidValueError(f"{printable(twice)} is given by two options: give it by one")
        return cls(*chosen, read)

    @property
    def each(self) -> tuple[Mapping[str, float], ...]:
        """All changes of each run."""
        common = {**self.parameters, **self.initial}
        if self.scan is None:
            return (common,)
        return tuple({**common, self.scan.name: value} for value in self.scan.values)

    def check(self, model: SbmlModel) -> None:
        """Refuse an initial value of what has none, and a species that is set like a parameter."""
        index = model.network.index
        for name in map(printable, self.initial.keys() - index.keys()):
            raise InvalidValueError(f"--init {name}: is no species: give --set {name}=VALUE")
        for name in self.parameters.keys() & index.keys():
            if model.meanings[index[name]]:
                raise InvalidValueError(f"--set {name}: is a species: give --init {name}=VALUE")


def _assignments(option: str, texts: Sequence[str]) -> dict[str, float]:
    """Read NAME=VALUE; a label may hold an equals sign, a number none."""
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
    """Read NAME=FROM:TO:COUNT, NAME=FROM:TO:COUNT:log or NAME=A,B,C."""
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
    if not 2 <= len(values) <= _MOST_VALUES:
        raise InvalidValueError(
            f"--scan {printable(text)}: {len(values):,} values: from 2 to {_MOST_VALUES:,} are needed"
        )
    return Scan(name.strip(), values)


def _spaced(text: str, first: float, last: float, count: int, spacing: Sequence[str]) -> tuple[float, ...]:
    """Return equally spaced values, or equal ratios."""
    if count > _MOST_VALUES:
        raise InvalidValueError(f"--scan {printable(text)}: at most {_MOST_VALUES:,} values are scanned")
    if not spacing:
        return tuple(np.linspace(first, last, count).tolist())
    if spacing[0].strip() != "log":
        raise InvalidValueError(f"--scan {printable(text)}: after the third colon stands log, or nothing")
    if not min(first, last) > 0.0:
        raise InvalidValueError(f"--scan {printable(text)}: equal ratios need positive ends")
    return tuple(np.geomspace(first, last, count).tolist())


def _number(option: str, text: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidValueError(f"{option} {printable(text)}: {printable(value)!r} is no finite number")
    return number
