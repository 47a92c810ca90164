"""Figures of the gallery: every matplotlib figure that an example has made and named."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst

from neuralcrn.plots import save


def save_figures(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save the figures that are new since the last block, and return the text that shows them.

    Our figures are made without pyplot, so sphinx-gallery's own scraper does not see them.
    """
    names = block_vars["example_globals"]
    shown: set[int] = names.setdefault("__figures_shown__", set())
    written: list[str] = []
    for value in list(names.values()):
        if isinstance(value, Figure) and id(value) not in shown:
            shown.add(id(value))
            written.append(str(save(value, next(block_vars["image_path_iterator"]))))
    return figure_rst(written, gallery_conf["src_dir"])
