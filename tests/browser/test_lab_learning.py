"""The page learns by itself, and what it shows can be played, stepped, rewound and found again."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser
from tests.browser.conftest import OpenPage
from tests.browser.lab_page import LabPage
from tests.lab import Served


def test_it_learns_without_a_click(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    before = lab.picture("#map canvas")
    lab.until(lambda: lab.picture("#map canvas") != before, "the map moves")
    assert lab["#lead b"].inner_text()
    assert lab.button("Pause").is_visible()


def test_an_address_that_cannot_be_opened_is_named_beside_the_first_scene(open_page: OpenPage) -> None:
    lab = open_page("#no-scene")
    lab.wait_for_learning()
    assert lab.message.startswith("The address of this page cannot be opened: ")
    assert "#no-scene" not in lab.page.url


def test_a_lab_goes_on_beside_the_reason_why_another_address_is_refused(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    first = lab.page.url
    assert lab.message == ""
    lab.page.evaluate("location.hash = 'no-scene'")
    lab.until(lambda: lab.message.startswith("The address of this page cannot be opened: "), "a sentence")
    before = lab.samples
    lab.until(lambda: lab.samples > before, "the lab goes on")
    lab.page.go_back()
    lab.wait_for_learning()
    assert lab.page.url == first
    assert lab.message == ""


def test_all_views_show_the_same_moment(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    lab.pause()
    phases = lab["#reactions header select option"].all_inner_texts()
    for phase in phases[:3]:
        lab["#reactions header select"].select_option(label=phase)
        assert lab["#step .moment"].inner_text().split(",")[0] == phase.split(" (")[0]
    before = lab.picture("#step canvas"), lab.picture("#graph canvas")
    lab["#scrub"].press("Home")
    assert lab["#step .moment"].inner_text().endswith("time 0")
    lab.until(lambda: lab.picture("#step canvas") != before[0], "the cursor moves")
    lab.until(lambda: lab.picture("#graph canvas") != before[1], "the graph shows that time")


def test_steps_of_a_phase_a_sample_and_an_epoch(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    lab.pause()
    samples, epoch = lab.samples, lab.epoch
    lab.button("One sample").click()
    lab.until(lambda: lab.samples == samples + 1, "one sample")
    lab.button("One epoch").click()
    lab.until(lambda: lab.epoch == epoch + 1, "one epoch")
    lab.button("One phase").click()
    first = lab["#step .moment"].inner_text()
    lab.button("One phase").click()
    assert lab["#step .moment"].inner_text().split(",")[0] != first.split(",")[0]


def test_rewinding_repeats_every_digit_and_a_new_seed_does_not(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    lab.pause()
    curves: list[list[list[str]]] = []
    for name in ("Rewind: the same seed again", "Rewind: the same seed again", "New seed"):
        lab.button(name).click()
        lab.until(lambda: lab.samples == 0, "the beginning")
        for epoch in (1, 2):
            lab.button("One epoch").click()
            lab.until(lambda epoch=epoch: lab.epoch == epoch, "one epoch")
        curves.append(lab.table("loss")[1:])
    assert curves[0] == curves[1]
    assert curves[0] != curves[2]
    assert len(curves[0]) == 2


def test_a_reload_shows_the_same_lab(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    lab.pause()
    lab.change(lambda: lab.slider("Learning rate").press("ArrowRight"), "Learning rate")
    samples, scene = lab.samples, lab.scene
    lab.page.reload()
    lab.until(lambda: lab.samples == samples, "the samples of before")
    assert lab.scene == scene
    assert "Learning rate" in lab.undo


def test_a_restart_of_the_server_loses_nothing(browser: Browser, tmp_path: Path) -> None:
    server = Served(tmp_path / "runs")
    with LabPage(browser, server.address, restarts=True) as lab:
        lab.wait_for_learning()
        lab.pause()
        samples = lab.samples
        server.stop()
        lab.until(lambda: "lost" in lab.message, "the page says that the connection is lost")
        server = Served(tmp_path / "runs", "--port", str(server.port))
        lab.until(lambda: not lab.message, "the connection is back")
        assert lab.samples == samples
        lab.button("Play").click()
        lab.wait_for_learning()
    server.stop()


def test_the_address_is_the_scene(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    lab.change(lambda: lab.slider("Rates").press("End"), "Rates")
    lab.until(lambda: len(lab.scene) > 0, "an address")
    other = open_page(f"#{lab.scene}")
    other.wait_for_learning()
    assert other.slider("Rates").input_value() == lab.slider("Rates").input_value()
    assert other.scene == lab.scene
