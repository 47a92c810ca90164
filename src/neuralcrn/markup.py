"""HTML for notebooks: escaped, bounded, and without colours of its own, so that every theme fits."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, final

from neuralcrn.errors import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Item = TypeVar("_Item")

SHOWN_ROWS = 200
"""Most rows of a table."""
SHOWN_POINTS = 1_000
"""Most points of a curve."""
_LONGEST = 1_000
"""Most characters of one text."""
_LEFT = ' style="text-align:left"'
"""Notebooks align the cells of a table to the right, which suits no text."""


@final
class Html(str):
    """Markup; every other text is escaped when it is put among markup."""

    __slots__ = ()


def escaped(text: str) -> Html:
    """Return a text as markup: without control characters, and shortened if it is absurdly long.

    Examples
    --------
    >>> escaped("a < b"), escaped(Html("<b>a</b>"))
    ('a &lt; b', '<b>a</b>')
    """
    return text if isinstance(text, Html) else Html(html.escape(printable(text, _LONGEST)))


def element(tag: str, *parts: str) -> Html:
    """Return an element with its parts, texts or markup, inside.

    Examples
    --------
    >>> element("p", "1 < 2, ", element("b", "really"))
    '<p>1 &lt; 2, <b>really</b></p>'
    """
    return Html(f"<{tag}>{''.join(map(escaped, parts))}</{tag}>")


def folded(summary: str, *parts: str) -> Html:
    """Return parts that show when their summary is clicked.

    Examples
    --------
    >>> folded("more", element("p", "text"))
    '<details><summary>more</summary><p>text</p></details>'
    """
    return element("details", element("summary", summary), *parts)


def table(
    head: Sequence[str],
    items: Sequence[_Item],
    row: Callable[[_Item], Sequence[str]],
    *,
    caption: str = "",
    limit: int = SHOWN_ROWS,
) -> Html:
    """Return a table with a row of texts or markup for each of the first `limit` items, a caption above.

    Examples
    --------
    >>> print(table(["v"], ["<1", "2"], lambda v: [v], limit=1).replace(' style="text-align:left"', ""))
    <table><tr><th>v</th></tr><tr><td>&lt;1</td></tr><tr><td colspan="1">… and 1 more</td></tr></table>
    """
    lines = [_row("th", head), *(_row("td", row(item)) for item in items[:limit])]
    if len(items) > limit:
        more = f"… and {len(items) - limit:,} more"
        lines.append(Html(f'<tr><td colspan="{len(head)}"{_LEFT}>{more}</td></tr>'))
    # A caption of the table's own would be broken to the width of its columns.
    above = element("p", caption) if caption else ""
    return Html(above + element("table", *lines))


def thinned(count: int) -> list[int]:
    """Return the places of at most `SHOWN_POINTS` of so many points, the first and the last among them.

    Examples
    --------
    >>> thinned(3), len(thinned(5_000)), thinned(5_000)[-1]
    ([0, 1, 2], 1000, 4999)
    """
    if count <= SHOWN_POINTS:
        return list(range(count))
    return [place * (count - 1) // (SHOWN_POINTS - 1) for place in range(SHOWN_POINTS)]


def mark(passed: bool) -> Html:
    """Return a mark that is understood without colour, on one line."""
    return Html("✓&#160;passed" if passed else "✗&#160;FAILED")


def figure_svg(draw: Callable[[Axes], object], width: float = 6.0, height: float = 3.0) -> Html:
    """Return a drawing as SVG whose text and axes take the colour of the text around it.

    Parameters
    ----------
    draw : callable
        Draws into the axes that it is given.
    width, height : float, inch
        Size of the figure.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    """
    import matplotlib
    from matplotlib.figure import Figure

    # Text as text is small; names that follow from the contents give the same drawing the same markup.
    style: Any = {"svg.fonttype": "none", "svg.hashsalt": "neuralcrn", "font.sans-serif": ["DejaVu Sans"]}
    stream = io.StringIO()
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.add_subplot())
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    drawing = stream.getvalue()
    drawing = drawing[drawing.index("<svg ") :].replace("#000000", "currentColor")
    # What would reach beyond the drawing: rules for the whole page, names that a page may have once only.
    drawing = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r'<g id="[^"]*"', "<g", drawing)
    root = '<svg fill="currentColor" style="max-width:100%;height:auto;stroke-linejoin:round" '
    return Html(drawing.replace("<svg ", root, 1))


def _row(tag: str, cells: Sequence[str]) -> Html:
    return Html(f"<tr>{''.join(f'<{tag}{_LEFT}>{escaped(cell)}</{tag}>' for cell in cells)}</tr>")
