"""A real Chromium, and a real server in a process of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.server import Server

QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
    "--disable-quic",
]

PATIENCE = 60_000
"""Milliseconds to wait for what a page is to show or do, on a busy machine."""

expect.set_options(timeout=PATIENCE)


WHOLE = ("chromium", "chromium-browser", "google-chrome")
"""Names of the whole browser, which knows an owner's choices, such as to block third-party cookies."""

LIGHT = ("chromium-headless-shell", *WHOLE)
"""The first is the same engine without a window, and takes half the processor time."""


def installed(names: tuple[str, ...] = LIGHT) -> str | None:
    """Where a Chromium is; None stands for Playwright's."""
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")  # not longer: Playwright keeps a loop running, and others want to run theirs
def chromium() -> Iterator[Browser]:
    """One on PATH, else Playwright's. Without any the tests fail: they are never skipped."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=QUIET)
        browser.on("context", lambda context: context.set_default_timeout(PATIENCE))
        yield browser
        browser.close()


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
