"""Read comma separated files from strangers: every refusal names the file, the row and the column.

Rows are counted as a spreadsheet counts them: the header is row 1.
"""

from __future__ import annotations

import bisect
import codecs
import csv
import difflib
import io
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from neuralcrn.errors import DataError, printable

MAX_BYTES = 50_000_000
MAX_COLUMNS = 1_000
MAX_NAME = 200
MAX_NUMBER = 1e15

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?[\d.' ]*\d,\d+", re.ASCII)
# Not "Na", which may well be the name of a class.
_NOT_FINITE = re.compile(r"(?i:[+-]?(nan|inf|infinity))|NA|N/A|n/a|#[A-Z0/!?]+")
_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf")
# Characters of a malformed record in which the fault is looked for.
_SEARCHED = 1_000_000
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class CsvTable:
    """The header of a file and its text, not yet read; rows are read as they are asked for."""

    source: str
    header: tuple[str, ...]
    text: str

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the number and the cells of each row below the header, blank ends of the file left out."""
        blank = 0
        for number, cells in _records(self.text, self.source):
            if number == 1:
                continue
            if not any(cells):
                blank = blank or number
                continue
            if blank:
                raise self.fault(blank, 0, "this and all other cells are blank: delete the row")
            if len(cells) != len(self.header):
                raise self._ragged(number, len(cells))
            yield number, cells

    def positions(self, names: Sequence[str]) -> list[int]:
        """Return where the named columns stand, from 0."""
        missing = [name for name in names if name not in self.header]
        if missing:
            near = difflib.get_close_matches(missing[0], self.header, n=1)
            hint = f"did you mean {printable(near[0])!r}? " if near else ""
            raise DataError(
                f"{self.source}: row 1 (the header) lacks column {_listed(missing)}: "
                f"{hint}It has {_listed(self.header)}"
            )
        return [self.header.index(name) for name in names]

    def number(self, row: int, column: int, cell: str) -> float:
        """Return the number in a cell, or refuse what is not one."""
        value = parse_number(cell)
        if value is None:
            raise self.fault(row, column, cell_fault(cell) or f"{printable(cell)!r} is not a number")
        return value

    def fault(self, row: int, column: int, what: str) -> DataError:
        """Return the refusal of one cell; `column` counts from 0."""
        return DataError(f"{self.source}: row {row}, column {self._at(column)}: {what}")

    def _at(self, column: int) -> str:
        return f"{column + 1} ({printable(self.header[column], 60)!r})"

    def _ragged(self, number: int, got: int) -> DataError:
        wanted = len(self.header)
        where = f"{self._at(got)} is missing" if got < wanted else f"{wanted + 1} has no header"
        return DataError(
            f"{self.source}: row {number} has {got} cells, the header has {wanted}: column {where}; "
            "decimals need a point and texts with commas need quotes"
        )


def open_csv(path: str | os.PathLike[str]) -> CsvTable:
    """Return the table in a file, with its header checked.

    Parameters
    ----------
    path : str or path
        A regular file in UTF-8, with or without byte order mark, of at most 50 MB.

    Raises
    ------
    DataError
        When the file cannot be read, is not text, or has no usable header.
    """
    source = printable(os.fspath(path), 200)
    text = _decode(_read(path, source), source)
    first = next(_records(text, source), (1, []))[1]
    header = tuple(cell.strip() for cell in first)
    _check_header(header, source)
    return CsvTable(source, header, text)


def _listed(names: Iterable[str]) -> str:
    return printable(", ".join(map(repr, names)), 500)


def parse_number(cell: str) -> float | None:
    """Return the value of a cell that holds an ordinary number, else None.

    Examples
    --------
    >>> parse_number(" 1.5e3 "), parse_number("1e300"), parse_number("1_000")
    (1500.0, None, None)
    """
    plain = cell.strip()
    if not _NUMBER.fullmatch(plain):
        return None
    value = float(plain)
    return value if abs(value) <= MAX_NUMBER else None


def cell_fault(cell: str) -> str | None:
    """Return why a cell that holds no number is unusable even as a text, or None.

    Examples
    --------
    >>> cell_fault("=A1+1")
    "'=A1+1' is a formula: save the values instead"
    >>> cell_fault("setosa") is None
    True
    """
    plain = cell.strip()
    shown = repr(printable(plain))
    if not plain:
        return "the cell is blank: fill it in or delete the row"
    if _NUMBER.fullmatch(plain):
        return f"{shown} exceeds {MAX_NUMBER:g}, the largest number accepted"
    if _NOT_FINITE.fullmatch(plain):
        return f"{shown} is not a finite number: fill it in or delete the row"
    if _DECIMAL_COMMA.fullmatch(plain):
        return f"{shown} has a decimal comma: write a decimal point"
    return _text_fault(plain)


def _text_fault(text: str) -> str | None:
    """Return why a text is unusable as a name, or None."""
    shown = repr(printable(text))
    if text[0] in "=+-@":
        return f"{shown} is a formula: save the values instead"
    if not text.isprintable():
        return f"{shown} holds control characters"
    if len(text) > MAX_NAME:
        return f"{shown} is longer than {MAX_NAME} characters"
    return None


def _read(path: str | os.PathLike[str], source: str) -> bytes:
    """Return the bytes of a regular file within the limit; nothing else is opened, so nothing blocks."""
    try:
        mode = os.stat(path).st_mode
        data = _head(path) if stat.S_ISREG(mode) else b""
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise DataError(f"{source}: cannot be read: {reason}") from error
    if stat.S_ISDIR(mode):
        raise DataError(f"{source}: a directory, not a file")
    if not stat.S_ISREG(mode):
        raise DataError(f"{source}: not a regular file (a pipe or a device): save the data to a file")
    if len(data) > MAX_BYTES:
        raise DataError(f"{source}: larger than {MAX_BYTES // 1_000_000} MB, the most that is accepted")
    return data


def _head(path: str | os.PathLike[str]) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _decode(data: bytes, source: str) -> str:
    if data.startswith(_COMPRESSED):
        raise DataError(f"{source}: a compressed file or a workbook: unpack it, or save it as CSV (UTF-8)")
    if data.startswith(_UTF16):
        raise DataError(f"{source}: encoded in UTF-16: save it as CSV (UTF-8)")
    nul = data.find(0)
    if nul >= 0:
        raise DataError(f"{source}: {_position(data[:nul])}: a NUL byte: this is a binary file, not CSV")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bad = error.object[error.start]
        raise DataError(
            f"{source}: {_position(error.object[: error.start])}: byte 0x{bad:02x} is not UTF-8: "
            "save the file as CSV (UTF-8)"
        ) from error
    if not text.strip():
        raise DataError(f"{source}: row 1: the file is empty: a header and rows of numbers are expected")
    return text


def _position(before: bytes) -> str:
    """Return the row and column of the cell that follows the bytes `before`."""
    row, column = _place(before.decode("utf-8-sig", errors="replace"))
    return f"row {row}" if column is None else f"row {row}, column {column}"


def _place(before: str) -> tuple[int, int | None]:
    """Return the row and column at the end of a text; no column where a cell exceeds csv's limit."""
    row, column = 0, 1
    try:
        for cells in csv.reader(io.StringIO(before + "?", newline="")):
            row, column = row + 1, len(cells)
    except csv.Error:
        return row + 1, None
    return row, column


def _records(text: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number, from 1, and the cells of each record; [] for a blank line."""
    pending: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            pending.append(line)
            yield line

    number = 0
    try:
        for cells in csv.reader(lines(), strict=True):
            number += 1
            pending.clear()
            yield number, cells
    except csv.Error as error:
        record = "".join(pending)[:_SEARCHED]
        end = bisect.bisect_left(range(len(record)), True, key=lambda last: _breaks(record[: last + 1]))
        column = _place(record[: max(end - 1, 0)])[1]
        raise DataError(
            f"{source}: row {number + 1}, column {column}: {error}: "
            "close every quote, and double the quotes inside of a quoted cell"
        ) from error


def _breaks(text: str) -> bool:
    """Return whether a text is malformed already, whatever may follow it."""
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), strict=True):
            pass
    except csv.Error as error:
        return "unexpected end" not in str(error)
    return False


def _check_header(header: Sequence[str], source: str) -> None:
    if len(header) > MAX_COLUMNS:
        raise DataError(
            f"{source}: row 1 has {len(header)} columns, at most {MAX_COLUMNS} are accepted: "
            f"delete those from column {MAX_COLUMNS + 1} on"
        )
    if len(header) == 1 and (separator := re.search(r"[;\t|]", header[0])):
        raise DataError(
            f"{source}: row 1, column 1: one column only, {printable(header[0])!r}: cells seem separated "
            f"by {separator[0]!r}: save the file with commas, and decimals with points"
        )
    if all(_NUMBER.fullmatch(name) for name in header):
        raise DataError(
            f"{source}: row 1, column 1: only numbers in row 1: a header with column names is needed"
        )
    for column, name in enumerate(header):
        fault = _text_fault(name) if name else "a column without a name"
        if not fault and header.index(name) < column:
            fault = f"{printable(name)!r} is already the name of column {header.index(name) + 1}"
        if fault:
            raise DataError(f"{source}: row 1, column {column + 1}: {fault}")
