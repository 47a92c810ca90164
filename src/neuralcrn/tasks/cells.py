"""Interpretation of the cells of a table: numbers, missing values and texts."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from neuralcrn.errors import InvalidValueError, printable

MAX_NAME = 200
MAX_NUMBER = 1e15
MAX_CLASSES = 50
"""Maximum number of classes or categories of a column."""

DECIMALS = (".", ",")
_GROUPS = {",": ",", ".": r"\.", "'": "['’]", " ": "[ \u00a0\u2009\u202f]"}
THOUSANDS = tuple(_GROUPS)
_MARKS = {",": "comma", ".": "point", "'": "apostrophe", " ": "space"}
# "Na" and "none" are not included, because they may be names of classes.
_MISSING = frozenset({"", "NA", "N/A", "n/a", "<NA>", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "?"})
_NOT_FINITE = re.compile(r"(?i:[+-]?(nan|inf|infinity))|#[A-Z0/!?]+")
_DIGITS = re.compile("[+-]?\\d[\\d.,'’ \u00a0\u2009\u202f]*([eE][+-]?\\d+)?", re.ASCII)
_MONTH = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_TIME = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp][Mm])?( ?Z| ?[+-]\d{2}:?\d{2})?"
_DAY = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
    rf"|\d{{1,2}}[-. ]+{_MONTH}[-. ]+\d{{2,4}}|{_MONTH} +\d{{1,2}},? +\d{{4}}"
)
_DATE = re.compile(rf"({_DAY})([ T]+{_TIME})?|{_TIME}", re.ASCII)
_WITH_UNIT = re.compile(r"[$€£¥]\s*[+-]?\d[\d.,' ]*|[+-]?\d[\d.,' ]*[%$€£¥]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Numerals:
    """Notation of numbers.

    Parameters
    ----------
    decimal : {".", ","}
        Decimal mark.
    thousands : {"", ",", ".", "'", " "}
        Thousands separator; none if empty.

    Raises
    ------
    InvalidValueError
        If a mark is not in the list, or both are equal.

    Examples
    --------
    >>> Numerals().parse(" 1.5e3 "), Numerals().parse("1e300"), Numerals().parse("3,750")
    (1500.0, None, None)
    >>> Numerals(",", ".").parse("1.234,5"), Numerals(thousands=",").parse("3,750")
    (1234.5, 3750.0)
    """

    decimal: str = "."
    thousands: str = ""

    def __post_init__(self) -> None:
        if self.decimal not in DECIMALS:
            raise InvalidValueError(f"decimal = {self.decimal!r:.40}: choose one of {_shown(DECIMALS)}")
        if self.thousands not in ("", *THOUSANDS):
            raise InvalidValueError(f"thousands = {self.thousands!r:.40}: choose one of {_shown(THOUSANDS)}")
        if self.thousands == self.decimal:
            raise InvalidValueError(f"decimal and thousands are both {self.decimal!r}: give different marks")

    def parse(self, cell: str) -> float | None:
        """Return the value of a cell that contains an ordinary number, else None."""
        plain = cell.strip()
        if not self.fits(plain):
            return None
        if self.thousands:
            plain = re.sub(_GROUPS[self.thousands], "", plain)
        value = float(plain if self.decimal == "." else plain.replace(self.decimal, "."))
        return value if abs(value) <= MAX_NUMBER else None

    def fits(self, plain: str) -> bool:
        """Return whether a text is written as a number, however large."""
        return _pattern(self.decimal, self.thousands).fullmatch(plain) is not None

    def fault(self, cell: str) -> str | None:
        """Return why a cell without a number cannot be used as a text either, or None.

        Examples
        --------
        >>> Numerals().fault("=A1+1")
        "'=A1+1' is a formula: save the values instead"
        >>> Numerals().fault("3,750")
        "'3,750' has a comma: declare thousands ',' if it groups digits, decimal ',' if decimals follow it"
        >>> Numerals().fault("setosa") is None
        True
        """
        plain = cell.strip()
        shown = repr(printable(plain))
        if not plain:
            return "the cell is blank: fill it in, or declare missing 'drop' or 'mean'"
        if self.fits(plain):
            return f"{shown} exceeds {MAX_NUMBER:g}, the largest number accepted"
        if plain in _MISSING:
            return f"{shown} is not a finite number: fill it in, or declare missing 'drop' or 'mean'"
        if _NOT_FINITE.fullmatch(plain):
            return f"{shown} is not a finite number: fill it in or delete the row"
        if _DIGITS.fullmatch(plain) and not _DATE.fullmatch(plain):
            return self._misspelt(plain, shown)
        return text_fault(plain)

    def _misspelt(self, plain: str, shown: str) -> str:
        """Return how a number deviates from the declared notation."""
        for mark, pattern in _GROUPS.items():
            if mark in (self.decimal, self.thousands) or not re.search(pattern, plain):
                continue
            what = f"{shown} has a {_MARKS[mark]}: declare thousands {mark!r} if it groups digits"
            return what + (f", decimal {mark!r} if decimals follow it" if mark in DECIMALS else "")
        declared = f"decimal {self.decimal!r}" + (f", thousands {self.thousands!r}" if self.thousands else "")
        return f"{shown} is not a number with {declared}: groups have three digits, decimals one mark"


@functools.cache
def _pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    point = re.escape(decimal)
    whole = rf"(\d{{1,3}}({_GROUPS[thousands]}\d{{3}})+|\d+)" if thousands else r"\d+"
    return re.compile(rf"[+-]?({whole}({point}\d*)?|{point}\d+)([eE][+-]?\d+)?", re.ASCII)


def is_missing(cell: str) -> bool:
    """Return whether a cell is blank or denotes a missing value.

    Examples
    --------
    >>> [is_missing(cell) for cell in (" ", "NA", "?", "Na", "none", "0")]
    [True, True, True, False, False, False]
    """
    return cell.strip() in _MISSING


def text_fault(text: str) -> str | None:
    """Return why a non-empty text cannot be used as a name, or None."""
    shown = repr(printable(text))
    if text[0] in "=+-@":
        return f"{shown} is a formula: save the values instead"
    if not text.isprintable():
        return f"{shown} contains control characters"
    if len(text) > MAX_NAME:
        return f"{shown} is longer than {MAX_NAME} characters"
    return None


def describe_texts(texts: Sequence[str], count: int) -> str:
    """Return a description of the texts in a column, with advice.

    Parameters
    ----------
    texts : sequence of str
        Cells of the column that are not numbers, at least one.
    count : int
        Number of cells that are not missing.

    Examples
    --------
    >>> describe_texts(["2024-05-01", "2024-05-02"], 2)
    'a date: convert it to numbers, such as days since the first, or drop the column'
    >>> describe_texts(["a17", "b3", "c9"], 3)
    'an identifier, different in each row: drop the column'
    """
    different = sorted({*texts})
    if len(texts) <= count / 2:
        return "not a number"
    if all(_DATE.fullmatch(text) for text in texts):
        return "a date: convert it to numbers, such as days since the first, or drop the column"
    if all(_WITH_UNIT.fullmatch(text) for text in texts):
        return "a number with a unit: write the number alone, or drop the column"
    if len(different) == count > 2:
        return "an identifier, different in each row: drop the column"
    if len(different) > MAX_CLASSES:
        return f"a text, one of {len(different)}, more than {MAX_CLASSES} categories: drop the column"
    return f"a text, one of {_shown(different)}: declare the column categorical, or drop it"


def _shown(values: Sequence[str]) -> str:
    return printable(", ".join(map(repr, values)), 200)
