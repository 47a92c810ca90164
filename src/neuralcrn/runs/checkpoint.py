"""Checkpoints: folders that are written atomically; the last two are kept."""

from __future__ import annotations

import io
import shutil
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from zipfile import BadZipFile

import msgspec
import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import RunError
from neuralcrn.files import read_json, write_bytes
from neuralcrn.learning import Metrics, Retry, TrainingState
from neuralcrn.runs.folders import check_folder, new_folder

KEPT = 2
_ARRAYS = ("pot", "errors", "times", "begun")


def save_checkpoint(folder: Path, state: TrainingState, metrics: Sequence[Metrics], digest: str) -> None:
    """Write a checkpoint, then remove all except the last two.

    Parameters
    ----------
    folder : Path
        Folder of the checkpoints of the run.
    state, metrics : TrainingState, sequence of Metrics
        State to resume from.
    digest : str
        Hash of the configuration of the run.
    """
    name = f"{state.epoch:07d}-{state.position:07d}"
    if state.retries:  # A repeated epoch comes after the one that it replaces.
        name = f"r{len(state.retries):02d}-{name}"
    if (folder / name).exists():
        return
    with new_folder(folder / name) as fresh:
        buffer = io.BytesIO()
        begun = state.pot if state.begun is None else state.begun
        np.savez(buffer, pot=state.pot, errors=state.errors, times=state.times, begun=begun)
        write_bytes(fresh / "arrays.npz", buffer.getvalue())
        content = {
            "configuration": digest,
            "epoch": state.epoch,
            "position": state.position,
            "retries": state.retries,
            "metrics": metrics,
        }
        write_bytes(fresh / "state.json", msgspec.json.encode(content))
    for old in checkpoints(folder)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def checkpoints(folder: Path) -> list[Path]:
    """Return the complete checkpoints of a run, oldest first."""
    return sorted(path for path in folder.glob("*-*") if path.is_dir() and not path.name.startswith("."))


def load_checkpoint(
    folder: Path, digest: str, shapes: Mapping[str, tuple[int, ...]]
) -> tuple[TrainingState, list[Metrics], list[str]]:
    """Read the newest valid checkpoint.

    Parameters
    ----------
    folder : Path
        Folder of the checkpoints of the run.
    digest : str
        Hash of the configuration of the run.
    shapes : mapping of str to tuple
        Required shapes of the arrays.

    Returns
    -------
    state : TrainingState
    metrics : list of Metrics
    refused : list of str
        Reasons why newer checkpoints were skipped.

    Raises
    ------
    RunError
        If there is no valid checkpoint.
    """
    refused: list[str] = []
    for path in reversed(checkpoints(folder)):
        try:
            check_folder(path)
            return *_read(path, digest, shapes), refused
        except RunError as error:
            refused.append(str(error))
    reasons = "; ".join(refused) or "there is none"
    raise RunError(f"{folder}: no checkpoint can be used: {reasons}")


def _read(
    path: Path, digest: str, shapes: Mapping[str, tuple[int, ...]]
) -> tuple[TrainingState, list[Metrics]]:
    data = read_json(path / "state.json")
    try:
        if data["configuration"] != digest:
            raise RunError(f"{path}: belongs to another configuration")
        metrics = [Metrics.from_json(row) for row in data["metrics"]]
        retries = tuple(Retry(**row) for row in data.get("retries", ()))
        epoch, position = int(data["epoch"]), int(data["position"])
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path}: is damaged: {type(error).__name__} {error}") from error
    arrays = _read_arrays(path / "arrays.npz", shapes)
    if epoch != len(metrics) or not 0 <= position <= shapes["errors"][0]:
        raise RunError(
            f"{path}: is damaged: epoch {epoch}, position {position}, {len(metrics)} rows of metrics"
        )
    return TrainingState(epoch, position, **arrays, retries=retries), metrics


def _read_arrays(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[np.float64]]:
    """Read arrays of numbers with given shapes; no other objects are loaded."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            # Checkpoints of earlier versions do not contain the state at the beginning of the
            # epoch.
            names = [name for name in _ARRAYS if name in archive or name != "begun"]
            arrays = {name: np.asarray(archive[name]) for name in names}
    except (OSError, ValueError, KeyError, EOFError, MemoryError, BadZipFile, zlib.error) as error:
        raise RunError(f"{path}: is damaged: {type(error).__name__}") from error
    for name, array in arrays.items():
        shape = shapes["pot" if name == "begun" else name]
        if array.shape != shape or array.dtype != np.float64 or not np.isfinite(array).all():
            raise RunError(f"{path}: {name} has shape {array.shape}, expected {shape} of finite numbers")
    return arrays
