"""List of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final


@final
@dataclass(frozen=True, slots=True)
class RunList:
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

    def __str__(self) -> str:
        if not self.rows:
            return f"no runs in {self.folder}"
        width = max(3, *(len(row["run"]) for row in self.rows))
        heading = f"{'status':12} {'epochs':>11} {'val loss':>9} {'val accuracy':>12} {'seconds':>8}"
        lines = (f"{row['run']:{width}} {_line(row)}" for row in self.rows)
        return "\n".join((f"{'run':{width}} {heading}", *lines))

    def to_json(self) -> list[dict[str, Any]]:
        """Return the rows as plain values."""
        return [dict(row) for row in self.rows]


def _line(row: Mapping[str, Any]) -> str:
    loss = "" if row["val_loss"] is None else f"{row['val_loss']:.4f}"
    accuracy = "" if row["val_accuracy"] is None else f"{row['val_accuracy']:.1%}"
    epochs = f"{row['epochs']}/{row['planned']}"
    return f"{row['status']:12} {epochs:>11} {loss:>9} {accuracy:>12} {row['seconds']:8.1f}"


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
