"""List of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from neuralcrn.display import Displayed, Document, Listing, Table


@final
@dataclass(frozen=True, slots=True)
class RunList(Displayed):
    """The runs of a folder, newest first.

    Attributes
    ----------
    folder : Path
        Folder that contains run folders.
    rows : sequence of mapping
        One per run: its folder, task, circuit, status, epochs and losses.
    """

    folder: Path
    rows: Sequence[Mapping[str, Any]]

    def document(self) -> Document:
        """Return one row per run."""
        if not self.rows:
            return Document.of(Listing((f"no runs in {self.folder}",)))
        head = ("run", "status", "epochs", "val loss", "val accuracy", "seconds")
        return Document.of(Table.of(head, self.rows, _cells, limit=len(self.rows)))

    def to_json(self) -> list[dict[str, Any]]:
        """Return the rows as plain values."""
        return [dict(row) for row in self.rows]


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    loss = "" if row["val_loss"] is None else f"{row['val_loss']:.4f}"
    accuracy = "" if row["val_accuracy"] is None else f"{row['val_accuracy']:.1%}"
    epochs = "in silico" if row["planned"] is None else f"{row['epochs']}/{row['planned']}"
    return row["run"], row["status"], epochs, loss, accuracy, f"{row['seconds']:.1f}"


def runs(folder: Path) -> RunList:
    """List the runs of a folder, newest first.

    Parameters
    ----------
    folder : Path
        Folder that contains run folders.

    Raises
    ------
    RunError
        If a summary cannot be read.

    Examples
    --------
    >>> print(runs(Path("nowhere")))
    no runs in nowhere
    """
    from neuralcrn.runs import list_runs

    return RunList(folder, list_runs(folder))
