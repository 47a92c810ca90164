"""Pages that are generated from the library: its public names, commands and registries."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from catalogue import catalogue_pages
from commands import command_pages
from interface import interface_pages

FOLDER = "reference/generated"


def write_pages(folder: Path) -> None:
    """Write all pages that have changed, and remove obsolete files."""
    pages = {**interface_pages(), **command_pages(), **catalogue_pages()}
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _write(app: Sphinx, config: Config) -> None:
    write_pages(Path(app.srcdir) / FOLDER)


def setup(app: Sphinx) -> None:
    """Write the pages before Sphinx collects its sources."""
    app.connect("config-inited", _write)
