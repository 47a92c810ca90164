"""Rows of PEtab tables. Every error gives the file, the row and the column."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import final

from neuralcrn.algebra import Expression, parse_expression
from neuralcrn.errors import DataError, NeuralCRNError, near, printable
from neuralcrn.tasks.csvtable import CsvTable, open_csv
from neuralcrn.tasks.reading import Reading

SEPARATOR = ";"
"""Separator of several values in one cell."""
_MISSING = ("", "nan", "NaN", "NA")


@final
@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes
    ----------
    table : CsvTable
        The table.
    number : int
        Row in the file; the header is row 1.
    cells : tuple of str
        Its cells, without surrounding blanks.
    """

    table: CsvTable
    number: int
    cells: tuple[str, ...]

    @property
    def place(self) -> str:
        """File and row, for messages."""
        return f"{self.table.source}: row {self.number}"

    def text(self, column: str, default: str | None = None) -> str:
        """Return a cell, or the default if it is blank.

        Raises
        ------
        DataError
            If it is blank, or there is no such column, and no default is given.
        """
        if column not in self.table.header:
            if default is None:
                self.table.positions([column])
            return default or ""
        cell = self.cells[self.table.header.index(column)]
        if cell in _MISSING:
            if default is None:
                raise self.fault(column, "the cell is blank: fill it in")
            return default
        return cell

    def number_in(self, column: str, default: float | None = None) -> float:
        """Return a number, which may be infinite; see `text`."""
        cell = self.text(column, None if default is None else "")
        if not cell and default is not None:
            return default
        return self._float(column, cell)

    def numbers(self, column: str, count: int) -> tuple[float, ...]:
        """Return numbers separated by semicolons."""
        parts = self.parts(column)
        if len(parts) != count:
            raise self.fault(
                column, f"{printable(self.text(column, ''))!r}: give {count} numbers separated by ';'"
            )
        return tuple(self._float(column, part) for part in parts)

    def parts(self, column: str) -> tuple[str, ...]:
        """Return the texts in a cell that are separated by semicolons."""
        cell = self.text(column, "")
        return tuple(part.strip() for part in cell.split(SEPARATOR)) if cell else ()

    def choice(self, column: str, known: Sequence[str], default: str | None = None) -> str:
        """Return a cell that must be one of some texts."""
        cell = self.text(column, default)
        if cell not in known:
            nearest = near(cell, known)
            hint = f"did you mean {nearest!r}? " if nearest else ""
            raise self.fault(
                column, f"{printable(cell)!r} is not supported: {hint}Known are {', '.join(known)}"
            )
        return cell

    def formula(self, column: str) -> Expression:
        """Return a cell as a formula."""
        return self.parsed(column, self.text(column))

    def parsed(self, column: str, text: str) -> Expression:
        """Return a text in a cell as a formula."""
        with self.at(column):
            return parse_expression(text, "formula")

    @contextmanager
    def at(self, column: str) -> Generator[None]:
        """Add the place of a cell to errors."""
        try:
            yield
        except NeuralCRNError as error:
            raise self.fault(column, str(error)) from None

    def fault(self, column: str, what: str) -> DataError:
        """Return the error for a cell."""
        return self.table.fault(self.number, self.table.header.index(column), what)

    def _float(self, column: str, cell: str) -> float:
        try:
            value = float(cell)
        except ValueError:
            raise self.fault(column, f"{printable(cell)!r} is not a number") from None
        if math.isnan(value):
            raise self.fault(column, "the cell is not a number")
        return value


def read_rows(paths: Sequence[Path], required: Sequence[str]) -> list[Row]:
    """Return the rows of the files of one kind of table, without blank ones.

    Raises
    ------
    DataError
        If a file is missing or not a table, or lacks a column.
    """
    rows: list[Row] = []
    for path in paths:
        table = open_csv(path, Reading(separator="tab"))
        table.positions(required)
        for number, cells in table.rows(skip_blank=True, short=True):
            rows.append(Row(table, number, tuple(cell.strip() for cell in cells)))
    return rows


def unique(rows: Sequence[Row], column: str) -> dict[str, Row]:
    """Return rows by the name in a column, which must be different in all of them."""
    found: dict[str, Row] = {}
    for row in rows:
        name = row.text(column)
        if name in found:
            raise row.fault(
                column, f"{printable(name)!r} is given twice, see row {found[name].number}: keep one"
            )
        found[name] = row
    return found
