"""Documents as GitHub Flavored Markdown."""

from __future__ import annotations

import re

from neuralcrn.display.document import (
    Document,
    Fold,
    Heading,
    Listing,
    Paragraph,
    Part,
    Steps,
    Table,
    Text,
    clean,
)
from neuralcrn.display.text import plain

_SPECIAL = re.compile(r"([\\`*_|<>\[\]])")


def to_markdown(document: Document) -> str:
    r"""Return a document as Markdown; pictures are omitted.

    Examples
    --------
    >>> print(to_markdown(Document.of(Table(("gate", "peak"), (("C_1|C_2", "0.9"),)))))
    | gate | peak |
    |---|---:|
    | C\_1\|C\_2 | 0.9 |
    """
    return "\n\n".join(filter(None, map(_part, document.parts)))


def _part(part: Part) -> str:
    match part:
        case Heading(text):
            return f"# {_inline(text)}"
        case Paragraph(text):
            return _inline(text)
        case Steps(items):
            return "\n".join(f"{number}. {_inline(item)}" for number, item in enumerate(items, 1))
        case Listing(lines):
            return "\n".join(f"    {clean(line)}" for line in lines)
        case Table():
            return _table(part)
        case Fold(summary, parts):
            return f"## {_inline(summary)}\n\n{to_markdown(Document(parts))}"
        case _:
            return ""


def _inline(text: Text) -> str:
    return _SPECIAL.sub(r"\\\1", plain(text))


def _table(table: Table) -> str:
    rule = "".join("---:|" if number else "---|" for number in table.numeric)
    head, *rows = (f"| {' | '.join(map(_inline, row))} |" for row in (table.head, *table.rows))
    lines = "\n".join([head, f"|{rule}", *rows])
    return "\n\n".join(filter(None, [_inline(table.title), lines, table.more]))
