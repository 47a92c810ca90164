"""The page of the lab in a window of a browser, as a reader sees it."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request

LONG = 120_000
"""Time after which a wait fails, milliseconds; machines that test may be slow."""
_NETWORK = re.compile(r"Failed to load resource|ERR_CONNECTION|ERR_INCOMPLETE")
"""What the console says while a server is being started again."""
_REFUSED = re.compile(r"status of 400")
"""What it says of what the server refuses with a sentence."""


@final
class LabPage:
    """The page of the lab.

    Parameters
    ----------
    browser : Browser
    address : str
        Address of the page.
    restarts : bool
        Whether the server is ended meanwhile, so that requests fail.
    options : Any
        Options of the window, such as `viewport` and `color_scheme`.
    """

    def __init__(self, browser: Browser, address: str, *, restarts: bool = False, **options: Any):
        self._context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        self._restarts = restarts
        self.foreign: list[str] = []
        self.faults: list[str] = []
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(LONG)
        self._host = urlsplit(address).netloc
        self._context.on("request", self._ask)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(address)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._context.close()
        if error is None:
            assert self.foreign == []
            assert self.faults == []

    def _ask(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self._host:
            self.foreign.append(request.url)

    def _note(self, message: ConsoleMessage) -> None:
        expected = (self._restarts and _NETWORK.search(message.text)) or _REFUSED.search(message.text)
        if message.type in ("error", "warning") and not expected:
            self.faults.append(message.text)

    def __getitem__(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """Return a button by its name."""
        return self.page.get_by_role("button", name=name, exact=isinstance(name, str))

    def slider(self, name: str) -> Locator:
        """Return a slider by its name."""
        return self["#controls"].get_by_role("slider", name=name, exact=True)

    def until(self, met: Callable[[], bool], what: str) -> None:
        """Wait until something is so."""
        for _ in range(LONG // 50):
            if met():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{what}: not within {LONG // 1000} s; the page says {self.message!r}")

    @property
    def samples(self) -> int:
        """Number of samples that were learned."""
        text = self["#transport .counts span"].first.inner_text()
        return int("".join(re.findall(r"\d", text)) or -1)

    @property
    def epoch(self) -> int:
        """Number of epochs."""
        return int("".join(re.findall(r"\d", self["#transport .counts b"].inner_text())) or -1)

    @property
    def message(self) -> str:
        """What the page says about errors and long operations."""
        return self["#status .message"].inner_text() if self["#status .message"].is_visible() else ""

    @property
    def wrong(self) -> int:
        """Number of samples on the wrong side of the decision map."""
        return int(self["#map .caption"].inner_text().split()[0])

    @property
    def undo(self) -> str:
        """What undo would take back."""
        return self["#transport .history button"].first.inner_text().removeprefix("Undo").removeprefix(": ")

    @property
    def scene(self) -> str:
        """The address of the scene."""
        return urlsplit(self.page.url).fragment

    def wait_for_learning(self, more: int = 1) -> None:
        """Wait until the page is complete, samples were learned, and the map was drawn."""
        self["#controls .group"].first.wait_for()
        start = self.samples
        self.until(lambda: self.samples >= start + more, "learning")
        self.until(lambda: self["#map .caption"].inner_text() != "", "predictions")

    def pause(self) -> None:
        """Pause, and wait until the lab has paused."""
        if self.button("Pause").is_visible():
            self.button("Pause").click()
        self.button("Play").wait_for()

    def change(self, act: Callable[[], object], label: str) -> None:
        """Do something, and wait until undo names it."""
        act()
        self.until(lambda: label in self.undo, f"undo names {label!r} and not {self.undo!r}")

    def picture(self, selector: str) -> str:
        """Return what a canvas shows, as the address of a picture."""
        return self.page.evaluate("s => document.querySelector(s).toDataURL()", selector)

    def table(self, card: str) -> list[list[str]]:
        """Return the table behind a figure, with its head, and turn back to the figure."""
        turn = self[f"#{card} header button[aria-expanded]"]
        turn.click()
        rows = self[f"#{card} .table tr"].evaluate_all(
            "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
        )
        turn.click()
        return rows
