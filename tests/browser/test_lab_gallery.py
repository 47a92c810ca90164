"""The scenes of the gallery, and the first of them as a walk of clicks."""

from __future__ import annotations

from tests.browser.conftest import OpenPage

from neuralcrn.app.live import GALLERY


def test_the_gallery_shows_all_scenes_and_opens_them(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    lab.button("Gallery").click()
    lab["dialog .scene"].first.wait_for()
    titles = lab["dialog .scene b"].all_inner_texts()
    assert titles == [scene.title for scene in GALLERY.values()]
    for name in ("iris", "sine"):
        if not lab["dialog"].is_visible():
            lab.button("Gallery").click()
        entry, before = GALLERY.find(name), lab.samples
        lab["dialog .scene"].filter(has_text=entry.title).click()
        lab.until(lambda entry=entry: lab["#lead b"].inner_text() == entry.title, entry.title)
        lab.until(lambda before=before: lab.samples != before, f"{entry.title} begins")
        lab.wait_for_learning()
        assert entry.sentence in lab["#lead"].inner_text()


def test_back_leads_to_the_scene_before(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    first = lab.scene
    lab.button("Gallery").click()
    lab["dialog .scene"].nth(1).click()
    lab.until(lambda: lab.scene != first, "another scene")
    lab.page.go_back()
    lab.until(lambda: lab.scene == first, "the first scene")
    lab.wait_for_learning()


def test_xor_is_broken_by_errors_of_rates_and_healed_by_the_chopper(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    lab.until(lambda: lab.wrong <= 5, "XOR is learned")
    rates = lab.page.get_by_label("Rates: type a number")
    rates.fill("50 %")
    rates.press("Enter")
    lab.until(lambda: lab.wrong >= 20, "errors of rates break it")
    lab["#controls"].get_by_role("switch", name="Chopper").click()
    lab.until(lambda: lab.wrong <= 8, "the chopper heals it")
