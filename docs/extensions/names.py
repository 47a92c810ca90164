"""Docstrings as we write them: what single backticks, types and |v| mean.

Single backticks are a link where the name is documented, and plain code where it is not; the types in
numpydoc's type slots are linked likewise. Bars are absolute values, not substitutions.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes, utils
from docutils.parsers.rst.states import Inliner
from numpydoc.xref import DEFAULT_LINKS
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.config import Config

from homes import homes


def resolve(text: str) -> str | None:
    """Return the full name of what `text` means: ``Circuit``, ``Circuit.compile`` or a dotted path."""
    known = homes()
    parts = text.removesuffix("()").split(".")
    for length in range(len(parts), 0, -1):
        head, rest = ".".join(parts[:length]), parts[length:]
        found = head if head in known else next((n for n in known if n.endswith(f".{head}")), None)
        if found and all(part.isidentifier() for part in rest):
            documented = not rest or getattr(getattr(known[found], rest[0], None), "__doc__", None)
            return ".".join([found, *rest]) if documented and len(rest) <= 1 else None
    return None


def _name(
    role: str,
    rawtext: str,
    text: str,
    lineno: int,
    inliner: Inliner,
    options: Any = None,
    content: Any = None,
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    plain = utils.unescape(text)
    target, shown = resolve(plain), nodes.literal(plain, plain)
    if target is None:
        return [shown], []
    link = pending_xref("", shown, refdomain="py", reftype="obj", reftarget=target, refexplicit=True)
    return [link], []


def _escape_bars(app: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    example = False
    for i, line in enumerate(lines):
        example = bool(line.strip()) and (example or line.lstrip().startswith(">>>"))
        if not example:
            parts = line.split("``")
            lines[i] = "``".join(part if k % 2 else part.replace("|", "\\|") for k, part in enumerate(parts))


def _skip_foreign(app: Sphinx, what: str, name: str, value: Any, skip: bool, options: Any) -> bool | None:
    """Leave out what a base class of another library adds to one of ours."""
    module = getattr(value, "__module__", None) or "neuralcrn"
    return None if module.partition(".")[0] == "neuralcrn" else True


def _alias_types(app: Sphinx, config: Config) -> None:
    classes = {full.rpartition(".")[2]: full for full, value in homes().items() if isinstance(value, type)}
    # numpydoc would link what belongs to Python and NumPy, which needs their inventories.
    config.numpydoc_xref_aliases = {**{word: word for word in DEFAULT_LINKS}, **classes}


def setup(app: Sphinx) -> None:
    """Register the role, tell numpydoc our classes, and read docstrings before it does."""
    app.add_role("name", _name)
    app.connect("autodoc-skip-member", _skip_foreign)
    app.connect("autodoc-process-docstring", _escape_bars, priority=400)
    app.connect("config-inited", _alias_types, priority=400)
