"""Reject pages that load a script, a style sheet, a font or an image from another site."""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

_LOADS = {
    ".html": re.compile(
        r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc\s*=\s*["']?(?:https?:)?//[^"'\s>]+
        |<link\b(?=[^>]*\brel\s*=\s*["']?(?:stylesheet|preload|prefetch|preconnect|icon|modulepreload))
        [^>]*\bhref\s*=\s*["']?(?:https?:)?//[^"'\s>]+
        |(?:@import|url\()\s*(?:url\()?["']?(?:https?:)?//[^"')\s]+""",
        re.VERBOSE | re.IGNORECASE,
    ),
    ".css": re.compile(r"""(?:@import|url\()\s*(?:url\()?["']?(?:https?:)?//[^"')\s]+""", re.IGNORECASE),
}


def foreign_loads(folder: Path) -> list[str]:
    """Return file and reference of every resource under `folder` that would be loaded from another site."""
    return [
        f"{path.relative_to(folder)}: {found.group(0)[:200]}"
        for path in sorted(folder.rglob("*"))
        if path.suffix in _LOADS
        for found in _LOADS[path.suffix].finditer(path.read_text(encoding="utf-8"))
    ]


def _check(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html" and (found := foreign_loads(Path(app.outdir))):
        raise ExtensionError("pages must not load anything from another site:\n" + "\n".join(found))


def setup(app: Sphinx) -> None:
    """Check the pages after the build."""
    app.connect("build-finished", _check)
