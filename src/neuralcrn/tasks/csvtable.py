"""Reader for untrusted delimited text files. Every error gives the file, the row and the column.

Rows are numbered as in a spreadsheet: the header is row 1.
"""

from __future__ import annotations

import bisect
import codecs
import csv
import difflib
import io
import itertools
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from neuralcrn.errors import DataError, printable, shown_path
from neuralcrn.tasks.cells import Numerals, text_fault
from neuralcrn.tasks.reading import Reading

MAX_BYTES = 50_000_000
MAX_COLUMNS = 1_000

_SEPARATORS = (",", ";", "\t", "|")
# Number of records in which a delimiter must give as many cells as in the header.
_COMPARED = 20
# Name that pandas gives to an index that was written without a name.
_UNNAMED = re.compile(r"Unnamed: \d+", re.ASCII)
_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf")
# Number of characters in which delimiters and errors of malformed records are searched.
_SEARCHED = 1_000_000
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class CsvTable:
    """The header of a file and its text; rows are read on demand.

    Attributes
    ----------
    source : str
        Name of the file.
    header : tuple of str
        Names of the columns; `column N` for a column without a name.
    nameless : tuple of int
        Indices of columns without a name.
    text : str
        The file.
    separator : str
        Delimiter.
    numerals : Numerals
        Notation of numbers.
    """

    source: str
    header: tuple[str, ...]
    nameless: tuple[int, ...]
    text: str
    separator: str
    numerals: Numerals

    def rows(self, *, skip_blank: bool = False, short: bool = False) -> Iterator[tuple[int, list[str]]]:
        """Yield the number and the cells of each row below the header, without blank rows at the end.

        A blank row between others is an error unless it is skipped, and so is a row without its last cells
        unless rows may be short; then these are blank.
        """
        blank = 0
        for number, cells in _records(self.text, self.source, self.separator):
            if number == 1:
                continue
            if not any(cells):
                blank = blank or number
                continue
            if blank and not skip_blank:
                raise self.fault(blank, 0, "this and all other cells are blank: delete the row")
            if short:
                cells += [""] * (len(self.header) - len(cells))
            if len(cells) != len(self.header):
                raise self._ragged(number, len(cells))
            yield number, cells

    def positions(self, names: Sequence[str]) -> list[int]:
        """Return the indices of the named columns."""
        missing = [name for name in names if name not in self.header]
        if missing:
            near = difflib.get_close_matches(missing[0], self.header, n=1)
            hint = f"did you mean {printable(near[0])!r}? " if near else ""
            raise DataError(
                f"{self.source}: row 1 (the header) lacks column {_listed(missing)}: "
                f"{hint}It has {_listed(self.header)}"
            )
        return [self.header.index(name) for name in names]

    def index_columns(self, known: Set[int]) -> tuple[int, ...]:
        """Return the columns without a name that are blank, or contain row numbers starting at 0 or 1.

        Parameters
        ----------
        known : set of int
            Columns that need not be checked.

        Raises
        ------
        DataError
            If a column without a name has other contents.
        """
        asked = [position for position in self.nameless if position not in known]
        counts, blank = {*asked}, {*asked}
        first: dict[int, str] = {}
        for k, (_, record) in enumerate(self.rows(skip_blank=True) if asked else ()):
            for position in counts | blank:
                cell = record[position].strip()
                start = first.setdefault(position, cell)
                if cell:
                    blank.discard(position)
                if start not in ("0", "1") or cell != str(int(start) + k):
                    counts.discard(position)
        for position in asked:
            if position not in counts | blank:
                what = f"a column without a name: name it in row 1, or drop {self.header[position]!r}"
                raise self.fault(1, position, what)
        return tuple(asked)

    def fault(self, row: int, column: int, what: str) -> DataError:
        """Return the error for one cell; `column` counts from 0."""
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


def open_csv(path: str | os.PathLike[str], reading: Reading, *, likely: str = "") -> CsvTable:
    """Return the table in a file after checking its header.

    Parameters
    ----------
    path : str or path
        A regular file in UTF-8, with or without byte order mark, of at most 50 MB.
    reading : Reading
        Delimiter, unless it is to be detected, and notation of numbers.
    likely : str
        Delimiter that is used if several are possible.

    Raises
    ------
    DataError
        If the file cannot be read, is not text, or has no valid header.
    """
    source = shown_path(path)
    text = _decode(_read(path, source), source)
    separator = reading.separator or _find_separator(text, source, likely)
    first = [cell.strip() for cell in next(_records(text, source, separator), (1, []))[1]]
    _check_header(first, source, separator, text)
    nameless = tuple(i for i, name in enumerate(first) if not name or _UNNAMED.fullmatch(name))
    header = tuple(name or f"column {i + 1}" for i, name in enumerate(first))
    return CsvTable(source, header, nameless, text, separator, reading.numerals)


