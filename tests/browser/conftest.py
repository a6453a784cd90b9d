"""A real Chromium, and a real server in a process of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.launch import launched
from tests.browser.server import Server


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One for all modules of this folder that a worker takes one after the other."""
    with launched() as browser:
        yield browser


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A fresh installation that listens on a port of its own."""
    with Server(tmp_path, REPLY_FLOOD_SECONDS="0") as server:
        yield server


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def context(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A browser window, once with and once without JavaScript."""
    context = chromium.new_context(java_script_enabled=request.param == "with JavaScript")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
