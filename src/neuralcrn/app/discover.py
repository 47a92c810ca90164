"""Reactions from measured time courses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from neuralcrn.app.found import NETWORK, write_found
from neuralcrn.status import OnStatus, ignore_status

if TYPE_CHECKING:
    from neuralcrn.in_silico.discovery import CrnnSettings, Discovery


@final
@dataclass(frozen=True, slots=True)
class Discovered:
    """Reactions that were found in data.

    Attributes
    ----------
    folder : Path
        It contains the network, a figure and the result as JSON.
    result : Discovery
        Reactions, errors, and what is not identified.
    """

    folder: Path
    result: Discovery

    def __str__(self) -> str:
        return f"{self.result}\n\n{self.folder / NETWORK}"

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values."""
        return {"folder": str(self.folder), **self.result.to_json()}

    def network_text(self, format: str) -> str:
        """Return the network, with the initial values of the first experiment, in a writable format."""
        from neuralcrn.formats import network_text

        return network_text(self.result.network, format)


def discover(
    data: Path,
    folder: Path,
    method: str = "regression",
    *,
    order: int = 2,
    hold_out: float = 0.2,
    crnn: CrnnSettings | None = None,
    seed: int = 0,
    image: str = "png",
    on_status: OnStatus = ignore_status,
) -> Discovered:
    """Find the reactions behind measured time courses.

    Parameters
    ----------
    data : Path
        A table of measurements; see `neuralcrn.in_silico.discovery.read_experiments`.
    folder : Path
        Folder of the network, the figure and the result.
    method, order, hold_out, crnn, seed
        See `neuralcrn.in_silico.discovery.discover`.
    image : str
        Format of the figure: ``png``, ``svg`` or ``pdf``.
    on_status : callable
        Called with the current step; see `neuralcrn.app`.

    Raises
    ------
    DataError
        If the table cannot be used.
    InvalidValueError
        If an option is out of range, or the file cannot be read.
    UnknownNameError
        If there is no such method.
    RunError
        If the folder is not writable.
    """
    from neuralcrn.files import check_folder
    from neuralcrn.in_silico.discovery import discover, read_experiments
    from neuralcrn.plots.in_silico import discovered_figure

    check_folder(folder)
    found = discover(
        read_experiments(data), method, order=order, hold_out=hold_out, seed=seed, crnn=crnn,
        on_status=on_status,
    )  # fmt: skip
    made = Discovered(folder, found)
    write_found(folder, "discover", str(found.network), made.to_json(), discovered_figure(found), image)
    return made