def _find_separator(text: str, source: str, likely: str = "") -> str:
    """Return the delimiter that splits the header and the following rows into the same number of cells."""
    heads = {mark: _head(text, mark) for mark in _SEPARATORS}
    cutting = [mark for mark, rows in heads.items() if rows and len(rows[0]) > 1]
    even = [mark for mark in cutting if len({len(row) for row in heads[mark]}) == 1]
    for found in (even, cutting):
        if likely in found:
            return likely
        if len(found) == 1:
            return found[0]
    if len(even) > 1:
        raise DataError(
            f"{source}: row 1: cells could be separated by {_listed(even)}: declare which separator is meant"
        )
    return cutting[0] if cutting else likely or ","


def _head(text: str, separator: str) -> list[list[str]]:
    """Return the first non-blank records that are well formed and not too long."""
    rows: list[list[str]] = []
    beginning = text[:_SEARCHED]
    try:
        for cells in itertools.islice(_cut(io.StringIO(beginning, newline=""), separator), _COMPARED):
            rows.append(cells)
    except csv.Error:
        pass  # errors are reported when the file is read
    if len(text) > _SEARCHED and len(rows) < _COMPARED:
        rows = rows[:-1]  # the last record may be incomplete
    return [cells for cells in rows if any(cells)]


def _cut(lines: Iterable[str], separator: str) -> Iterator[list[str]]:
    """Return the cells of each record; blanks after a delimiter are removed."""
    return csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)


def _listed(names: Iterable[str]) -> str:
    return printable(", ".join(map(repr, names)), 500)


def _read(path: str | os.PathLike[str], source: str) -> bytes:
    """Return the contents of a regular file within the size limit; other files are not opened, as they may
    block.
    """
    try:
        mode = os.stat(path).st_mode
        data = _first_bytes(path) if stat.S_ISREG(mode) else b""
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


def _first_bytes(path: str | os.PathLike[str]) -> bytes:
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
    text = before.decode("utf-8-sig", errors="replace")
    cutting = [mark for mark in _SEPARATORS if mark in text.partition("\n")[0]]
    row, column = _place(text, cutting[0] if cutting else ",")
    return f"row {row}" if column is None else f"row {row}, column {column}"


def _place(before: str, separator: str) -> tuple[int, int | None]:
    """Return the row and column at the end of a text; no column if a cell exceeds the limit of csv."""
    row, column = 0, 1
    try:
        for cells in csv.reader(
            io.StringIO(before + "?", newline=""), delimiter=separator, skipinitialspace=True
        ):
            row, column = row + 1, len(cells)
    except csv.Error:
        return row + 1, None
    return row, column


def _records(text: str, source: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number, from 1, and the cells of each record; [] for a blank line."""
    pending: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            pending.append(line)
            yield line

    number = 0
    try:
        for cells in _cut(lines(), separator):
            number += 1
            pending.clear()
            yield number, cells
    except csv.Error as error:
        record = "".join(pending)[:_SEARCHED]
        end = bisect.bisect_left(
            range(len(record)), True, key=lambda last: _breaks(record[: last + 1], separator)
        )
        column = _place(record[: max(end - 1, 0)], separator)[1]
        raise DataError(
            f"{source}: row {number + 1}, column {column}: {error}: "
            "close every quote, and double the quotes inside of a quoted cell"
        ) from error


def _breaks(text: str, separator: str) -> bool:
    """Return whether a text is malformed, independently of the text that follows."""
    try:
        for _ in _cut(io.StringIO(text, newline=""), separator):
            pass
    except csv.Error as error:
        return "unexpected end" not in str(error)
    return False


def _check_header(header: Sequence[str], source: str, separator: str, text: str) -> None:
    if len(header) > MAX_COLUMNS:
        raise DataError(
            f"{source}: row 1 has {len(header)} columns, at most {MAX_COLUMNS} are accepted: "
            f"delete those from column {MAX_COLUMNS + 1} on"
        )
    if len(header) == 1:
        _check_separator(header[0], source, separator, text)
    if all(not name or Numerals().fits(name) for name in header):
        raise DataError(
            f"{source}: row 1, column 1: only numbers in row 1: a header with column names is needed"
        )
    for column, name in enumerate(header):
        fault = text_fault(name) if name else None
        if name and header.index(name) < column:
            fault = f"{printable(name)!r} is already the name of column {header.index(name) + 1}"
        if fault:
            raise DataError(f"{source}: row 1, column {column + 1}: {fault}")


def _check_separator(name: str, source: str, separator: str, text: str) -> None:
    """Reject a header of one cell that another delimiter would split in the same way as the next row."""
    for mark in (*_SEPARATORS, " "):
        widths = [len(row) for row in _head(text, mark)[:2]]
        if mark != separator and len(widths) == 2 and widths[0] == widths[1] > 1:
            raise DataError(
                f"{source}: row 1, column 1: one column only, {printable(name)!r}: cells seem separated by "
                f"{mark!r}: declare separator {mark!r}"
            )
