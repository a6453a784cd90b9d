"""Starts a real Chromium: one on PATH, else Playwright's. Without any the tests fail: they are never skipped."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

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


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser whose pages are waited for with patience. While it runs, so does a loop in this thread: no test can
    run one of its own.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=QUIET)
        browser.on("context", lambda context: context.set_default_timeout(PATIENCE))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For a module of another folder."""
    with launched() as browser:
        yield browser
