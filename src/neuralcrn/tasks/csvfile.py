"""Tasks from delimited text files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import DataError, InvalidValueError, UnknownNameError, listed_rows, printable
from neuralcrn.tasks.cells import MAX_CLASSES, describe_texts
from neuralcrn.tasks.columns import Column
from neuralcrn.tasks.csvtable import CsvTable, open_csv
from neuralcrn.tasks.reading import Reading
from neuralcrn.tasks.rows import Rows, choose_columns, read_rows
from neuralcrn.tasks.sampling import check_real
from neuralcrn.tasks.tables import classification_from_table, regression_from_table
from neuralcrn.tasks.task import Kind, Task

MIN_ROWS = 4
MAX_INTEGER_CLASSES = 10


@dataclass(frozen=True, slots=True, eq=False)
class CsvData:
    """A task from a file, and the options with which the file was read.

    Attributes
    ----------
    task : Task
        The samples.
    reading : Reading
        Options including those detected in the file, which reproduce the task.
    notes : tuple of str
        Automatic decisions, one sentence each.
    """

    task: Task
    reading: Reading
    notes: tuple[str, ...]


def read_csv_task(
    path: str | os.PathLike[str],
    target: str,
    *,
    features: Sequence[str] = (),
    drop: Sequence[str] = (),
    categorical: Sequence[str] = (),
    missing: str = "",
    kind: Kind | None = None,
    separator: str = "",
    decimal: str = ".",
    thousands: str = "",
    validation_fraction: float = 0.2,
    rng: int | np.random.Generator = 0,
    non_negative: bool = False,
) -> Task:
    r"""Return the task of predicting one column of a file from other columns.

    A target of texts gives a classification: two classes share one output (targets 0 and 1, threshold 0.5),
    more classes have one output each (one-hot). The same applies to integers with two different values, or
    with at most 10 consecutive values that start at 0 or 1. Other numeric targets give a regression.
    Features, and the targets of a regression, are scaled into [-1, 1] with mean 0 over the training rows; the
    scaling is stored in the task's `scaling`.

    Parameters
    ----------
    path : str or path
        A file with a header, in UTF-8; at most 50 MB and 1,000 columns.
    target : str
        Name of the column to predict.
    features : sequence of str
        Feature columns; all other columns if empty. A column without a name is called `column N`; it is
        ignored if it is blank or contains row numbers.
    drop : sequence of str
        Columns to ignore, instead of listing the features.
    categorical : sequence of str
        Columns of texts with at most 50 categories, which are one-hot encoded.
    missing : {"", "drop", "mean"}
        Treatment of missing values (blank, NA, NaN, null, ?): an error, ignore the row, or impute the mean of
        the column over the training rows. Rows without a target are ignored in the last two cases.
    kind : {"regression", "classification"}, optional
        Kind of a numeric target, if different from the rule above.
    separator : str
        Delimiter: one character, or comma, semicolon, tab, space, bar; detected if empty.
    decimal : {".", ","}
        Decimal mark.
    thousands : {"", ",", ".", "'", " "}
        Thousands separator.
    validation_fraction : float
        Fraction of the rows used for validation, 0.01 to 0.99; stratified by class for a classification.
    rng : int or numpy.random.Generator
        Seed or random generator of the split.
    non_negative : bool
        Whether features and targets are scaled into [0, 1] instead, for circuits whose inputs have one rail.
        Validation features below the training range become 0, since concentrations cannot be negative.

    Returns
    -------
    Task
        The task, named after the file.

    Raises
    ------
    DataError
        If the file cannot be used; the message gives the file, the row (the header is row 1) and the column.
    InvalidValueError
        If an option is out of range.
    UnknownNameError
        If `kind` or `missing` is unknown.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "petals.csv")
    ...     _ = path.write_text("n;length;kind\n1;1,5;a\n2;2,5;a\n3;8;b\n4;9;b\n5;3;a\n6;7;b\n")
    ...     task = read_csv_task(path, "kind", drop=["n"], decimal=",", validation_fraction=0.34)
    >>> task.name, task.kind, task.classes, len(task.train), len(task.validation)
    ('petals', 'classification', ('a', 'b'), 4, 2)
    """
    reading = Reading(
        separator=separator, decimal=decimal, thousands=thousands, features=tuple(features), drop=tuple(drop),
        categorical=tuple(categorical), missing=missing, kind=kind or "",
    )  # fmt: skip
    return read_csv(
        path, target, reading, validation_fraction=validation_fraction, rng=rng, non_negative=non_negative
    ).task


def read_csv(
    path: str | os.PathLike[str],
    target: str,
    reading: Reading,
    *,
    validation_fraction: float = 0.2,
    rng: int | np.random.Generator = 0,
    non_negative: bool = False,
) -> CsvData:
    """Return the task of `read_csv_task`, with the options with which the file was read."""
    fraction = check_real("validation_fraction", validation_fraction, 0.01, 0.99)
    table = open_csv(path, reading)
    position = table.positions([target])[0]
    columns = choose_columns(table, target, reading)
    rows = read_rows(table, columns, reading.missing, target, learning=True)
    count = len(rows.numbers)
    if count < MIN_ROWS:
        raise DataError(
            f"{table.source}: {count} rows below the header{_without(rows)}, the last is row "
            f"{rows.numbers[-1]}: at least {MIN_ROWS} are needed"
        )
    validation = min(max(round(fraction * count), 1), count - 1)
    names = tuple(name for column in columns for name in column.feature_names)
    name = printable(Path(path).stem)
    numbers = _numeric_target(table, position, rows)
    if numbers is not None and _is_regression(numbers, reading.kind):
        _check_varies(table, position, rows, len(set(numbers)))
        task = regression_from_table(
            name, rows.features, np.array(numbers), feature_names=names, target_name=target,
            validation=validation, rng=rng, non_negative=non_negative, columns=columns,
        )  # fmt: skip
    elif reading.kind == "regression":
        raise table.fault(rows.numbers[0], position, f"{_shown(rows, 0)}: a regression needs numbers")
    else:
        labels, classes = _classes(table, position, rows, numbers)
        task = classification_from_table(
            name, rows.features, labels, classes=classes, feature_names=names, target_name=target,
            validation=validation, rng=rng, non_negative=non_negative, columns=columns,
        )  # fmt: skip
    found = replace(
        reading, separator=table.separator, features=tuple(c.name for c in columns), drop=(), kind=task.kind
    )
    return CsvData(task, found, tuple(_notes(table, target, reading, task, rows, numbers)))


def read_csv_features(
    path: str | os.PathLike[str], columns: Sequence[str | Column], reading: Reading | None = None
) -> NDArray[np.float64]:
    r"""Return the features of columns of a file, for prediction; other columns are ignored.

    Parameters
    ----------
    path : str or path
        A file as for `read_csv_task`, with at least one row.
    columns : sequence of str or Column
        Columns in the required order, as in `Task.feature_names` or `Task.columns`.
    reading : Reading, optional
        Options for reading the file.

    Returns
    -------
    array (n, d), raw units
        Not scaled; use `scaling.scale_features` of the task.

    Raises
    ------
    DataError
        As for `read_csv_task`.
    InvalidValueError
        If no column is given.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "new.csv")
    ...     _ = path.write_text("note,b,a\nfirst,1,2\n")
    ...     read_csv_features(path, ["a", "b"]).tolist()
    [[2.0, 1.0]]
    """
    return read_csv_rows(path, columns, reading or Reading()).features


def read_csv_rows(
    path: str | os.PathLike[str],
    columns: Sequence[str | Column],
    reading: Reading,
    *,
    target: str | None = None,
    likely: str = "",
) -> Rows:
    """Return the features of `read_csv_features`, with row numbers and the cells of a target.

    `likely` is the delimiter that is used if several are possible.
    """
    if not columns:
        raise InvalidValueError("columns: at least one column is needed")
    made = [Column(column) if isinstance(column, str) else column for column in columns]
    table = open_csv(path, reading, likely=likely)
    return read_rows(table, made, reading.missing, target, learning=False)


def true_targets(task: Task, rows: Rows, reading: Reading, source: str) -> NDArray[np.float64]:
    """Return the targets of rows in the form of a task: numbers in raw units, or 0 and 1 for classes.

    Raises
    ------
    DataError
        If a cell is not a number, or not a class of the task.
    """
    values: list[list[float]] = []
    for number, cell in zip(rows.numbers, rows.targets, strict=True):
        value = reading.numerals.parse(cell)
        if task.kind == "regression":
            if value is None:
                raise DataError(f"{source}: row {number}: target {printable(cell)!r} is not a number")
            values.append([value])
            continue
        key = cell if cell in task.classes or value is None else _integer_or_decimal(value)
        if key not in task.classes:
            raise DataError(f"{source}: row {number}: {UnknownNameError('class', key, task.classes)}")
        label = task.classes.index(key)
        values.append([float(label)] if task.outputs == 1 else np.eye(task.outputs)[label].tolist())
    return np.array(values)


def _numeric_target(table: CsvTable, position: int, rows: Rows) -> list[float] | None:
    """Return the target as numbers, or None if it is text; other cells are errors."""
    parsed = [table.numerals.parse(cell) for cell in rows.targets]
    texts = [i for i, value in enumerate(parsed) if value is None]
    for i in texts:
        fault = table.numerals.fault(rows.targets[i])
        if fault:
            raise table.fault(rows.numbers[i], position, fault)
    if 0 < len(texts) < len(parsed) / 2:
        raise table.fault(
            rows.numbers[texts[0]], position, f"{_shown(rows, texts[0])} is a text among numbers"
        )
    return None if texts else [value for value in parsed if value is not None]


def _is_regression(numbers: Sequence[float], kind: str) -> bool:
    """Return whether numbers are values, not labels: two integers, or consecutive ones starting at 0 or 1."""
    if kind:
        return kind == "regression"
    distinct = sorted({*numbers})
    if not all(value.is_integer() for value in distinct) or len(distinct) > MAX_INTEGER_CLASSES:
        return True
    counted = distinct[0] in (0.0, 1.0) and distinct[-1] - distinct[0] == len(distinct) - 1
    return len(distinct) > 2 and not counted


def _check_varies(table: CsvTable, position: int, rows: Rows, distinct: int) -> None:
    if distinct == 1:
        what = f"{_shown(rows, 0)} in this and every other row: there is nothing to learn"
        raise table.fault(rows.numbers[0], position, what)


def _classes(
    table: CsvTable, position: int, rows: Rows, numbers: Sequence[float] | None
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the class of each row and the sorted names of the classes."""
    keys = list(rows.targets) if numbers is None else [_integer_or_decimal(value) for value in numbers]
    counts = Counter(keys)
    _check_varies(table, position, rows, len(counts))
    if len(counts) > MAX_CLASSES:
        what = f"{len(counts)} different values in this column: at most {MAX_CLASSES} classes are accepted"
        if numbers is None:
            what += f"; {_shown(rows, 0)} is {describe_texts(keys, len(keys)).partition(':')[0]}"
        raise table.fault(rows.numbers[0], position, what)
    for i, key in enumerate(keys):
        if counts[key] == 1:
            raise table.fault(
                rows.numbers[i], position,
                f"class {printable(key)!r} occurs in this row only: each class needs two rows, "
                "or read numbers as kind 'regression'",
            )  # fmt: skip
    classes = tuple(sorted(counts, key=str if numbers is None else float))
    index = {key: label for label, key in enumerate(classes)}
    return np.array([index[key] for key in keys], dtype=np.int64), classes


