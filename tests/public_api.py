"""The public interface as text: what every package exports, with signatures and fields.

    python -m tests.public_api    # writes tests/public_api.txt anew

A name that several packages export is described under the shortest of their names.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import neuralcrn

STORED = Path(__file__).with_suffix(".txt")
WIDTH = 110


def public_api() -> str:
    """Return a paragraph for each package, and in it a line for each name and for each member of a class."""
    described: dict[int, str] = {}
    return "\n".join(line for package in packages() for line in described_package(package, described))


def packages() -> list[ModuleType]:
    """Return every package that exports something, those with short names first."""
    names = [info.name for info in pkgutil.walk_packages(neuralcrn.__path__, "neuralcrn.") if info.ispkg]
    modules = [neuralcrn, *map(importlib.import_module, names)]
    exporting = [module for module in modules if hasattr(module, "__all__")]
    return sorted(exporting, key=lambda module: (module.__name__.count("."), module.__name__))


def described_package(package: ModuleType, described: dict[int, str]) -> Iterator[str]:
    """Yield the lines of one package; `described` is where each value was described already."""
    yield f"{package.__name__}"
    for name in sorted([*package.__all__, *getattr(package, "_OF_EXTRAS", ())]):
        value, full = getattr(package, name), f"{package.__name__}.{name}"
        if described.setdefault(id(value), full) != full:
            yield f"  {name} = {described[id(value)]}"
        elif inspect.isclass(value):
            yield f"  class {name}{bases_of(value)}"
            yield from (f"    {line}" for line in members(value))
        elif callable(value):
            yield from (f"  {line}" for line in signature(name, value))
        else:
            yield f"  {name}: {type(value).__name__}"
    yield ""


def bases_of(value: type) -> str:
    names = [base.__name__ for base in value.__bases__ if base is not object]
    return f"({', '.join(names)})" if names else ""


def members(value: type) -> Iterator[str]:
    """Yield how a class is made, and what it itself defines in public."""
    if issubclass(value, enum.Enum):
        yield from (f"{member.name} = {member.value!r}" for member in value)
        return
    if "__init__" in vars(value) or "__new__" in vars(value):
        yield from signature("__init__", value)
    for name, member in sorted(vars(value).items()):
        if name.startswith("_"):
            continue
        if isinstance(member, classmethod | staticmethod):
            yield from signature(f"{type(member).__name__} {name}", getattr(value, name))
        elif isinstance(member, FunctionType):
            yield from signature(name, member)
        elif isinstance(member, property | cached_property):
            yield f"property {name}"


def signature(name: str, value: Any) -> Iterator[str]:
    """Yield a call on one line, or on a line for each parameter if it is long."""
    try:
        found = inspect.signature(value)
    except ValueError:
        yield f"{name}(...)"
        return
    whole = plain(f"{name}{found}")
    if len(whole) <= WIDTH:
        yield whole
        return
    yield f"{name}("
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    for parameter in found.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and kind not in (kind.KEYWORD_ONLY, kind.VAR_POSITIONAL):
            yield "    *"
        kind = parameter.kind
        yield plain(f"    {parameter}")
    returned = found.return_annotation
    yield plain(f") -> {returned}") if isinstance(returned, str) else ")"


def plain(text: str) -> str:
    """Return a signature without addresses of defaults and without quotes around annotations."""
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    return re.sub(r"ForwardRef\('([^']*)'\)", r"\1", re.sub(r"(?<=[:>] )'([^']*)'", r"\1", text))


if __name__ == "__main__":
    STORED.write_text(public_api(), encoding="utf-8")
