"""Predictions for the rows of a file by trained chemistry."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError
from neuralcrn.learning import DataFile
from neuralcrn.learning.doses import feature_doses, features_of_one_rail, outside
from neuralcrn.learning.trainer import determination, half_squared_error
from neuralcrn.runs.session import resume
from neuralcrn.tasks import Reading, Rows, Task, read_csv_rows, say_left_out, true_targets


@final
@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """A trained network, and what is known of the data that it was trained on.

    Attributes
    ----------
    task : Task
        The task.
    data : DataFile or None
        How the user's file was read; None for a task of the registry.
    one_rail : bool or ndarray of bool, shape (inputs,)
        Whether inputs have one rail.
    outputs : callable (ndarray, shape (n, inputs)) -> ndarray, shape (n, outputs)
        Outputs of simulated reactions for doses.
    labels : callable (ndarray, shape (n, outputs)) -> ndarray of int, shape (n,)
        The class of each row of outputs.
    output_names : tuple of str
        Names of the outputs.
    """

    task: Task
    data: DataFile | None
    one_rail: bool | NDArray[np.bool_]
    outputs: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    labels: Callable[[NDArray[np.float64]], NDArray[np.int64]]
    output_names: tuple[str, ...]

    @property
    def reading(self) -> Reading:
        """The options with which the file was read, or the default options."""
        return Reading() if self.data is None else self.data.reading

    @property
    def target(self) -> str:
        """The target column.

        Raises
        ------
        InvalidValueError
            If there is not exactly one.
        """
        if self.data is not None:
            return self.data.target
        names = self.task.target_names
        if len(names) != 1:
            raise InvalidValueError(
                f"task {self.task.name} has no one column to compare with: name the target of the file"
            )
        return names[0]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Predictions for the rows of a file.

    Attributes
    ----------
    task : Task
        Task of the training.
    output_names : tuple of str
        Names of the outputs.
    rows : tuple of int
        Row numbers in the file; the header is row 1.
    features : ndarray, shape (n, inputs)
        Values in the file; categorical columns as 0 and 1 for each category.
    outputs : ndarray, shape (n, outputs)
        In raw units for a regression, otherwise the outputs of the readout.
    labels : ndarray of int, shape (n,), or None
        Index of the class of each row; None for a regression.
    scores : dict of str to float
        If the target is given: R2 and root mean squared error of a regression in raw units, or the accuracy
        of a classification.
    notes : tuple of str
        Rows that were ignored, or that are outside the range of the training data.
    """

    task: Task
    output_names: tuple[str, ...]
    rows: tuple[int, ...]
    features: NDArray[np.float64]
    outputs: NDArray[np.float64]
    labels: NDArray[np.int64] | None
    scores: dict[str, float]
    notes: tuple[str, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """The class of each row; empty for a regression."""
        return () if self.labels is None else tuple(self.task.classes[label] for label in self.labels)


def predictor_of(folder: Path) -> Predictor:
    """Return the trained chemistry of a run.

    Raises
    ------
    RunError
        If the folder is not a run.
    """
    session = resume(folder)
    return Predictor(
        session.task,
        session.spec.data,
        features_of_one_rail(session.trainer.program),
        lambda doses: session.trainer.predict(session.state, doses),
        session.task.labels,
        session.task.target_names,
    )


def predict_file(
    predictor: Predictor,
    file: Path,
    *,
    target: str | None = None,
    separator: str = "",
    decimal: str = "",
    thousands: str = "",
) -> Predictions:
    """Predict the rows of a file, reading it like the file of the training.

    Parameters
    ----------
    predictor : Predictor
        The trained chemistry.
    file : Path
        It must contain the feature columns of the training data.
    target : str, optional
        Column with the true values for scoring, "" for that of the training; None for no scoring.
    separator, decimal, thousands : str
        Notation of this file, if different from that of the training.

    Raises
    ------
    DataError
        If a cell cannot be used, or a dose would be negative for an input with one rail.
    """
    task, recorded = predictor.task, predictor.reading
    reading = _as_written(recorded, separator, decimal, thousands)
    rows = read_csv_rows(
        file,
        task.columns or task.feature_names,
        reading,
        target=None if target is None else target or predictor.target,
        likely=recorded.separator,
    )
    names = task.feature_names
    doses = feature_doses(task.scaling, rows.features, names, one_rail=predictor.one_rail, rows=rows.numbers)
    outputs = predictor.outputs(doses)
    labels = None if task.kind == "regression" else predictor.labels(outputs)
    if task.scaling is not None and task.scaling.target_low:
        outputs = task.scaling.unscale_targets(outputs)
    notes = (
        say_left_out(rows.left_out) if rows.left_out else None,
        outside(task.train.features, doses, rows.features, names, rows.numbers),
    )
    return Predictions(
        task=task,
        output_names=predictor.output_names,
        rows=rows.numbers,
        features=rows.features,
        outputs=outputs,
        labels=labels,
        scores={} if target is None else _scores(task, rows, outputs, labels, reading, str(file)),
        notes=tuple(note for note in notes if note),
    )


def _as_written(recorded: Reading, separator: str, decimal: str, thousands: str) -> Reading:
    """Return the options for reading a file; its delimiter is detected unless given."""
    return Reading(
        separator=separator,
        decimal=decimal or recorded.decimal,
        thousands=thousands or ("" if decimal else recorded.thousands),
        missing=recorded.missing,
    )


def _scores(
    task: Task,
    rows: Rows,
    outputs: NDArray[np.float64],
    labels: NDArray[np.int64] | None,
    reading: Reading,
    source: str,
) -> dict[str, float]:
    """Return scores of the outputs for the targets."""
    targets = true_targets(task, rows, reading, source)
    if labels is not None:
        return {"accuracy": float((labels == task.labels(targets)).mean())}
    loss = half_squared_error(outputs - targets)
    r2, rmse = determination(loss, targets), math.sqrt(2.0 * loss)
    return {"rmse": rmse} if r2 is None else {"r2": r2, "rmse": rmse}
