"""Where each public name is documented: once, at the path from which it should be imported."""

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
    "compiler.stages",
    "compiler.rules.base",
    "compiler.rules.ideal",
    "compiler.layered",
    "compiler.smooth",
    "compiler.oracle",
    "compiler.optimiser",
    "compiler.activation",
    "compiler.chopper",
    "compiler.hinge",
    "compiler.rails",
    "compiler.program",
    "compiler.protocol",
    "compiler.solution",
    "compiler.levels",
    "compiler.staged",
    "compiler.pot.track_and_hold",
    "compiler.pot.gating",
    "compiler.pot.clocks",
    "compiler.pot.self_timed",
    "compiler.pot.assembly",
    "compiler.pot.counter",
    "engines.native.closed_forms",
    "engines.native.reduction",
    "engines.native.elimination",
    "engines.native.proportional",
    "sklearn.base",
)
"""Modules that are documented completely although no package exports their names."""


@cache
def packages() -> dict[str, ModuleType]:
    """Return `neuralcrn`, its subpackages, errors and registries by dotted name, in alphabetical order.

    The command line is excluded, because it has a separate page.
    """
    packages = (info.name for info in pkgutil.walk_packages(neuralcrn.__path__, "neuralcrn.") if info.ispkg)
    inner = [name for name in packages if name != "neuralcrn.cli"]
    names = ["neuralcrn", *sorted([*inner, "neuralcrn.errors", "neuralcrn.registry", "neuralcrn.status"])]
    return {name: importlib.import_module(name) for name in names}


def whole_modules(package: str) -> tuple[str, ...]:
    """Return the dotted names of the modules of a package that are documented completely."""
    names = (f"neuralcrn.{module}" for module in _WHOLE)
    return tuple(name for name in names if name.rpartition(".")[0] == package)


@cache
def documented_names() -> dict[str, Any]:
    """Return every documented object by the full name under which it is documented.

    A name belongs to `neuralcrn` if that exports it, otherwise to the subpackage that defines it, otherwise
    to the first subpackage that exports it. Names that no package exports belong to their module.
    """
    found: dict[str, Any] = {}
    seen: set[int] = set()

    def add(where: str, name: str, value: Any) -> None:
        if id(value) not in seen:
            seen.add(id(value))
            found[f"{where}.{name}"] = value

    exported = [
        (where, name, getattr(package, name))
        for where, package in packages().items()
        for name in _exported(package)
    ]
    exported.sort(key=lambda row: (row[0] != "neuralcrn", not _defined_under(row[2], row[0])))
    for where, name, value in exported:
        add(where, name, value)
    for module in _WHOLE:
        where = f"neuralcrn.{module}"
        for name, value in _defined_in(importlib.import_module(where)):
            add(where, name, value)
    return found


def documented_name(value: Any) -> str | None:
    """Return the full name under which an object is documented."""
    return next((name for name, known in documented_names().items() if known is value), None)


def _exported(package: ModuleType) -> list[str]:
    """Return the public names of a package; names that need an extra are not in ``__all__``."""
    listed = [*getattr(package, "__all__", []), *getattr(package, "_OF_EXTRAS", {})]
    return list(dict.fromkeys(listed)) or [name for name, _ in _defined_in(package)]


def _defined_in(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, value in vars(module).items():
        public = not name.startswith("_") and (inspect.isfunction(value) or inspect.isclass(value))
        if public and value.__module__ == module.__name__ and value.__doc__:
            yield name, value


def _defined_under(value: Any, package: str) -> bool:
    return f"{getattr(value, '__module__', '')}.".startswith(f"{package}.")
