"""Where each public name is documented: once, at the place from which it is meant to be imported."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

import neuralcrn

_WHOLE = (
    "compiler.schedule",
    "compiler.oracle",
    "compiler.optimiser",
    "compiler.rules",
    "compiler.rails",
    "compiler.program",
    "compiler.staged",
    "compiler.pot.track_and_hold",
    "compiler.pot.gating",
    "compiler.pot.clocks",
    "compiler.pot.self_timed",
    "compiler.pot.assembly",
    "engines.native.reduction",
    "engines.native.elimination",
    "engines.native.recording",
    "sklearn.base",
)
"""Modules that are documented whole, though no room exports them: what carries a step of the mathematics, and
what the estimators share."""


@cache
def rooms() -> dict[str, ModuleType]:
    """Return the package, its rooms and the errors by dotted name, in alphabetical order.

    The command line is left out: it has a page of its own.
    """
    packages = (info.name for info in pkgutil.walk_packages(neuralcrn.__path__, "neuralcrn.") if info.ispkg)
    inner = [name for name in packages if name != "neuralcrn.cli"]
    names = ["neuralcrn", *sorted([*inner, "neuralcrn.errors"])]
    return {name: importlib.import_module(name) for name in names}


def whole_modules(room: str) -> tuple[str, ...]:
    """Return the dotted names of the modules of a room that are documented whole."""
    names = (f"neuralcrn.{module}" for module in _WHOLE)
    return tuple(name for name in names if name.rpartition(".")[0] == room)


@cache
def homes() -> dict[str, Any]:
    """Return every documented thing by the full name under which it is documented.

    A name belongs to the package if the package exports it, else to the room that defines it, else to
    the first room that exports it. What no room exports belongs to the module that defines it.
    """
    found: dict[str, Any] = {}
    seen: set[int] = set()

    def add(where: str, name: str, value: Any) -> None:
        if id(value) not in seen:
            seen.add(id(value))
            found[f"{where}.{name}"] = value

    exported = [
        (where, name, getattr(room, name)) for where, room in rooms().items() for name in _exported(room)
    ]
    exported.sort(key=lambda row: (row[0] != "neuralcrn", not _defined_under(row[2], row[0])))
    for where, name, value in exported:
        add(where, name, value)
    for module in _WHOLE:
        where = f"neuralcrn.{module}"
        for name, value in _defined_in(importlib.import_module(where)):
            add(where, name, value)
    return found


def home_of(value: Any) -> str | None:
    """Return the full name under which a thing is documented."""
    return next((name for name, known in homes().items() if known is value), None)


def _exported(room: ModuleType) -> list[str]:
    """Return the public names of a room; those of the package that need an extra are not in ``__all__``."""
    listed = [*getattr(room, "__all__", []), *getattr(room, "_OF_EXTRAS", {})]
    return list(dict.fromkeys(listed)) or [name for name, _ in _defined_in(room)]


def _defined_in(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, value in vars(module).items():
        public = not name.startswith("_") and (inspect.isfunction(value) or inspect.isclass(value))
        if public and value.__module__ == module.__name__ and value.__doc__:
            yield name, value


def _defined_under(value: Any, room: str) -> bool:
    return f"{getattr(value, '__module__', '')}.".startswith(f"{room}.")
