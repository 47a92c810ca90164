"""A server of the lab and a browser, for tests of the page.

The browser is the chromium of the system. Without it these tests are left out, except under `CI`, where they
fail.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.browser.lab_page import LabPage
from tests.lab import Served

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OpenPage = Callable[..., LabPage]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and leave them out where there is no chromium."""
    own = [item for item in items if item.path.parent == Path(__file__).parent]
    for item in own:
        item.add_marker(pytest.mark.browser)
    if CHROMIUM is None and "CI" not in os.environ:
        config.hook.pytest_deselected(items=own)
        items[:] = [item for item in items if item not in own]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    if CHROMIUM is None:
        pytest.fail("chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of the lab; labs that no page shows are ended soon."""
    with Served(tmp_path_factory.mktemp("lab") / "runs", "--grace", "3", "--labs", "16") as started:
        started.wait_for(started.new_lab(), "map")  # kernels may have to be compiled
        yield started


@pytest.fixture
def open_page(browser: Browser, server: Served) -> Iterator[OpenPage]:
    """Return a function that opens the lab in a new window.

    After the test, no window may have asked another host for anything, or have reported an error.
    """
    with ExitStack() as opened:

        def new_page(address: str = "", **options: object) -> LabPage:
            return opened.enter_context(LabPage(browser, server.address + address, **options))

        yield new_page
