"""The summaries of runs, one file in each run folder, and the list of them."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

import msgspec

from neuralcrn.errors import NeuralCRNWarning, RunError
from neuralcrn.files import read_json

SUMMARY = "summary.json"
"""Name of the file in a run folder that holds `neuralcrn.runs.Session.summary`."""

LAB_FILE = "lab.json"
"""Name of the file that holds a training of the lab, see `neuralcrn.app.live`."""


def now() -> str:
    """Return the time that a summary gives for the start of a run, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class _Listed(TypedDict):
    """What the list shows of a summary."""

    status: str
    started: str
    epochs: int | None
    planned: int | None
    val_loss: float | None
    val_accuracy: float | None
    seconds: float


def list_runs(root: Path) -> list[dict[str, Any]]:
    """Return the summaries of all runs in a folder, newest first.

    Folders without a summary are no runs. A summary that is damaged is left out with a warning.

    Parameters
    ----------
    root : Path
        The folder that contains the run folders.

    Returns
    -------
    list of dict
        See `neuralcrn.runs.Session.summary`; ``run`` is the present path of the run folder. Networks
        that were trained in silico have no epochs.
    """
    rows: list[dict[str, Any]] = []
    for path in sorted(root.glob(f"*/{SUMMARY}")):
        try:
            rows.append({**_read(path), "run": str(path.parent)})
        except RunError as error:
            warnings.warn(f"{error}: the run is not listed", NeuralCRNWarning, stacklevel=2)
    return sorted(rows, key=lambda row: row["started"], reverse=True)


def _read(path: Path) -> dict[str, Any]:
    row = read_json(path)
    try:
        msgspec.convert(row, _Listed)
    except msgspec.ValidationError as error:
        raise RunError(f"{path}: is damaged: {error}") from error
    return row
