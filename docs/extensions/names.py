"""Docstrings as we write them: what single backticks, types and |v| mean.

Single backticks are a link where the name is documented, and plain code where it is not; the types in
numpydoc's type slots are linked likewise. Bars are absolute values, not substitutions.
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

from homes import home_of, homes

_BACKTICKS = re.compile(r"(?<![`:\w])`([^`<>\n]+)`(?![`_])")


def resolve(text: str, module: str, own: Set[str] = frozenset()) -> str | None:
    """Return the full name of what a docstring means by `text`, or None if that is not documented.

    Parameters
    ----------
    text : str
        ``Circuit``, ``Circuit.compile`` or a dotted path.
    module : str
        Where the docstring stands.
    own : set of str
        Names of the parameters that the docstring describes: they are no links.
    """
    head, *rest = text.removesuffix("()").split(".")
    if text in homes():
        return text
    if head in own or len(rest) > 1 or not all(part.isidentifier() for part in (head, *rest)):
        return None
    found = home_of(getattr(sys.modules.get(module), head, None))
    if found is None and (not head.islower() or "_" in head):  # a word may be anything
        found = next((full for full in homes() if full.endswith(f".{head}")), None)
    if found is None or not rest:
        return found
    member = getattr(homes()[found], rest[0], None)
    return f"{found}.{rest[0]}" if getattr(member, "__doc__", None) else None


def _read(app: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Rewrite backticks and bars, outside of examples and of what is code already."""
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
    """Yield the places of the lines that are neither an example nor what an indented ``::`` begins."""
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
    """Leave out what a base class of another library adds to one of ours."""
    module = getattr(value, "__module__", None) or "neuralcrn"
    return None if module.partition(".")[0] == "neuralcrn" else True


def _alias_types(app: Sphinx, config: Config) -> None:
    classes = {full.rpartition(".")[2]: full for full, value in homes().items() if isinstance(value, type)}
    # numpydoc would link what belongs to Python and NumPy, which needs their inventories.
    config.numpydoc_xref_aliases = {**{word: word for word in DEFAULT_LINKS}, **classes}


def setup(app: Sphinx) -> None:
    """Read docstrings before numpydoc does, and tell it our classes."""
    app.connect("autodoc-skip-member", _skip_foreign)
    app.connect("autodoc-process-docstring", _read, priority=400)
    app.connect("config-inited", _alias_types, priority=400)
