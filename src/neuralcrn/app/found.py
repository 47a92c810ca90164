"""Files of networks that were trained or found in silico: the network, a figure, and the results."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NETWORK, FIGURE = "network.crn", "network"


def write_found(
    folder: Path, name: str, network: str, results: Mapping[str, Any], figure: Figure, image: str
) -> None:
    """Write a network as text, results as ``NAME.json``, and a figure.

    Raises
    ------
    RunError
        If a file cannot be written.
    """
    from neuralcrn.files import make_folder, write_bytes, write_json, write_text
    from neuralcrn.plots import image_of

    make_folder(folder)
    write_text(folder / NETWORK, f"# trained in silico\n{network}\n")
    write_bytes(folder / f"{FIGURE}.{image}", image_of(figure, image))
    write_json(folder / f"{name}.json", results)
