"""Contents of a display: text, tables and pictures, independent of the format.

>>> table = Table.of(("quantity", "value"), [("yield", 0.5)], lambda row: (row[0], f"{row[1]:.2f}"))
>>> table.rows
(('yield', '0.50'),)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar, final

from neuralcrn.errors import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Item = TypeVar("_Item")

SHOWN_ROWS = 200
"""Maximum number of rows of a table."""
SHOWN_POINTS = 1_000
"""Maximum number of points of a curve."""
_LONGEST = 1_000
"""Maximum length of a text."""
_NUMBER = re.compile(r"|-|[-+]?([\d.,]+|∞|inf|nan)(e[-+]?\d+)?%?( of [\d,]+)?")


@final
@dataclass(frozen=True, slots=True)
class Name:
    """The name of a species, such as ``theta1_2_p``."""

    name: str


@final
@dataclass(frozen=True, slots=True)
class Formula:
    """Mathematics in LaTeX, with an alternative for other formats."""

    latex: str
    plain: str


@final
@dataclass(frozen=True, slots=True)
class Mark:
    """Whether a check passed."""

    passed: bool

    def __str__(self) -> str:
        return "passed" if self.passed else "FAILED"


def clean(text: str | Mark) -> str:
    """Return a text without control characters, shortened if it is very long."""
    return printable(str(text), _LONGEST)


Text: TypeAlias = "str | Name | Formula | Mark | tuple[Text, ...]"
"""One line of text: a string, an element with a format-specific representation, or several of them."""


@final
@dataclass(frozen=True, slots=True)
class Heading:
    """The title of the following parts."""

    text: Text


@final
@dataclass(frozen=True, slots=True)
class Paragraph:
    """One or more sentences."""

    text: Text


@final
@dataclass(frozen=True, slots=True)
class Steps:
    """A numbered list."""

    items: tuple[Text, ...]


@final
@dataclass(frozen=True, slots=True)
class Listing:
    """Lines that are shown as they are, such as a network in its text format."""

    lines: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Table:
    """A table with headings.

    Attributes
    ----------
    head : tuple of text
        One per column.
    rows : tuple of tuple of text
        As many cells as columns.
    title : str
        Title above the table; none if empty.
    omitted : int
        Number of further rows that are not shown.
    """

    head: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    title: str = ""
    omitted: int = 0

    @classmethod
    def of(
        cls,
        head: Sequence[Text],
        items: Sequence[_Item],
        row: Callable[[_Item], Sequence[Text]],
        *,
        title: str = "",
        limit: int = SHOWN_ROWS,
    ) -> Table:
        """Return a table with one row for each of the first `limit` items."""
        rows = tuple(tuple(row(item)) for item in items[:limit])
        return cls(tuple(head), rows, title, max(0, len(items) - limit))

    @property
    def more(self) -> str:
        """Return a note about omitted rows; empty if there are none."""
        return f"… and {self.omitted:,} more" if self.omitted else ""

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Whether all cells of each column are numbers."""
        return tuple(
            all(isinstance(row[i], str) and _NUMBER.fullmatch(str(row[i])) for row in self.rows)
            for i in range(len(self.head))
        )


@final
@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing, for formats that support it.

    Attributes
    ----------
    draw : callable
        Function that draws into matplotlib axes.
    width, height : float, inch
        Size.
    """

    draw: Callable[[Axes], object]
    width: float = 6.0
    height: float = 3.0


@final
@dataclass(frozen=True, slots=True)
class Fold:
    """Parts of less interest, which are initially folded under a summary."""

    summary: str
    parts: tuple[Part, ...]


Part: TypeAlias = "Heading | Paragraph | Steps | Listing | Table | Picture | Fold"
"""One part of a document."""


@final
@dataclass(frozen=True, slots=True)
class Document:
    """Parts in order."""

    parts: tuple[Part, ...]

    @classmethod
    def of(cls, *parts: Part) -> Document:
        """Return a document of these parts."""
        return cls(parts)


def thinned(count: int) -> list[int]:
    """Return the indices of at most `SHOWN_POINTS` of a number of points, including the first and the last.

    Examples
    --------
    >>> thinned(3), len(thinned(5_000)), thinned(5_000)[-1]
    ([0, 1, 2], 1000, 4999)
    """
    if count <= SHOWN_POINTS:
        return list(range(count))
    return [place * (count - 1) // (SHOWN_POINTS - 1) for place in range(SHOWN_POINTS)]
