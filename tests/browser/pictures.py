"""Pictures of the lab: those of the documentation, or every scene in several sizes, to be looked at.

``python -m tests.browser.pictures`` writes those of ``docs/images``, and with a folder those of all scenes.
"""

from __future__ import annotations

import io
import itertools
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import sync_playwright
from tests.browser.conftest import CHROMIUM
from tests.browser.lab_page import LabPage
from tests.lab import Served

from neuralcrn.app.live import GALLERY, Scene

_DOCS = Path(__file__).parents[2] / "docs" / "images"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_SIZES = ((360, 740), (1280, 800), (3840, 2160))
_COLOURS = 200
"""Colours of a picture of the documentation."""


@contextmanager
def _window_maker() -> Iterator[Callable[..., LabPage]]:
    """Provide a function that opens the lab in a window of a size, in a colour scheme."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Served(Path(folder) / "runs", "--grace", "2", "--labs", "16") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def window(
            scene: Scene, width: int = 1280, height: int = 800, scheme: Literal["light", "dark"] = "light"
        ) -> LabPage:
            address = f"{server.address}#{scene.to_address()}"
            size = {"width": width, "height": height}
            return LabPage(browser, address, viewport=size, color_scheme=scheme)

        yield window
        browser.close()


def _write(lab: LabPage, name: str) -> None:
    """Write a small picture of the window for the documentation."""
    picture = Image.open(io.BytesIO(lab.page.screenshot())).convert("RGB")
    picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(_DOCS / f"{name}.png", optimize=True)


def write_documentation() -> None:
    """Write the pictures of the page on the lab."""
    with _window_maker() as window:
        with window(next(iter(GALLERY.values())).scene) as lab:
            lab.wait_for_learning()
            lab.until(lambda: lab.wrong <= 4, "XOR is learned")
            _write(lab, "lab")
            rates = lab.page.get_by_label("Rates: type a number")
            rates.fill("50 %")
            rates.press("Enter")
            lab.until(lambda: lab.wrong >= 20, "it is broken")
            lab.page.keyboard.press("Tab")
            lab.page.keyboard.press("d")
            lab.pause()
            weight = lab["#graph .weights option"].nth(9).get_attribute("value")
            lab["#graph .weights"].select_option(weight)
            lab["#reactions header select"].select_option(index=0)
            lab.page.wait_for_timeout(5_000)  # until the note on the colours is gone
            _write(lab, "lab_broken")
        with window(GALLERY.find("first-order").scene) as lab:
            lab.wait_for_learning()
            lab.button("Show side by side").click()
            lab.page.wait_for_timeout(15_000)
            _write(lab, "lab_compared")


def write_scenes(folder: Path) -> None:
    """Write every scene in every size, light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    with _window_maker() as window:
        for entry, scheme, (width, height) in itertools.product(GALLERY.values(), SCHEMES, _SIZES):
            with window(entry.scene, width, height, scheme) as lab:
                lab.wait_for_learning(100)
                lab.page.wait_for_timeout(500)
                path = folder / f"{entry.name}-{width}-{scheme}.png"
                lab.page.screenshot(path=path, full_page=width < 1000)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write_scenes(Path(sys.argv[1]))
    else:
        write_documentation()
