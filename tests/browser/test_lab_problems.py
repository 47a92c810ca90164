"""Problems of the reader's own: painted points, tables, functions, equations, and files of reactions."""

from __future__ import annotations

from tests.browser.conftest import OpenPage
from tests.browser.lab_page import LabPage

_TABLE = "a,b,kind\n" + "".join(
    f"{x / 10},{y / 10},{'high' if x + y > 9 else 'low'}\n" for x in range(10) for y in range(0, 10, 2)
)


def _open(lab: LabPage, title: str) -> None:
    lab.wait_for_learning()
    lab.button("Your problem").click()
    if not lab[f"dialog summary:text-is('{title}') + form"].is_visible():
        lab["dialog summary"].filter(has_text=title).click()


def test_painted_points(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    box = lab["#map canvas"].bounding_box()
    assert box is not None

    def paint(brush: str, share: float) -> None:
        lab.button(brush).click()
        for k in range(4):
            lab.page.mouse.click(box["x"] + share * box["width"], box["y"] + (0.3 + 0.1 * k) * box["height"])

    lab.button("Paint points of class 0").click()
    lab.button("clear").click()
    paint("Paint points of class 1", 0.35)
    paint("Paint points of class 0", 0.65)
    lab.until(lambda: lab.undo == "8 points", "the points are learned")
    paint("Paint points of class 2", 0.5)
    lab.until(lambda: lab.undo == "12 points", "the points of three classes are learned")
    rows = lab.table("map")[1:]
    assert {row[2] for row in rows} == {"0", "1", "2"}
    lab.button("Erase points").click()
    lab.page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.3 * box["height"])
    lab.until(lambda: lab.undo == "11 points", "a point is erased")


def test_a_pasted_table(open_page: OpenPage) -> None:
    lab = open_page()
    _open(lab, "A table (CSV)")
    lab["#csv"].fill(_TABLE)
    assert lab.page.get_by_label("Column to predict").input_value() == "kind"
    lab.change(lab.button("Learn it").first.click, "Table, target kind")
    lab.wait_for_learning()
    assert lab.table("map")[0][:2] == ["a", "b"]


def test_a_table_that_cannot_be_read_is_refused_in_one_sentence(open_page: OpenPage) -> None:
    lab = open_page()
    _open(lab, "A table (CSV)")
    lab["#csv"].fill("a,b\n1,2\nx")
    lab.button("Learn it").first.click()
    lab.until(lambda: "row" in lab.message, "a sentence about the row")
    lab.wait_for_learning()


def test_a_function(open_page: OpenPage) -> None:
    lab = open_page()
    _open(lab, "A function")
    lab.page.get_by_label("Function", exact=True).fill("0.3 + 0.5*x^2")
    lab.change(lab.button("Learn it").last.click, "Function 0.3 + 0.5*x^2")
    lab.wait_for_learning()
    assert lab.table("map")[0] == ["x", "output"]


def test_an_own_equation(open_page: OpenPage) -> None:
    lab = open_page()
    _open(lab, "An equation of a neural ODE")
    lab.page.get_by_label("f =").fill("theta*x + beta - z*|z|")
    lab.change(lab.button("Learn with it").click, "Equation theta*x + beta - z*|z|")
    lab.until(
        lambda: lab.page.get_by_label("Circuit", exact=True).input_value() == "own",
        "the circuit is the reader's",
    )
    lab.wait_for_learning()


def test_reactions_are_simulated(open_page: OpenPage) -> None:
    lab = open_page()
    _open(lab, "A file of reactions")
    lab["#reactions-text"].fill("A -> B [k = 1]\nA @initial 2\n")
    lab.page.get_by_label("Time to simulate").fill("30")
    lab.button("Simulate").click()
    lab["dialog .result .caption"].wait_for()
    assert lab["dialog .result .caption"].inner_text().startswith("2 species, 1 reactions")
    lab["dialog .result summary"].click()
    last = lab["dialog .result tbody tr"].last.locator("td").all_inner_texts()
    names = lab["dialog .result thead th"].all_inner_texts()[1:]
    assert dict(zip(names, last, strict=True))["B"] == "2"


def test_a_dropped_file_of_reactions_and_a_bad_one(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    lab.page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["A -> ["], "bad.crn"));
          const drop = { dataTransfer: data, bubbles: true, cancelable: true };
          document.body.dispatchEvent(new DragEvent("drop", drop));
        }"""
    )
    lab["#reactions-text"].wait_for()
    assert lab["#reactions-text"].input_value() == "A -> ["
    lab.button("Simulate").click()
    lab["dialog .refused"].wait_for()
    assert lab["dialog .refused"].inner_text().startswith("bad.crn:1:7: ")
