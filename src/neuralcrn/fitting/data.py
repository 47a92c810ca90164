"""Measurements in tables: one value per row, or a column per species as `neuralcrn simulate` writes them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import final

from neuralcrn.chemistry.values import checked_name
from neuralcrn.errors import DataError, InvalidValueError, UnknownNameError, printable
from neuralcrn.tasks.cells import is_missing
from neuralcrn.tasks.csvtable import CsvTable, open_csv
from neuralcrn.tasks.reading import Reading

TIME, VALUE, NAMES, CONDITIONS, SIGMA, TEMPERATURE = (
    "time",
    "value",
    ("species", "observable"),
    ("condition", "experiment"),
    "sigma",
    "temperature",
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
    temperature : float or None, K
        Temperature, if it is in the table.
    """

    name: str
    condition: str
    time: float
    value: float
    sigma: float | None
    place: str
    temperature: float | None = None


def read_data(path: str | os.PathLike[str], known: Sequence[str] | None = None) -> tuple[DataRow, ...]:
    r"""Return the measurements in a file.

    A table with the columns ``time``, ``species`` (or ``observable``) and ``value`` has one value per row,
    and optionally the columns ``condition``, ``sigma`` and ``temperature``. Any other table has the columns
    ``time``, optionally ``condition`` and ``temperature``, and one per species or observable. Blank cells are
    not measured.

    Parameters
    ----------
    path : str or path
        A file with a header, in UTF-8.
    known : sequence of str, optional
        Species and observables; by default any names of species are accepted.

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


def _tidy(table: CsvTable, known: Sequence[str] | None) -> Iterator[DataRow]:
    """Yield the values of a table with one per row."""
    name_column = _one_of(table, NAMES)
    if name_column is None:
        raise DataError(f"{table.source}: row 1 (the header) lacks column 'species' or 'observable'")
    condition, sigma = _one_of(table, CONDITIONS), _one_of(table, (SIGMA,))
    temperature = _one_of(table, (TEMPERATURE,))
    time, value = table.positions([TIME, VALUE])
    order = _Order(table, time)
    for number, cells in table.rows(skip_blank=True):
        if is_missing(cells[value]):
            continue
        name = cells[name_column].strip()
        _check_name(table, number, name_column, name, known)
        where = "" if condition is None else cells[condition].strip()
        size = _optional(table, number, sigma, cells)
        if size is not None and not size > 0.0:
            raise table.fault(number, sigma or 0, f"noise {size:g}: give a positive number")
        yield DataRow(
            name, where, order.checked(number, cells, (where, name)), _number(table, number, value, cells),
            size, _place(table, number), _optional(table, number, temperature, cells),
        )  # fmt: skip


def _wide(table: CsvTable, known: Sequence[str] | None) -> Iterator[DataRow]:
    """Yield the values of a table with one column per name."""
    (time,) = table.positions([TIME])
    condition, temperature = _one_of(table, CONDITIONS), _one_of(table, (TEMPERATURE,))
    skipped = {time, condition, temperature, *table.index_columns(set())}
    columns = [i for i in range(len(table.header)) if i not in skipped]
    for column in columns:
        _check_name(table, 1, column, table.header[column], known)
    order = _Order(table, time)
    for number, cells in table.rows(skip_blank=True):
        where = "" if condition is None else cells[condition].strip()
        at = order.checked(number, cells, (where, ""))
        for column in columns:
            if not is_missing(cells[column]):
                measured = _number(table, number, column, cells)
                yield DataRow(
                    table.header[column], where, at, measured, None, _place(table, number),
                    _optional(table, number, temperature, cells),
                )  # fmt: skip


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


def _check_name(table: CsvTable, number: int, column: int, name: str, known: Sequence[str] | None) -> None:
    """Reject a name that is unknown, or cannot be that of a species."""
    if known is None:
        try:
            checked_name(name)
        except InvalidValueError as error:
            raise table.fault(number, column, str(error)) from None
    elif name not in known:
        raise table.fault(number, column, str(UnknownNameError(NAMES[0], name, known)))


def _optional(table: CsvTable, number: int, column: int | None, cells: Sequence[str]) -> float | None:
    """Return the number in a cell; None without the column, or for a blank cell."""
    return None if column is None or is_missing(cells[column]) else _number(table, number, column, cells)


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
