"""Documents as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from neuralcrn.display.document import (
    Document,
    Fold,
    Formula,
    Heading,
    Listing,
    Name,
    Paragraph,
    Part,
    Steps,
    Table,
    Text,
    clean,
)

_WIDTH = 100


def to_text(document: Document) -> str:
    """Return a document as plain text with aligned columns.

    Pictures are omitted.

    Examples
    --------
    >>> print(to_text(Document.of(Table(("gate", "peak"), (("C1", "0.9"), ("C2", "12.5"))))))
    gate  peak
    C1     0.9
    C2    12.5
    """
    return "\n\n".join(filter(None, map(_part, document.parts)))


def plain(text: Text) -> str:
    """Return one line of text as a string."""
    match text:
        case tuple():
            return "".join(map(plain, text))
        case Name(name):
            return name
        case Formula():
            return text.plain
        case _:
            return clean(text)


def _part(part: Part) -> str:
    match part:
        case Heading(text) | Paragraph(text):
            return textwrap.fill(plain(text), _WIDTH, break_long_words=False, break_on_hyphens=False)
        case Steps(items):
            return "\n".join(f"{number}. {plain(item)}" for number, item in enumerate(items, 1))
        case Listing(lines):
            return "\n".join(map(clean, lines))
        case Table():
            return _table(part)
        case Fold(summary, parts):
            return f"{summary}\n{to_text(Document(parts))}"
        case _:
            return ""


def _table(table: Table) -> str:
    rows = [[*map(plain, row)] for row in (table.head, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths, table.numeric) for row in rows]
    return "\n".join(filter(None, [table.title, *lines, table.more]))


def _line(row: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    cells = zip(row, widths, numeric, strict=True)
    return "  ".join(f"{cell:{'>' if number else '<'}{width}}" for cell, width, number in cells).rstrip()
