"""Threads that the build of a static site has stored in its pages, and that are old by now."""

from collections.abc import Callable
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.host import Host, fill, post
from tests.browser.server import Server
from tests.browser.test_embedding import host as host
from tests.browser.test_embedding import page as page
from tests.browser.test_embedding import server as server

Build = Callable[[str, str], str]


@pytest.fixture
def build(host: Host, server: Server) -> Build:
    """Writes an article with its thread as it is now; ``by`` is put in front. Gives the address."""

    def build(name: str, by: str = "") -> str:
        query = urlencode({"page": host.address(name), "captcha": "lazy"})
        with urlopen(f"{server.url}/thread?{query}") as answer:
            return host.write(server.url, by + answer.read().decode(), name=name)

    return build


def script(server: Server) -> str:
    return f'<script src="{server.url}/embed.js" async></script>'


def test_a_comment_is_there_after_a_reload_of_a_page_built_before_it(
    page: Page, host: Host, server: Server, build: Build
) -> None:
    address = build("stored", script(server))
    page.goto(address)
    post(page, "Newer than the build.")
    expect(page.locator(".comment-content")).to_have_text("Newer than the build.")
    page.reload()
    expect(page.locator(".comment-content")).to_have_text("Newer than the build.")
    expect(page.locator(".comments-title")).to_have_text("1 comment")
    expect(page.locator(".no-comments-yet")).to_have_count(0)
    fill(page, "")
    name = page.locator(".comment").get_attribute("id")
    page.goto("about:blank")
    page.goto(f"{address}#{name}")
    expect(page.locator(".is-new .comment-content")).to_have_text("Newer than the build.")

    build("stored", script(server))
    with page.expect_response("**/comments?*") as asked:
        page.reload()
    assert asked.value.status == 204
    expect(page.locator(".comment-content")).to_have_text("Newer than the build.")


def test_without_a_script_readers_come_back_to_a_page_that_shows_their_comment(
    chromium: Browser, server: Server, build: Build
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(build("plain-stored", ""))
    page.fill("#comment", "Without a script.")
    page.fill("#author", "Ada")
    page.fill("#email", "ada@example.org")
    page.locator("#submit").click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    fill(page, "Without a script.")
    page.locator("#submit").click()
    expect(page.locator(".comment-content")).to_have_text("Without a script.")
    assert page.url.startswith(f"{server.url}/page?")
    context.close()
