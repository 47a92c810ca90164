"""Every control reaches the chemistry, and undo names and takes back what was done."""

from __future__ import annotations

import re

from tests.browser.conftest import OpenPage
from tests.browser.scenes import SMALL


def test_every_slider_of_the_column(open_page: OpenPage) -> None:
    lab = open_page(f"#{SMALL.to_address()}")
    lab.wait_for_learning()
    lab.pause()
    lab["#controls .more summary"].click()
    sliders = lab["#controls"].get_by_role("slider")
    names = [name for name in lab["#controls .slider:visible label"].all_inner_texts() if name]
    assert sliders.count() == len(names) > 8
    for name, slider in zip(names, sliders.all(), strict=True):
        scene, key = lab.scene, "ArrowLeft" if slider.input_value() == "1000" else "ArrowRight"
        for _ in range(20):
            slider.press(key)
        lab.until(lambda name=name: name in lab.undo or lab.message != "", f"undo names {name}")
        assert lab.scene != scene or lab.message, name


def test_a_drag_sends_the_last_value_and_is_one_step_back(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    scene = lab.scene
    slider = lab.slider("Rates")
    box = slider.bounding_box()
    assert box is not None
    lab.page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2, steps=25)
    lab.page.mouse.up()
    last = lab["#controls .slider"].filter(has=lab.page.get_by_text("Rates", exact=True)).locator(".number")
    lab.until(lambda: lab.undo == f"Rates {last.input_value()}", "the last value")
    lab.button(re.compile("^Undo")).click()
    lab.until(lambda: lab.scene == scene, "one step back")
    lab.button(re.compile("^Redo")).click()
    lab.until(lambda: lab.undo == f"Rates {last.input_value()}", "the change again")


