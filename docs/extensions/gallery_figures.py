"""Figures of the gallery: every matplotlib figure that an example assigns to a name."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst

from neuralcrn.plots import save


def save_figures(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save the figures that were created in this block, and return the markup that displays them.

    Our figures are created without pyplot, so the scraper of sphinx-gallery does not find them.
    """
    names = block_vars["example_globals"]
    shown: set[int] = names.setdefault("__figures_shown__", set())
    written: list[str] = []
    for value in list(names.values()):
        if isinstance(value, Figure) and id(value) not in shown:
            shown.add(id(value))
            written.append(str(save(value, next(block_vars["image_path_iterator"]))))
    return figure_rst(written, gallery_conf["src_dir"])
