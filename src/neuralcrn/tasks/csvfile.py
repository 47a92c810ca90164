"""Tasks from any comma separated file."""

from __future__ import annotations

import os
from array import array
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import DataError, InvalidValueError, printable
from neuralcrn.tasks.csvtable import CsvTable, cell_fault, open_csv, parse_number
from neuralcrn.tasks.sampling import check_real
from neuralcrn.tasks.tables import classification_from_table, regression_from_table
from neuralcrn.tasks.task import Kind, Task

MIN_ROWS = 4
MAX_INTEGER_CLASSES = 10
MAX_CLASSES = 50


def read_csv_task(
    path: str | os.PathLike[str],
    target: str,
    *,
    validation_fraction: float = 0.2,
    rng: int | np.random.Generator = 0,
    kind: Kind | None = None,
) -> Task:
    r"""Return the task of predicting one column of a file from all others.

    A target of texts, or of integers with at most 10 distinct values, makes a classification: two
    classes share one output (targets 0 and 1, threshold 0.5), more have an output each (one-hot).
    Any other numeric target makes a regression. Features, and the targets of a regression, are
    mapped into [0, 1] by the training part; the map is in the task's `scaling`. A validation feature
    below the training range becomes 0, since a concentration cannot be negative.

    Parameters
    ----------
    path : str or path
        A file with a header, in UTF-8, separated by commas; at most 50 MB and 1,000 columns.
    target : str
        Name of the column to predict.
    validation_fraction : float
        Share of the rows kept for validation, 0.01 to 0.99; drawn class by class for a classification.
    rng : int or numpy.random.Generator
        Seed or source of randomness of the split.
    kind : {"regression", "classification"}, optional
        What to make of a numeric target, where the rule above is not what is meant.

    Returns
    -------
    Task
        Named after the file.

    Raises
    ------
    DataError
        When the file cannot be learned from; names the file, the row (the header is row 1) and the column.
    InvalidValueError
        When an option is out of range.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "petals.csv")
    ...     _ = path.write_text("length,kind\n1,a\n2,a\n8,b\n9,b\n3,a\n7,b\n")
    ...     task = read_csv_task(path, "kind", validation_fraction=0.34)
    >>> task.name, task.kind, task.classes, len(task.train), len(task.validation)
    ('petals', 'classification', ('a', 'b'), 4, 2)
    """
    fraction = check_real("validation_fraction", validation_fraction, 0.01, 0.99)
    if kind not in (None, "regression", "classification"):
        raise InvalidValueError(f"kind must be 'regression' or 'classification', got {kind!r:.80}")
    table = open_csv(path)
    position = table.positions([target])[0]
    names = tuple(name for name in table.header if name != target)
    if not names:
        raise DataError(f"{table.source}: row 1: no column to predict {printable(target)!r} from")
    features, cells = _read_columns(table, names, position)
    if len(cells) < MIN_ROWS:
        raise DataError(
            f"{table.source}: {len(cells)} rows below the header, the last is row {len(cells) + 1}: "
            f"at least {MIN_ROWS} are needed"
        )
    validation = min(max(round(fraction * len(cells)), 1), len(cells) - 1)
    name = printable(Path(path).stem)
    numbers = _numeric_target(table, position, cells)
    if numbers is not None and _is_regression(numbers, kind):
        _refuse_constant(table, position, cells, len(set(numbers)))
        return regression_from_table(
            name, features, np.array(numbers),
            feature_names=names, target_name=target, validation=validation, rng=rng,
        )  # fmt: skip
    if kind == "regression":
        raise table.fault(2, position, f"{printable(cells[0])!r}: a regression needs numbers")
    labels, classes = _classes(table, position, cells, numbers)
    return classification_from_table(
        name, features, labels,
        classes=classes, feature_names=names, target_name=target, validation=validation, rng=rng,
    )  # fmt: skip


def read_csv_features(path: str | os.PathLike[str], feature_names: Sequence[str]) -> NDArray[np.float64]:
    r"""Return the named columns of a file, to predict from; other columns are ignored.

    Parameters
    ----------
    path : str or path
        A file as for `read_csv_task`, with one row or more.
    feature_names : sequence of str
        Columns in the order wanted, as in `Task.feature_names`.

    Returns
    -------
    array (n, d), raw units
        Not scaled: pass it through the task's `scaling.scale_features`.

    Raises
    ------
    DataError
        As for `read_csv_task`.
    InvalidValueError
        When no name is given.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "new.csv")
    ...     _ = path.write_text("note,b,a\nfirst,1,2\n")
    ...     read_csv_features(path, ["a", "b"]).tolist()
    [[2.0, 1.0]]
    """
    if not feature_names:
        raise InvalidValueError("feature_names: at least one column is needed")
    return _read_columns(open_csv(path), feature_names, None)[0]


def _read_columns(
    table: CsvTable, names: Sequence[str], target: int | None
) -> tuple[NDArray[np.float64], list[str]]:
    """Return the named columns as numbers and the cells of the target column, if any."""
    positions = table.positions(names)
    values, cells = array("d"), list[str]()
    for row, record in table.rows():
        values.extend([table.number(row, position, record[position]) for position in positions])
        if target is not None:
            cells.append(record[target].strip())
    if not values:
        raise DataError(f"{table.source}: row 2 is missing: there is a header only, no data below it")
    return np.array(values, dtype=np.float64).reshape(-1, len(positions)), cells


def _numeric_target(table: CsvTable, position: int, cells: Sequence[str]) -> list[float] | None:
    """Return the target as numbers, or None where it is text; refuse cells that are neither."""
    parsed = [parse_number(cell) for cell in cells]
    texts = [i for i, value in enumerate(parsed) if value is None]
    for i in texts:
        fault = cell_fault(cells[i])
        if fault:
            raise table.fault(i + 2, position, fault)
    if 0 < len(texts) < len(cells) / 2:
        raise table.fault(texts[0] + 2, position, f"{printable(cells[texts[0]])!r} is a text among numbers")
    return None if texts else [value for value in parsed if value is not None]


def _is_regression(numbers: Sequence[float], kind: Kind | None) -> bool:
    distinct = set(numbers)
    guess = len(distinct) > MAX_INTEGER_CLASSES or not all(value.is_integer() for value in distinct)
    return guess if kind is None else kind == "regression"


def _refuse_constant(table: CsvTable, position: int, cells: Sequence[str], distinct: int) -> None:
    if distinct == 1:
        raise table.fault(
            2, position, f"{printable(cells[0])!r} in this and every other row: nothing to learn"
        )


def _classes(
    table: CsvTable, position: int, cells: Sequence[str], numbers: Sequence[float] | None
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the class of each row and the names of the classes, in rising order."""
    keys = list(cells) if numbers is None else [_integer_or_decimal(value) for value in numbers]
    counts = Counter(keys)
    _refuse_constant(table, position, cells, len(counts))
    if len(counts) > MAX_CLASSES:
        what = f"{len(counts)} different values in this column: at most {MAX_CLASSES} classes are accepted"
        raise table.fault(2, position, what)
    for i, key in enumerate(keys):
        if counts[key] == 1:
            raise table.fault(
                i + 2, position,
                f"class {printable(key)!r} occurs in this row only: each class needs two rows, "
                "or read numbers as a regression",
            )  # fmt: skip
    classes = tuple(sorted(counts, key=str if numbers is None else float))
    index = {key: label for label, key in enumerate(classes)}
    return np.array([index[key] for key in keys], dtype=np.int64), classes


def _integer_or_decimal(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
