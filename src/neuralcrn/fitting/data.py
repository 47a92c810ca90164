"""Measurements in tables: one value per row, or a column per species as `neuralcrn simulate` writes them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import final

from neuralcrn.errors import DataError, UnknownNameError, printable
from neuralcrn.tasks.cells import is_missing
from neuralcrn.tasks.csvtable import CsvTable, open_csv
from neuralcrn.tasks.reading import Reading

TIME, VALUE, NAMES, CONDITIONS, SIGMA = (
    "time",
    "value",
    ("species", "observable"),
    ("condition", "experiment"),
    "sigma",
)
"""Names of columns; of a column with several names, one is used."""


@final
@dataclass(frozen=True, slots=True)
class DataRow:
    """One measured value.

    Attributes
    ----------
    name : str
        Species or observable.
    condition : str
        Experiment; empty if there is only one.
    time, value : float
    sigma : float or None
        Size of the noise, if it is in the table.
    place : str
        File and row.
    """

    name: str
    condition: str
    time: float
    value: float
    sigma: float | None
    place: str


def read_data(path: str | os.PathLike[str], known: Sequence[str]) -> tuple[DataRow, ...]:
    r"""Return the measurements in a file.

    A table with the columns ``time``, ``species`` (or ``observable``) and ``value`` has one value per row,
    and optionally the columns ``condition`` and ``sigma``. Any other table has the columns ``time``,
    optionally ``condition``, and one per species or observable. Blank cells are not measured.

    Parameters
    ----------
    path : str or path
        A file with a header, in UTF-8.
    known : sequence of str
        Species and observables.

    Raises
    ------
    DataError
        With row and column: a name is unknown, a cell is not a number, times of a series descend, or a size
        of noise is not positive.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "data.csv")
    ...     _ = path.write_text("time,A,B\n0,1,\n1,0.5,0.5\n")
    ...     [(row.time, row.name, row.value) for row in read_data(path, ("A", "B"))]
    [(0.0, 'A', 1.0), (1.0, 'A', 0.5), (1.0, 'B', 0.5)]
    """
    table = open_csv(path, Reading())
    if TIME not in table.header:
        raise DataError(f"{table.source}: row 1 (the header) lacks column {TIME!r}")
    rows = tuple(_tidy(table, known) if VALUE in table.header else _wide(table, known))
    if not rows:
        raise DataError(f"{table.source}: row 2: there are no measurements below the header")
    return rows


def _tidy(table: CsvTable, known: Sequence[str]) -> Iterator[DataRow]:
    """Yield the values of a table with one per row."""
    name_column = _one_of(table, NAMES)
    if name_column is None:
        raise DataError(f"{table.source}: row 1 (the header) lacks column 'species' or 'observable'")
    condition, sigma = _one_of(table, CONDITIONS), _one_of(table, (SIGMA,))
    time, value = table.positions([TIME, VALUE])
    order = _Order(table, time)
    for number, cells in table.rows(skip_blank=True):
        if is_missing(cells[value]):
            continue
        name = cells[name_column].strip()
        if name not in known:
            raise table.fault(number, name_column, str(UnknownNameError(NAMES[0], name, known)))
        where = "" if condition is None else cells[condition].strip()
        size = None if sigma is None or is_missing(cells[sigma]) else _number(table, number, sigma, cells)
        if size is not None and not size > 0.0:
            raise table.fault(number, sigma or 0, f"noise {size:g}: give a positive number")
        yield DataRow(
            name, where, order.checked(number, cells, (where, name)), _number(table, number, value, cells),
            size, _place(table, number),
        )  # fmt: skip


def _wide(table: CsvTable, known: Sequence[str]) -> Iterator[DataRow]:
    """Yield the values of a table with one column per name."""
    (time,) = table.positions([TIME])
    condition = _one_of(table, CONDITIONS)
    skipped = {time, condition, *table.index_columns(set())}
    columns = [i for i in range(len(table.header)) if i not in skipped]
    for column in columns:
        if table.header[column] not in known:
            raise table.fault(1, column, str(UnknownNameError(NAMES[0], table.header[column], known)))
    order = _Order(table, time)
    for number, cells in table.rows(skip_blank=True):
        where = "" if condition is None else cells[condition].strip()
        at = order.checked(number, cells, (where, ""))
        for column in columns:
            if not is_missing(cells[column]):
                measured = _number(table, number, column, cells)
                yield DataRow(table.header[column], where, at, measured, None, _place(table, number))


class _Order:
    """Check that the times of each series ascend."""

    def __init__(self, table: CsvTable, column: int):
        self._table, self._column = table, column
        self._last: dict[tuple[str, str], tuple[float, int]] = {}

    def checked(self, number: int, cells: Sequence[str], series: tuple[str, str]) -> float:
        """Return the time of a row, which must not be before that of the last row of its series."""
        time = _number(self._table, number, self._column, cells)
        last, row = self._last.get(series, (time, number))
        if time < last:
            raise self._table.fault(
                number, self._column,
                f"time {time:g} follows {last:g} of row {row}: sort the rows of each series by time, or name "
                "the experiments in a column 'condition'",
            )  # fmt: skip
        self._last[series] = time, number
        return time


def _number(table: CsvTable, number: int, column: int, cells: Sequence[str]) -> float:
    cell = cells[column].strip()
    value = table.numerals.parse(cell)
    if value is None:
        raise table.fault(number, column, f"{printable(cell)!r} is not a number")
    return value


def _one_of(table: CsvTable, names: Iterable[str]) -> int | None:
    """Return the index of the first of several columns that the table has."""
    return next((table.header.index(name) for name in names if name in table.header), None)


def _place(table: CsvTable, number: int) -> str:
    return f"{table.source}: row {number}"
