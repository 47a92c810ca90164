"""The pages of the Python interface: one per package, with every public name on one of them."""

from __future__ import annotations

import inspect
import pkgutil
from types import ModuleType
from typing import Any

from sphinx.errors import ExtensionError
from sphinx.pycode import ModuleAnalyzer

from documented import documented_name, documented_names, packages, whole_modules


def interface_pages() -> dict[str, str]:
    """Return the pages by file name, in reStructuredText."""
    return {f"{name}.rst": _page(name, package) for name, package in packages().items() if _has_page(name)}


def _has_page(name: str) -> bool:
    return bool(_documented_at(name) or whole_modules(name))


def _page(name: str, package: ModuleType) -> str:
    own = _documented_at(name)
    parts = [_heading(name, "="), _docstring(name), _table(name, own), _passed_on(name, package)]
    parts += [_entry(full, value) for full, value in own.items()]
    for inner in whole_modules(name):
        inside = _documented_at(inner)
        parts += [_heading(inner.rpartition(".")[2], "-"), _docstring(inner), _table(inner, inside)]
        parts += [_entry(full, value) for full, value in inside.items()]
    return "\n".join(part for part in parts if part)


def _documented_at(module: str) -> dict[str, Any]:
    return {full: value for full, value in documented_names().items() if full.rpartition(".")[0] == module}


def _heading(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}\n"


def _docstring(name: str) -> str:
    return f".. automodule:: {name}\n   :no-members:\n"


def _table(module: str, own: dict[str, Any]) -> str:
    names = [full for full, value in own.items() if _is_described(value)]
    if not names:
        return ""
    rows = "\n".join(f"   {full.rpartition('.')[2]}" for full in names)
    return f".. currentmodule:: {module}\n\n.. autosummary::\n\n{rows}\n"


def _passed_on(name: str, package: ModuleType) -> str:
    """Return links to names that a package exports but another documents."""
    exported = [getattr(package, exported) for exported in getattr(package, "__all__", [])]
    elsewhere = [full for full in map(documented_name, exported) if full and full.rpartition(".")[0] != name]
    if not elsewhere:
        return ""
    return "Documented elsewhere: " + ", ".join(f":py:obj:`~{full}`" for full in elsewhere) + ".\n"


def _is_described(value: Any) -> bool:
    """Tell whether an object has its own docstring; those of constants follow their definitions."""
    return inspect.isclass(value) or _is_function(value)


def _is_function(value: Any) -> bool:
    """Tell whether an object is a function, including a cached one."""
    return inspect.isfunction(inspect.unwrap(value))


def _entry(full: str, value: Any) -> str:
    if _is_function(value):
        return f".. autofunction:: {full}\n"
    if inspect.isclass(value):
        kind = "autoexception" if issubclass(value, Exception) else "autoclass"
        return f".. {kind}:: {full}\n   :members:\n"
    package, _, name = full.rpartition(".")
    return f".. py:data:: {name}\n   :module: {package}\n\n   {_comment(full)}\n"


def _comment(full: str) -> str:
    """Return the text below the definition of a constant, in any module of its package."""
    package, _, name = full.rpartition(".")
    path = [] if package not in packages() else getattr(packages()[package], "__path__", [])
    for info in pkgutil.walk_packages(path, f"{package}."):
        if info.name == "neuralcrn.__main__":
            continue  # reading it would run it
        comments = ModuleAnalyzer.for_module(info.name).find_attr_docs()
        if ("", name) in comments:
            return " ".join(comments["", name]).strip()
    raise ExtensionError(f"{full} has no docstring below its definition")
