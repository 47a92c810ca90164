"""Conventions of docstrings: single backticks, types and |v|.

Single backticks are a link if the name is documented, otherwise code; the types in numpydoc's type slots
are linked in the same way. Bars are absolute values, not substitutions.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Set
from typing import Any

from numpydoc.xref import DEFAULT_LINKS
from sphinx.application import Sphinx
from sphinx.config import Config

from documented import documented_name, documented_names

_BACKTICKS = re.compile(r"(?<![`:\w])`([^`<>\n]+)`(?![`_])")


def resolve(text: str, module: str, own: Set[str] = frozenset()) -> str | None:
    """Return the full name of the object that `text` refers to, or None if it is not documented.

    Parameters
    ----------
    text : str
        ``Circuit``, ``Circuit.compile`` or a dotted path.
    module : str
        Module of the docstring.
    own : set of str
        Names of the parameters that the docstring describes; they are not linked.
    """
    head, *rest = text.removesuffix("()").split(".")
    if text in documented_names():
        return text
    if head in own or len(rest) > 1 or not all(part.isidentifier() for part in (head, *rest)):
        return None
    found = documented_name(getattr(sys.modules.get(module), head, None))
    if found is None and (not head.islower() or "_" in head):  # lower-case words are not names
        found = next((full for full in documented_names() if full.endswith(f".{head}")), None)
    if found is None or not rest:
        return found
    member = getattr(documented_names()[found], rest[0], None)
    return f"{found}.{rest[0]}" if getattr(member, "__doc__", None) else None


def _read(app: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Rewrite backticks and bars outside of examples and code."""
    module = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", None) or ""
    own = _parameters(value)

    def linked(match: re.Match[str]) -> str:
        text = match.group(1)
        target = resolve(text, module, own)
        return f":py:obj:`{text} <{target}>`" if target else f"``{text}``"

    for i in _prose(lines):
        parts = _BACKTICKS.sub(linked, lines[i]).split("``")
        lines[i] = "``".join(part if k % 2 else part.replace("|", "\\|") for k, part in enumerate(parts))


def _prose(lines: list[str]) -> Iterator[int]:
    """Yield the indices of the lines that are neither examples nor literal blocks."""
    example, literal = False, None
    for i, line in enumerate(lines):
        text, indent = line.strip(), len(line) - len(line.lstrip())
        if not text:
            example = False
            continue
        example = example or text.startswith(">>>")
        if literal is not None and indent <= literal:
            literal = None
        if literal is None and not example:
            yield i
            literal = indent if text.endswith("::") else None


def _parameters(value: Any) -> Set[str]:
    try:
        return set(inspect.signature(value).parameters)
    except (TypeError, ValueError):
        return frozenset()


def _skip_foreign(app: Sphinx, what: str, name: str, value: Any, skip: bool, options: Any) -> bool | None:
    """Exclude members that are inherited from classes of other libraries."""
    module = getattr(value, "__module__", None) or "neuralcrn"
    return None if module.partition(".")[0] == "neuralcrn" else True


def _alias_types(app: Sphinx, config: Config) -> None:
    classes = {
        full.rpartition(".")[2]: full for full, value in documented_names().items() if isinstance(value, type)
    }
    # numpydoc would link names of Python and NumPy, which needs their inventories.
    config.numpydoc_xref_aliases = {**{word: word for word in DEFAULT_LINKS}, **classes}


def setup(app: Sphinx) -> None:
    """Process docstrings before numpydoc, and register our classes."""
    app.connect("autodoc-skip-member", _skip_foreign)
    app.connect("autodoc-process-docstring", _read, priority=400)
    app.connect("config-inited", _alias_types, priority=400)
