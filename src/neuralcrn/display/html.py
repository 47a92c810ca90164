"""Documents as HTML, escaped, limited in size, and without colours, so that they match every theme."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup, escape

from neuralcrn.display.document import (
    Document,
    Fold,
    Formula,
    Heading,
    Listing,
    Mark,
    Name,
    Paragraph,
    Part,
    Picture,
    Steps,
    Table,
    Text,
    clean,
)
from neuralcrn.display.names import name_html

_LEFT = Markup(' style="text-align:left"')
"""Notebooks align cells to the right by default, which is unsuitable for text."""
_MARKS = {True: Markup("<b>✓&#160;passed</b>"), False: Markup("<b>✗&#160;FAILED</b>")}
"""Marks that do not depend on colour, on one line."""


_PAGE = Markup(
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }}
body > div {{ overflow-x: auto; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
th, td {{ border-bottom: 1px solid #8886; padding: 0.25rem 0.6rem; vertical-align: top; }}
th {{ border-bottom-width: 2px; }}
p {{ max-width: 60rem; }}
</style>
</head>
<body>
{body}
</body>
</html>"""
)
"""A page around a document."""


def to_html(document: Document) -> Markup:
    """Return a document as HTML that can be inserted in any page.

    Pictures are drawn if matplotlib is installed.

    Examples
    --------
    >>> to_html(Document.of(Paragraph(("1 < 2: ", Name("x_p")))))
    Markup('<div><p>1 &lt; 2: x<sup>+</sup></p></div>')
    """
    return _element("div", *map(_part, document.parts))


def to_page(document: Document, title: str) -> str:
    """Return a document as a page that opens from disk, in light and dark, without further files.

    Examples
    --------
    >>> page = to_page(Document.of(Paragraph("0.5 < 1")), "Yields")
    >>> "<title>Yields</title>" in page, "0.5 &lt; 1" in page
    (True, True)
    """
    return str(_PAGE.format(title=title, body=to_html(document))) + "\n"


def _part(part: Part) -> Markup:
    match part:
        case Heading(text):
            return _element("p", _element("b", _inline(text)))
        case Paragraph(text):
            return _element("p", _inline(text))
        case Steps(items):
            return _element("ol", *(_element("li", _inline(item)) for item in items))
        case Listing(lines):
            return _element("pre", Markup("\n").join(map(_inline, lines)))
        case Table():
            return _table(part)
        case Picture():
            return _svg(part)
        case Fold(summary, parts):
            return _element("details", _element("summary", _inline(summary)), *map(_part, parts))


def _inline(text: Text) -> Markup:
    match text:
        case tuple():
            return Markup("").join(map(_inline, text))
        case Name(name):
            return name_html(name)
        case Mark(passed):
            return _MARKS[passed]
        case Formula():
            return _inline(text.plain)
        case _:
            return escape(clean(text))


def _table(table: Table) -> Markup:
    lines = [_row("th", table.head), *(_row("td", row) for row in table.rows)]
    if table.omitted:
        more = Markup('<tr><td colspan="{}"{}>{}</td></tr>')
        lines.append(more.format(len(table.head), _LEFT, table.more))
    # The caption of a table would be wrapped to the width of its columns.
    above = _element("p", _inline(table.title)) if table.title else Markup("")
    return above + _element("table", *lines)


def _row(tag: str, cells: Iterable[Text]) -> Markup:
    cell = Markup(f"<{tag}{_LEFT}>{{}}</{tag}>")
    return _element("tr", *(cell.format(_inline(text)) for text in cells))


def _element(tag: str, *parts: Markup) -> Markup:
    return Markup(f"<{tag}>{Markup('').join(parts)}</{tag}>")


def _svg(picture: Picture) -> Markup:
    """Draw a picture as SVG with text and axes in the colour of the surrounding text."""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        return Markup("")

    # Text as text is small; identifiers derived from the contents make the markup reproducible.
    style: Any = {"svg.fonttype": "none", "svg.hashsalt": "neuralcrn", "font.sans-serif": ["DejaVu Sans"]}
    stream = io.StringIO()
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(picture.width, picture.height), layout="constrained")
        picture.draw(figure.add_subplot())
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    drawing = stream.getvalue()
    drawing = drawing[drawing.index("<svg ") :].replace("#000000", "currentColor")
    # Removed because they affect the page: style sheets, and identifiers, which must be unique.
    drawing = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r'<g id="[^"]*"', "<g", drawing)
    root = '<svg fill="currentColor" style="max-width:100%;height:auto;stroke-linejoin:round" '
    return Markup(drawing.replace("<svg ", root, 1))
