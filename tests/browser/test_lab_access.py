"""The page for everybody: screen readers, keys, phones and large screens, light and dark, less motion."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.browser.conftest import OpenPage
from tests.browser.lab_page import LabPage
from tests.browser.scenes import SMALL

_FOCUSABLE = "button:not(:disabled), input, select, summary, textarea, a[href], [tabindex='0']"
_SEEN = """selector => [...document.querySelectorAll(selector)].filter(
  item => item.checkVisibility() && !item.closest('[hidden]')).length"""
_FOCUSED = """() => {
  document.activeElement.dataset.visited = '1';
}"""


def _check(lab: LabPage, what: str) -> None:
    found = Axe().run(lab.page)
    assert found.violations_count == 0, f"{what}: {found.generate_report()}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page: OpenPage, scheme: str) -> None:
    lab = open_page(f"#{SMALL.to_address()}", color_scheme=scheme)
    lab.wait_for_learning()
    lab.pause()
    lab["#reactions .reactions button"].first.click()
    _check(lab, "the page")
    for key in "gotk?":
        lab.page.locator("body").press(key)
        lab["dialog"].wait_for()
        lab.page.wait_for_timeout(300)
        _check(lab, f"the dialog of the key {key}")
        lab.page.keyboard.press("Escape")
    for button in lab["header button[aria-expanded]"].all():
        button.click()
    _check(lab, "the tables")


def test_every_control_is_reached_by_the_tab_key(open_page: OpenPage) -> None:
    lab = open_page(f"#{SMALL.to_address()}")
    lab.wait_for_learning()
    lab.pause()
    wanted = lab.page.evaluate(_SEEN, _FOCUSABLE)
    for _ in range(wanted + 20):
        lab.page.keyboard.press("Tab")
        lab.page.evaluate(_FOCUSED)
    visited = lab.page.evaluate(_SEEN, "[data-visited]")
    assert visited >= wanted > 40  # the body may be among the visited ones


@pytest.mark.parametrize(("width", "height"), [(360, 740), (820, 1180), (1280, 800), (3840, 2160)])
def test_nothing_is_wider_than_the_window(open_page: OpenPage, width: int, height: int) -> None:
    lab = open_page(f"#{SMALL.to_address()}", viewport={"width": width, "height": height})
    lab.wait_for_learning()
    assert lab.page.evaluate("document.documentElement.scrollWidth") <= width
    for card in ("map", "loss", "step", "graph", "reactions"):
        box = lab[f"#{card}"].bounding_box()
        assert box is not None
        assert box["width"] > 200, card
        assert box["height"] > 150, card


def test_less_motion_keeps_the_cursor_still(open_page: OpenPage) -> None:
    lab = open_page(reduced_motion="reduce")
    lab.wait_for_learning()
    lab.until(lambda: bool(lab["#step .moment"].inner_text()), "a training step")
    last = lab["#reactions header select option"].last.get_attribute("value")
    for _ in range(5):
        assert lab["#step .moment"].inner_text().split(",")[0] == last
        lab.page.wait_for_timeout(100)


def test_progress_is_said_to_screen_readers(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    lab.until(lambda: "epoch" in (lab["#status .unseen"].text_content() or ""), "a sentence")
    assert lab["#status"].get_attribute("aria-live") == "polite"
