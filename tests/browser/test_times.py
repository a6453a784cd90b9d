"""Times are the reader's own, and say that they are not where no script can make them so."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.host import Host, post
from tests.browser.server import Server
from tests.browser.test_embedding import embed
from tests.browser.test_embedding import host as host
from tests.browser.test_embedding import server as server
from tests.browser.test_single_page_apps import ANY

TO_TOKYO = """time => new Date(time.dateTime).toLocaleTimeString('en-GB',
    { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Tokyo' })"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(timezone_id="Asia/Tokyo")
    yield context.new_page()
    context.close()


def test_by_script_they_are_local_in_threads_and_lists(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server), ANY, "times"))
    post(page, "Said early in the morning.")
    posted = page.locator(".comment-metadata time")
    expect(posted).to_contain_text(posted.evaluate(TO_TOKYO))
    lists = '<div data-leave-a-reply-list="latest"></div>'  # not before, since browsers keep an empty one for seconds
    widgets = f'{lists}<script src="{server.url}/widgets.js" async></script>'
    page.goto(host.write(server.url, embed(server, f'page="{host.address("times")}"') + widgets, ANY, "times-later"))
    for time in (posted, page.locator(".recent-comment time").first):
        expect(time).to_contain_text(time.evaluate(TO_TOKYO))
        expect(time).not_to_contain_text("UTC")


def test_in_a_language_that_the_browser_does_not_speak_they_say_utc(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server, 'lang="ku"'), ANY, "times-ku"))
    post(page, "Bi kurdî.")
    expect(page.locator(".comment-metadata time")).to_contain_text("UTC")
