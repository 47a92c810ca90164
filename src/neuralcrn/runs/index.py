"""The index of runs: one SQLite file beside the run folders. The folders remain the truth."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from neuralcrn.errors import RunError

FILE = "index.sqlite"
_COLUMNS = (
    "run",
    "task",
    "circuit",
    "gradient",
    "seed",
    "status",
    "epochs",
    "planned",
    "train_loss",
    "val_loss",
    "val_accuracy",
    "test_accuracy",
    "seconds",
    "started",
)


def record(folder: Path, row: Mapping[str, Any]) -> None:
    """Insert or replace the row of the run in `folder`, in the index beside it.

    Raises
    ------
    RunError
        If the index cannot be written.
    """
    root, row = folder.parent, {**row, "run": folder.name}
    names = ", ".join(_COLUMNS)
    marks = ", ".join("?" for _ in _COLUMNS)
    try:
        with closing(_open(root)) as connection, connection:
            connection.execute(
                f"INSERT OR REPLACE INTO runs ({names}) VALUES ({marks})",
                [row.get(column) for column in _COLUMNS],
            )
    except sqlite3.Error as error:
        raise RunError(f"{root / FILE}: cannot be written: {error}") from error


def list_runs(root: Path) -> list[dict[str, Any]]:
    """Return the rows of all runs whose folders exist, newest first."""
    if not (root / FILE).exists():
        return []
    try:
        with closing(_open(root)) as connection:
            query = f"SELECT {', '.join(_COLUMNS)} FROM runs ORDER BY started DESC, run"
            rows = connection.execute(query).fetchall()
    except sqlite3.Error as error:
        raise RunError(
            f"{root / FILE}: cannot be read: {error}; remove it, runs do not depend on it"
        ) from error
    return [{**row, "run": str(root / row["run"])} for row in rows if (root / row["run"]).is_dir()]


def _open(root: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(root / FILE, timeout=10.0)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode=WAL")
    columns = ", ".join(f"{name} PRIMARY KEY" if name == "run" else name for name in _COLUMNS)
    connection.execute(f"CREATE TABLE IF NOT EXISTS runs ({columns})")
    known = {row["name"] for row in connection.execute("PRAGMA table_info(runs)")}
    for name in _COLUMNS:  # an index of an earlier version
        if name not in known:
            connection.execute(f"ALTER TABLE runs ADD COLUMN {name}")
    return connection