def _notes(
    table: CsvTable, target: str, reading: Reading, task: Task, rows: Rows, numbers: Sequence[float] | None
) -> list[str]:
    """Return the decisions that were made automatically."""
    notes: list[str] = []
    shown = printable(target)
    if numbers is not None and not reading.kind and len({*numbers}) <= MAX_INTEGER_CLASSES:
        if task.kind == "classification":
            notes.append(
                f"{shown!r} contains integers that look like labels: a classification of "
                f"{len(task.classes)} classes; kind regression treats them as numbers"
            )
        elif all(value.is_integer() for value in numbers):
            notes.append(
                f"{shown!r} contains numbers: a regression; kind classification treats them as classes"
            )
    if not reading.features and (index := table.index_columns({*table.positions(reading.drop)})):
        names = ", ".join(table.header[i] for i in index if table.header[i] != target)
        notes.append(f"{names} has no name and counts the rows or is blank: it is ignored")
    if rows.left_out:
        notes.append(say_left_out(rows.left_out))
    return notes


def say_left_out(numbers: Sequence[int]) -> str:
    """Return a sentence about ignored rows.

    Examples
    --------
    >>> say_left_out([4]), say_left_out([4, 7])
    ('row 4 lacks a value: ignored', 'rows 4, 7 lack a value: ignored')
    """
    return f"{listed_rows(numbers)} {'lacks' if len(numbers) == 1 else 'lack'} a value: ignored"


def _without(rows: Rows) -> str:
    return f" besides {len(rows.left_out)} that lack a value" if rows.left_out else ""


def _shown(rows: Rows, i: int) -> str:
    return repr(printable(rows.targets[i]))


def _integer_or_decimal(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
