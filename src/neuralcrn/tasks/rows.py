"""Conversion of the rows of a table to numbers, with errors that give the position."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import DataError, InvalidValueError, UnknownNameError, printable
from neuralcrn.tasks.cells import MAX_CLASSES, describe_texts, is_missing
from neuralcrn.tasks.columns import Column
from neuralcrn.tasks.csvtable import MAX_COLUMNS, CsvTable
from neuralcrn.tasks.reading import Reading


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of a table that are used.

    Attributes
    ----------
    numbers : tuple of int
        Row numbers in the file; the header is row 1.
    features : array (n, d), raw units
        NaN for missing values that will be replaced by a mean.
    targets : tuple of str
        Cells of the target, if requested.
    left_out : tuple of int
        Rows that were ignored because of missing values.
    """

    numbers: tuple[int, ...]
    features: NDArray[np.float64]
    targets: tuple[str, ...]
    left_out: tuple[int, ...]


def choose_columns(table: CsvTable, target: str, reading: Reading) -> tuple[Column, ...]:
    """Return the feature columns for a target, with the categories of categorical columns.

    Means that replace missing values are NaN until the training rows are known.

    Raises
    ------
    DataError
        If a column is not in the table, or no column is left.
    InvalidValueError
        If the target is among the features or the dropped columns.
    """
    place = table.positions([target])[0]
    for option in ("features", "drop"):
        names = getattr(reading, option)
        table.positions(names)
        if target in names:
            raise InvalidValueError(f"{option} names {printable(target)!r}, which is the target")
    names = reading.features
    if not names:
        dropped = {*table.positions(reading.drop)}
        unused = {place, *dropped, *table.index_columns(dropped)}
        names = tuple(name for i, name in enumerate(table.header) if i not in unused)
    if not names:
        raise DataError(f"{table.source}: row 1: no column to predict {printable(target)!r} from")
    table.positions(reading.categorical)
    if wrong := [name for name in reading.categorical if name not in names]:
        raise InvalidValueError(f"categorical names {printable(wrong[0])!r}, which is no feature")
    known = _categories(table, reading.categorical, reading)
    columns = tuple(Column(name, known.get(name, ())) for name in names)
    if reading.missing == "mean":
        columns = tuple(replace(column, blank=(float("nan"),) * column.width) for column in columns)
    if (width := sum(column.width for column in columns)) > MAX_COLUMNS:
        raise DataError(
            f"{table.source}: {width} features with all categories, at most {MAX_COLUMNS} are accepted: "
            "drop a column"
        )
    return columns


def _categories(table: CsvTable, names: Sequence[str], reading: Reading) -> dict[str, tuple[str, ...]]:
    """Return the texts that occur in columns, in order."""
    positions = table.positions(names)
    found: dict[str, set[str]] = {name: set() for name in names}
    for _, record in table.rows(skip_blank=bool(reading.missing)) if names else ():
        for name, position in zip(names, positions, strict=True):
            if not is_missing(record[position]):
                found[name].add(record[position].strip())
    for name, texts in found.items():
        if len(texts) > MAX_CLASSES:
            raise table.fault(
                2, table.header.index(name), f"{len(texts)} categories: at most {MAX_CLASSES} are accepted"
            )
    return {name: tuple(sorted(texts)) for name, texts in found.items()}


def read_rows(
    table: CsvTable, columns: Sequence[Column], missing: str, target: str | None, *, learning: bool
) -> Rows:
    """Return the rows of a table as features, and the cells of the target.

    Parameters
    ----------
    table : CsvTable
        The table.
    columns : sequence of Column
        Columns in the order of the features; a missing cell becomes the value of the column, or NaN.
    missing : str
        See `Reading`.
    target : str or None
        Column whose cells are returned.
    learning : bool
        Whether the options can still be changed, so that errors should suggest options.

    Raises
    ------
    DataError
        If a cell cannot be used, or no row is left.
    """
    positions = table.positions([column.name for column in columns])
    place = None if target is None else table.positions([target])[0]
    values, numbers, cells, left_out = array("d"), list[int](), list[str](), list[int]()
    for row, record in table.rows(skip_blank=bool(missing)):
        kept = len(values)
        gaps = [
            position
            for column, position in zip(columns, positions, strict=True)
            if not _append(values, table, row, position, record[position], column, learning)
        ]
        if place is not None and is_missing(record[place]):
            gaps.append(place)
        if gaps and not missing:
            raise table.fault(row, gaps[0], table.numerals.fault(record[gaps[0]]) or "")
        if gaps:
            del values[kept:]
            left_out.append(row)
            continue
        numbers.append(row)
        cells.append("" if place is None else record[place].strip())
    if not numbers:
        _check_not_empty(table, left_out)
    features = np.array(values, dtype=np.float64).reshape(len(numbers), -1)
    return Rows(tuple(numbers), features, tuple(cells) if place is not None else (), tuple(left_out))


def _append(
    values: array[float],
    table: CsvTable,
    row: int,
    position: int,
    cell: str,
    column: Column,
    learning: bool,
) -> bool:
    """Append the features of one cell, or the replacement of a missing one; return whether there are any."""
    if not column.categories:
        value = table.numerals.parse(cell)
        if value is not None:
            values.append(value)
            return True
    if is_missing(cell):
        values.extend(column.blank)
        return bool(column.blank)
    if not column.categories:
        raise _not_a_number(table, row, position, cell, learning)
    text = cell.strip()
    if text not in column.categories:
        fault = table.numerals.fault(text)
        raise table.fault(row, position, fault or str(UnknownNameError("category", text, column.categories)))
    values.extend(column.indicators(text))
    return True


def _not_a_number(table: CsvTable, row: int, position: int, cell: str, learning: bool) -> DataError:
    """Return the error for a cell; in training with a description of the texts in its column."""
    fault = table.numerals.fault(cell)
    if fault is None and not learning:
        fault = f"{printable(cell.strip())!r} is not a number"
    if fault is None:
        present = [r[position].strip() for _, r in table.rows(skip_blank=True) if not is_missing(r[position])]
        texts = [text for text in present if table.numerals.parse(text) is None]
        fault = f"{printable(cell.strip())!r} is {describe_texts(texts, len(present))}"
    return table.fault(row, position, fault)


def _check_not_empty(table: CsvTable, left_out: Sequence[int]) -> None:
    if left_out:
        raise DataError(
            f"{table.source}: no row is left: each of {len(left_out)} lacks a cell; drop columns that are "
            "mostly blank, or declare missing 'mean'"
        )
    raise DataError(f"{table.source}: row 2 is missing: there is a header only, no data below it")