def test_a_typed_number_and_one_out_of_range(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    number = lab.page.get_by_label("Rates: type a number")
    number.fill("50 %")
    lab.change(lambda: number.press("Enter"), "Rates 50 %")
    number.fill("many")
    number.press("Enter")
    lab.until(lambda: "Rates: give a number from 0 % to 50 %" in lab.message, "a sentence")
    assert number.get_attribute("aria-invalid") == "true"


def test_a_refused_choice_says_why_and_is_taken_back(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    requests: list[str] = []
    lab.page.on("request", lambda request: requests.append(request.url))
    circuit = lab.page.get_by_label("Circuit", exact=True)
    circuit.select_option("winner-take-all")
    lab.until(lambda: "needs an output for each of at least two classes" in lab.message, "the reason")
    lab.until(lambda: circuit.input_value() == "perceptron", "the circuit that learns is shown")
    lab.wait_for_learning()
    assert not [url for url in requests if "/events" in url], "the connection was opened again"
    rates = lab.page.get_by_label("Rates: type a number")
    rates.fill("5 %")
    lab.change(lambda: rates.press("Enter"), "Rates 5 %")
    lab.until(lambda: lab.message == "", "a change that is carried out ends the message")


def test_another_task_is_named_instead_of_the_scene_of_the_gallery(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    assert lab["#lead b"].inner_text() == "XOR, broken and healed"
    lab.change(lambda: lab.slider("Rates").press("ArrowRight"), "Rates")
    assert lab["#lead b"].inner_text() == "XOR, broken and healed"
    lab.change(lambda: lab.page.get_by_label("Task", exact=True).select_option("and"), "Task: and")
    lab.until(lambda: lab["#lead b"].inner_text() == "and", "the task is named")


def test_switches_and_choices(open_page: OpenPage) -> None:
    lab = open_page(f"#{SMALL.to_address()}")
    lab.wait_for_learning()
    chopper = lab["#controls"].get_by_role("switch", name="Chopper")
    state = chopper.get_attribute("aria-checked")
    lab.change(chopper.click, "Chopper")
    assert chopper.get_attribute("aria-checked") != state
    lab.change(lambda: lab.page.get_by_label("Count as").select_option("ssa"), "Molecules (ssa)")
    lab.change(lambda: lab.slider("Molecules per unit").press("ArrowRight"), "Molecules per unit")
    lab.change(lambda: lab.page.get_by_label("Count as").select_option("ode"), "Concentrations")
    lab.change(lab.button("Draw the errors anew").click, "Errors drawn anew")
    circuit = lab.page.get_by_label("Circuit", exact=True)
    rule = lab.page.get_by_label("Learning rule")
    assert (circuit.input_value(), rule.input_value()) == ("linear", "exact")
    lab.change(lambda: circuit.select_option("quadratic-dense"), "Circuit: quadratic-dense")
    lab.until(lambda: rule.locator("option[value='first-order']").count() == 1, "its learning rules")
    lab.change(lambda: rule.select_option("first-order"), "Learning rule")
    lab.wait_for_learning()


def test_one_pot_its_clock_and_stopping_it(open_page: OpenPage) -> None:
    lab = open_page(f"#{SMALL.to_address()}")
    lab.wait_for_learning()
    pot = lab.page.get_by_label("Pot", exact=True)
    lab.change(lambda: pot.select_option("autonomous"), "Level autonomous")
    lab.wait_for_learning()
    stop = lab["#controls"].get_by_role("switch", name="Stop the clock")
    lab.change(stop.click, "Clock stopped")
    lab.change(stop.click, "Clock started")


def test_speed(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    speed = lab["#speed"]
    speed.press("Home")
    lab.until(lambda: lab["#transport .counts span"].last.inner_text() == "1 per second", "the speed")
    assert speed.get_attribute("aria-valuetext") == "1 samples per second"


def test_one_rate_constant_and_one_species(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    lab.pause()
    lab["#reactions .reactions button"].first.click()
    factor = lab["#reactions .detail"].get_by_role("slider")
    factor.press("End")
    lab.until(lambda: "times 100" in lab.undo, "the factor of a rate constant")
    lab.change(
        lambda: factor.evaluate("slider => { slider.value = 500; slider.dispatchEvent(new Event('input')) }"),
        "times 1",
    )
    species = lab["#reactions .chip"].first
    lab.change(species.click, "removed")
    lab.until(lambda: species.get_attribute("aria-pressed") == "true", "the species is out of the pot")
    lab.change(species.click, "put back")


_DIALOGS = {
    "g": "Gallery",
    "o": "Your own problem",
    "c": "Compare circuits",
    "t": "Take it away",
    "k": "Certificate",
    "?": "Help",
}


def test_keys_of_dialogs(open_page: OpenPage) -> None:
    lab = open_page(f"#{SMALL.to_address()}")
    lab.wait_for_learning()
    for key, title in _DIALOGS.items():
        lab.page.keyboard.press(key)
        lab["dialog"].get_by_role("heading", name=title, exact=True).wait_for()
        lab.page.keyboard.press("Escape")
        lab["dialog"].wait_for(state="detached")


def test_keys_of_the_training(open_page: OpenPage) -> None:
    lab = open_page()
    lab.wait_for_learning()
    lab.page.keyboard.press("Space")
    lab.button("Play").wait_for()
    samples = lab.samples
    lab.page.keyboard.press("s")
    lab.until(lambda: lab.samples == samples + 1, "one sample")
    lab.change(lambda: lab.slider("Learning rate").press("ArrowRight"), "Learning rate")
    lab.page.keyboard.press("Control+z")
    lab.until(lambda: "Learning rate" not in lab.undo, "undone by a key")
    lab.page.keyboard.press("d")
    assert lab.page.evaluate("document.documentElement.dataset.theme") == "dark"
    lab.page.keyboard.press("?")
    lab.page.get_by_label("Single keys act").uncheck()
    lab.page.keyboard.press("Escape")
    lab.page.keyboard.press("g")
    assert lab["dialog"].count() == 0
