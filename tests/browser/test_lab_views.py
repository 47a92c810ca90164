"""Hovering, following a weight, tables behind figures, comparison, certificate, and what is taken away."""

from __future__ import annotations

import json

import pytest
from tests.browser.conftest import OpenPage
from tests.browser.scenes import SMALL

from neuralcrn.app.live import Function, RegistryTask, Scene


def test_a_weight_lights_its_species_reactions_and_curve(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    lab.pause()
    before = lab.picture("#graph canvas")
    weight = lab["#graph .weights option"].nth(1).get_attribute("value")
    lab["#graph .weights"].select_option(weight)
    lab["#reactions header select"].select_option(index=0)
    lab["#reactions .lit"].first.wait_for()
    assert 0 < lab["#reactions .lit"].count() < lab["#reactions li"].count()
    assert lab["#step .entry.selected"].count() >= 1
    lab.until(lambda: lab.picture("#graph canvas") != before, "the weight is lit in the graph")
    lab["#step .entry.selected"].first.click()
    assert lab["#graph .weights"].input_value() == ""


def test_a_click_on_the_graph_follows_what_is_there(open_page: OpenPage) -> None:
    lab = open_page(f"#{SMALL.to_address()}")
    lab.wait_for_learning()
    lab.pause()
    box = lab["#graph canvas"].bounding_box()
    assert box is not None
    lab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for share in range(5, 95):
        place = {"x": box["width"] * 0.3, "y": box["height"] * share / 100}
        lab["#graph canvas"].hover(position=place)
        if lab[".tooltip"].is_visible():
            assert "=" in lab[".tooltip"].inner_text()
            lab["#graph canvas"].click(position=place)
            break
    assert lab["#step .entry.selected"].count() >= 1


def test_hovering_over_the_map_says_the_output(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    lab["#map canvas"].hover()
    assert "output" in lab[".tooltip"].inner_text()


def test_the_tables_behind_the_figures_have_the_numbers(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    lab.pause()
    lab.button("One epoch").click()
    lab.until(lambda: lab["#loss canvas"].is_visible() and len(lab.table("loss")) > 1, "a row of the losses")
    assert lab.table("loss")[0] == ["samples", "training loss", "validation loss", "accuracy"]
    assert lab.table("map")[0][-1] == "right"
    assert lab.table("step")[0][:2] == ["phase", "time"]
    assert len(lab.table("step")) == 1 + lab["#reactions header select option"].count()
    for weight, positive, negative, value in lab.table("graph")[1:4]:
        numbers = [float(text.replace("\u2212", "-")) for text in (positive, negative, value)]
        assert numbers[0] - numbers[1] == pytest.approx(numbers[2], abs=2e-3), weight
    assert lab.table("reactions")[0] == ["reaction", "rate constant", "flux"]


@pytest.mark.parametrize(
    ("scene", "head"),
    [
        (SMALL, ["target", "output"]),
        (Scene(task=Function("0.5 + 0.3*x"), options={"hidden": 3}), ["x", "output"]),
        (Scene(task=RegistryTask("iris"), options={"hidden": 3}), ["class", "0", "1", "2"]),
    ],
)
def test_other_tasks_have_the_figure_that_suits_them(
    open_page: OpenPage, scene: Scene, head: list[str]
) -> None:
    lab = open_page(f"#{scene.to_address()}")
    lab.wait_for_learning()
    rows = lab.table("map")
    assert len(rows[0]) == len(head)
    assert rows[0][0] == head[0]
    assert len(rows) > 2


def test_the_certificate_has_a_badge_and_a_table(open_page: OpenPage) -> None:
    lab = open_page(f"#{SMALL.to_address()}")
    lab.wait_for_learning()
    lab.button("certificate").click()
    lab["dialog tbody tr"].first.wait_for()
    lab.page.keyboard.press("Escape")
    assert lab["#menu .badge"].inner_text() == "certificate: passes"


def test_two_circuits_learn_side_by_side(open_page: OpenPage) -> None:
    lab = open_page(f"#{SMALL.to_address()}")
    lab.wait_for_learning()
    lab.button("Compare").click()
    rows = lab["dialog .counts-table tbody tr"]

    def learned() -> list[int]:
        cells = rows.nth(5).locator("td").all_inner_texts()
        return [int("".join(filter(str.isdigit, cell)) or 0) for cell in cells]

    lab.until(lambda: min(learned()) > 0, "both learn")
    species = rows.first.locator("td").all_inner_texts()
    assert len(set(species)) == 2
    lab.button("Pause all").click()
    lab.page.keyboard.press("Escape")
    assert lab["dialog"].count() == 0


def test_files_are_taken_away(open_page: OpenPage) -> None:
    lab = open_page(f"#{SMALL.to_address()}")
    lab.wait_for_learning()
    lab.pause()
    lab.button("Take away").click()
    lab["dialog .files a"].first.wait_for()
    assert lab.page.get_by_label("Address of this scene").input_value() == lab.page.url
    names = lab["dialog .files a"].evaluate_all("links => links.map(link => link.download)")
    assert {"script.py", "command.txt", "network-sbml.zip", "animation.gif", "run.zip"} <= set(names)
    with lab.page.expect_download() as download:
        lab["dialog .files a[download='scene.json']"].click()
    assert Scene.from_json(json.loads(download.value.path().read_text())) == SMALL


def test_sharing_copies_the_address(open_page: OpenPage) -> None:
    lab = open_page(permissions=["clipboard-read", "clipboard-write"])
    lab.wait_for_learning()
    lab.pause()
    lab.button("Share").click()
    lab.until(lambda: "copied" in lab.message, "the page says that the address is copied")
    assert lab.page.evaluate("navigator.clipboard.readText()") == lab.page.url
