"""Hovering, following a weight, tables behind figures, comparison, certificate, and what is taken away."""

from __future__ import annotations

import json
import re

import pytest
from tests.browser.conftest import OpenPage
from tests.browser.lab_page import LabPage
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


def test_a_click_on_a_weight_lights_its_species_reactions_and_curves(open_page: OpenPage) -> None:
    lab = open_page(f"#{SMALL.to_address()}")
    lab.wait_for_learning()
    lab.pause()
    assert lab["#step .entry.selected"].count() == 0
    name, notation = _click_a_weight(lab)
    assert lab["#graph .weights"].input_value() == name
    named = lab["#step .entry.selected math"]
    lit = named.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    assert {notation, f"{notation}\N{SUPERSCRIPT PLUS SIGN}", f"{notation}\N{SUPERSCRIPT MINUS}"} <= set(lit)
    columns = lab.table("step")
    for row in columns[1:]:
        positive, negative, change = (
            float(row[columns[0].index(notation + sign)].replace("\N{MINUS SIGN}", "-"))
            for sign in ("\N{SUPERSCRIPT PLUS SIGN}", "\N{SUPERSCRIPT MINUS}", "")
        )
        assert positive - negative == pytest.approx(change, abs=2e-3)
    phases = lab["#reactions .where button"]
    assert phases.count() > 1
    for phase in phases.all():
        phase.click()
        said = int(re.findall(r"\d+", phase.inner_text())[-1])
        assert lab["#reactions .lit"].count() == said > 0
        assert phase.inner_text().startswith(lab["#reactions header select"].input_value())
    lab["#step .entry.selected"].last.click()
    assert lab["#graph .weights"].input_value() == ""
    assert not lab["#reactions .where"].is_visible()


def test_of_very_many_reactions_those_of_the_weight_are_listed(open_page: OpenPage) -> None:
    lab = open_page(f"#{Scene(task=RegistryTask('iris')).to_address()}")
    lab.wait_for_learning()
    lab.pause()
    last = lab["#graph .weights option"].last.get_attribute("value")
    lab["#graph .weights"].select_option(last)
    phase = lab["#reactions .where button"].filter(has_text="settle")
    phase.click()
    lab.until(lambda: lab["#reactions header select"].input_value() == "settle", "the phase is listed")
    assert lab["#reactions li"].count() <= 300
    assert lab["#reactions .lit"].count() == int(re.findall(r"\d+", phase.inner_text())[-1])


def _click_a_weight(lab: LabPage) -> tuple[str, str]:
    """Click on the first weight that is found in the graph, and return its name and notation."""
    box = lab["#graph canvas"].bounding_box()
    assert box is not None
    for share in range(5, 95):
        x, y = box["width"] * 0.3, box["height"] * share / 100
        lab["#graph canvas"].hover(position={"x": x, "y": y})
        if lab[".tooltip"].is_visible():
            said = lab[".tooltip math"].first.get_attribute("aria-label")
            option = lab["#graph .weights option"].filter(has_text=said)
            lab["#graph canvas"].click(position={"x": x, "y": y + 2.0})  # not at the limit of its reach
            return option.first.get_attribute("value") or "", said or ""
    raise AssertionError("no weight is found in the graph")


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

    def numbers(name: str) -> list[str]:
        row = lab["dialog .counts-table tbody tr"].filter(has=lab.page.get_by_role("rowheader", name=name))
        return row.locator("td").all_inner_texts()

    def learned() -> list[int]:
        return [int("".join(filter(str.isdigit, cell)) or 0) for cell in numbers("samples")]

    lab.until(lambda: min(learned()) > 0, "both learn")
    assert numbers("circuit") == ["linear", "quadratic-dense"]
    assert len(set(numbers("species"))) == 2
    rule = lab.page.get_by_label("Second learning rule")
    assert numbers("learning rule")[1] == rule.input_value() != "first-order"
    rule.select_option("first-order")
    lab.until(lambda: numbers("learning rule")[1] == "first-order", "the rule is named")
    assert lab.page.get_by_label("First learning rule").input_value() == numbers("learning rule")[0]
    lab.button("Pause all").click()
    lab.page.keyboard.press("Escape")
    lab["dialog"].wait_for(state="detached")


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
