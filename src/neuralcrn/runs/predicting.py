"""Predictions for the rows of a file by the trained chemistry of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError
from neuralcrn.learning.doses import feature_doses, features_of_one_rail, outside
from neuralcrn.learning.trainer import determination, half_squared_error
from neuralcrn.runs.session import Session, resume
from neuralcrn.tasks import Reading, Rows, Task, read_csv_rows, say_left_out, true_targets


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Predictions for the rows of a file.

    Attributes
    ----------
    task : Task
        Task of the run.
    rows : tuple of int
        Row numbers in the file; the header is row 1.
    features : ndarray, shape (n, inputs)
        Values in the file; categorical columns as 0 and 1 for each category.
    outputs : ndarray, shape (n, outputs)
        In raw units for a regression, otherwise the outputs of the readout.
    scores : dict of str to float
        If the target is given: R2 and root mean squared error of a regression in raw units, or the accuracy
        of a classification.
    notes : tuple of str
        Rows that were ignored, or that are outside the range of the training data.
    """

    task: Task
    rows: tuple[int, ...]
    features: NDArray[np.float64]
    outputs: NDArray[np.float64]
    scores: dict[str, float]
    notes: tuple[str, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """The class of each row; empty for a regression."""
        if self.task.kind == "regression":
            return ()
        return tuple(self.task.classes[label] for label in self.task.labels(self.outputs))


def predict_file(
    folder: Path,
    file: Path,
    *,
    target: str | None = None,
    separator: str = "",
    decimal: str = "",
    thousands: str = "",
) -> Predictions:
    """Predict the rows of a file with the trained chemistry of a run, reading it like the file of the run.

    Parameters
    ----------
    folder : Path
        A run.
    file : Path
        It must contain the feature columns of the training data.
    target : str, optional
        Column with the true values for scoring; by default that of the run.
    separator, decimal, thousands : str
        Notation of this file, if different from that of the run.

    Raises
    ------
    DataError
        If a cell cannot be used, or a dose would be negative for an input with one rail.
    RunError
        If the folder is not a run.
    """
    session = resume(folder)
    task, recorded = session.task, _reading(session)
    reading = _as_written(recorded, separator, decimal, thousands)
    rows = read_csv_rows(
        file,
        task.columns or task.feature_names,
        reading,
        target=None if target is None else target or _target(session),
        likely=recorded.separator,
    )
    names = task.feature_names
    doses = feature_doses(
        task.scaling,
        rows.features,
        names,
        one_rail=features_of_one_rail(session.trainer.program),
        rows=rows.numbers,
    )
    outputs = session.trainer.predict(session.state, doses)
    if task.scaling is not None and task.scaling.target_low:
        outputs = task.scaling.unscale_targets(outputs)
    notes = (
        say_left_out(rows.left_out) if rows.left_out else None,
        outside(task.train.features, doses, rows.features, names, rows.numbers),
    )
    scores = {} if target is None else _scores(task, rows, outputs, reading, str(file))
    return Predictions(task, rows.numbers, rows.features, outputs, scores, tuple(n for n in notes if n))


def _as_written(recorded: Reading, separator: str, decimal: str, thousands: str) -> Reading:
    """Return the options for reading a file; its delimiter is detected unless given."""
    return Reading(
        separator=separator,
        decimal=decimal or recorded.decimal,
        thousands=thousands or ("" if decimal else recorded.thousands),
        missing=recorded.missing,
    )


def _reading(session: Session) -> Reading:
    """Return the options with which the run read its file, or the default options."""
    return Reading() if session.spec.data is None else session.spec.data.reading


def _target(session: Session) -> str:
    """Return the target column."""
    if session.spec.data is not None:
        return session.spec.data.target
    names = session.task.target_names
    if len(names) != 1:
        raise InvalidValueError(
            f"task {session.task.name} has no one column to compare with: name the target of the file"
        )
    return names[0]


def _scores(
    task: Task, rows: Rows, outputs: NDArray[np.float64], reading: Reading, source: str
) -> dict[str, float]:
    """Return scores of the outputs for the targets."""
    targets = true_targets(task, rows, reading, source)
    if task.kind == "classification":
        return {"accuracy": task.accuracy(outputs, targets)}
    loss = half_squared_error(outputs - targets)
    r2, rmse = determination(loss, targets), math.sqrt(2.0 * loss)
    return {"rmse": rmse} if r2 is None else {"r2": r2, "rmse": rmse}
