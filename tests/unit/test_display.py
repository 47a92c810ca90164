"""Documents say the same in every format, and nothing foreign gets out of its place."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from neuralcrn.display import (
    SHOWN_POINTS,
    SHOWN_ROWS,
    Document,
    Fold,
    Formula,
    Heading,
    Listing,
    Mark,
    Name,
    Paragraph,
    Picture,
    Steps,
    Table,
    thinned,
    to_html,
    to_latex,
    to_markdown,
    to_text,
)

EVIL = """<script>alert("1")</script>&'"""
RATES = Table(
    ("reaction", "constant", "fits"),
    ((("2 ", Name("x_p")), "0.5", Mark(True)), (Formula(r"\frac{1}{2}", "1/2"), "13", Mark(False))),
    title="rates",
)
WHOLE = Document.of(
    Heading("Title"),
    Paragraph(("of ", Name("x_p"))),
    Steps(("dose", "wait")),
    Listing(("A -> B", "  B -> A")),
    Picture(lambda axes: axes.plot([0.0, 1.0], label="one")),
    Fold("more", (RATES,)),
)


def tree_of(page: str) -> ElementTree.Element:
    """Parse a page, strictly."""
    return ElementTree.fromstring(page)


def cells_of(tree: ElementTree.Element) -> list[list[str]]:
    return [["".join(cell.itertext()) for cell in row] for row in tree.iter("tr")]


def test_text_is_aligned_numbers_to_the_right() -> None:
    assert to_text(WHOLE).splitlines() == [
        "Title", "", "of x_p", "", "1. dose", "2. wait", "", "A -> B", "  B -> A", "", "more", "rates",
        "reaction  constant  fits",
        "2 x_p          0.5  passed",
        "1/2             13  FAILED",
    ]  # fmt: skip


def test_markdown_is_a_table_with_its_alignment() -> None:
    assert to_markdown(WHOLE).splitlines()[-6:] == [
        "rates", "",
        "| reaction | constant | fits |", "|---|---:|---|",
        r"| 2 x\_p | 0.5 | passed |", "| 1/2 | 13 | FAILED |",
    ]  # fmt: skip


def test_latex_has_names_and_formulas_as_mathematics() -> None:
    text = to_latex(WHOLE)
    assert r"2 $x^{+}$ & 0.5 & passed \\" in text
    assert r"$\frac{1}{2}$ & 13 & FAILED \\" in text
    assert r"\begin{longtable}{lrl}" in text
    assert text.count(r"\begin{") == text.count(r"\end{") == 2


def test_html_has_every_part_in_its_order() -> None:
    tree = tree_of(to_html(WHOLE))
    assert [node.tag for node in tree if "svg" not in node.tag] == ["p", "p", "ol", "pre", "details"]
    assert "of x<sup>+</sup>" in to_html(WHOLE)
    assert cells_of(tree)[1:] == [
        ["2 x+", "0.5", "✓\N{NO-BREAK SPACE}passed"], ["1/2", "13", "✗\N{NO-BREAK SPACE}FAILED"]
    ]  # fmt: skip


def test_foreign_text_stays_text_in_every_format() -> None:
    inner = (Steps((EVIL,)), Listing((EVIL,)))
    page = Document.of(Heading(EVIL), Table((EVIL,), ((EVIL,),), title=EVIL), Fold(EVIL, inner))
    tree = tree_of(to_html(page))
    assert {node.tag for node in tree.iter()}.isdisjoint({"script"})
    assert cells_of(tree) == [[EVIL], [EVIL]]
    written = [line for line in to_markdown(page).splitlines() if not line.startswith("    ")]
    assert not re.search(r"(?<!\\)<", "\n".join(written))
    assert "<" not in to_latex(page)
    cut = Table(("a | b",), (("c",),))
    assert to_markdown(Document.of(cut)).splitlines()[0] == r"| a \| b |"


@pytest.mark.parametrize("render", [to_text, to_html, to_markdown, to_latex])
def test_control_characters_and_endless_texts_stay_out(render) -> None:
    page = render(Document.of(Paragraph("a\x00b\x1b[31m"), Table(("b" * 10**6,), ())))
    assert not {"\x00", "\x1b"} & set(page)
    assert page.count("b") < 1_100


def test_tables_end() -> None:
    made: list[int] = []

    def row(item: int) -> list[str]:
        made.append(item)
        return [str(item)]

    table = Document.of(Table.of(["n"], range(5_000), row))
    assert len(made) == SHOWN_ROWS
    rows = cells_of(tree_of(to_html(table)))
    assert rows[-1] == ["… and 4,800 more"]
    assert len(rows) == SHOWN_ROWS + 2
    for render in (to_text, to_markdown, to_latex):
        assert "and 4,800 more" in render(table)


@pytest.mark.parametrize("count", [0, 1, 2, SHOWN_POINTS, SHOWN_POINTS + 1, 123_457])
def test_thinned_points_are_spread_from_the_first_to_the_last(count: int) -> None:
    places = thinned(count)
    assert len(places) == min(count, SHOWN_POINTS)
    assert places == sorted(set(places))
    assert not places or (places[0], places[-1]) == (0, count - 1)
    assert np.ptp(np.diff(places)) <= 1 if count > 1 else True


def test_a_picture_takes_the_colour_around_it() -> None:
    page = to_html(WHOLE)
    (picture,) = [node for node in tree_of(page) if node.tag.endswith("svg")]
    assert picture.attrib["fill"] == "currentColor"
    assert "currentColor" in page.partition("</defs>")[2]
    assert {"text", "path"} <= {node.tag.rpartition("}")[2] for node in picture.iter()}
    assert all(not node.get("id", "").startswith(("figure", "axes", "text")) for node in picture.iter())


def test_matplotlib_is_left_as_it_was() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    to_html(WHOLE)
    assert dict(matplotlib.rcParams) == before
