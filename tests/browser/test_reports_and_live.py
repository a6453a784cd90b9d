"""Readers in a browser report a comment, and hear of new ones while the page is open."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.host import Host, fill
from tests.browser.server import Server
from tests.browser.test_accessibility import assert_clean
from tests.reader import solve

SIZES = ((1280, 900), (390, 800))


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    host = Host(tmp_path_factory.mktemp("host") / "site")
    yield host
    host.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, host: Host) -> Iterator[Server]:
    free = {"REPLY_FLOOD_SECONDS": "0", "REPLY_RATE_POST": "0/minute"}
    switched_on = {"REPLY_REPORTS_HOLD": "2", "REPLY_LIVE": "10"}
    with Server(tmp_path_factory.mktemp("service"), REPLY_SITES=host.origin, **free, **switched_on) as server:
        yield server


def window(chromium: Browser, size: tuple[int, int], **more: Any) -> Page:
    page = chromium.new_context(viewport={"width": size[0], "height": size[1]}, **more).new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    return page


def embed(server: Server) -> str:
    attributes = 'async></script><main style="max-width:44rem;margin:auto"><h1>An article</h1>'
    return f'<script src="{server.url}/embed.js" {attributes}<leave-a-reply live></leave-a-reply></main>'


def post(page: Page, text: str, name: str) -> None:
    fill(page, text, name)
    page.locator("#submit").click()
    expect(page.locator(".comment-content").last).to_have_text(text)


def report(page: Page, answer: str = "") -> None:
    form = page.locator(".report-form")
    form.get_by_label("What is wrong with this comment?").select_option("insult")
    form.get_by_label("Anything a moderator should know").fill("Read the last line.")
    question = form.locator(".captcha-question").text_content() or ""
    form.locator("[name=captcha]").fill(answer or solve(question))
    form.get_by_role("button", name="Send the report").click()


def assert_clean_at_each_size(page: Page) -> None:
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert_clean(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_comment_is_reported_in_place(chromium: Browser, host: Host, server: Server) -> None:
    address = host.write(server.url, embed(server), name="reported")
    page = window(chromium, SIZES[-1])
    page.goto(address)
    post(page, "A rude word.", "Tom")
    page.reload()
    page.get_by_role("link", name="Report the comment by Tom").click()
    form = page.locator(".report-form")
    expect(form.get_by_label("What is wrong with this comment?")).to_be_focused()
    report(page, answer="9999")
    expect(form.get_by_text("That was not the right answer.")).to_be_visible()
    expect(form.get_by_label("Anything a moderator should know")).to_have_value("Read the last line.")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    report(page)
    expect(page.locator(".report-said")).to_have_text("Thank you. A moderator will read your report.")
    expect(page.locator(".report-said")).to_be_focused()
    page.goto(f"{server.url}/page?page={address}")
    link = page.get_by_role("link", name="Report the comment by Tom")
    link.click()
    expect(page.locator(".report-form")).to_be_visible()
    assert_clean_at_each_size(page)
    page.keyboard.press("Escape")
    expect(page.locator(".report-form")).to_have_count(0)
    expect(link).to_be_focused()
    page.goto(link.get_attribute("href") or "")
    assert_clean_at_each_size(page)
    page.context.close()
    report_without_javascript(chromium, server, address)


def report_without_javascript(chromium: Browser, server: Server, address: str) -> None:
    """The comment that was reported before, from the same network."""
    plain = window(chromium, SIZES[-1], java_script_enabled=False)
    plain.goto(f"{server.url}/page?page={address}")
    plain.get_by_role("link", name="Report the comment by Tom").click()
    expect(plain.get_by_role("heading", name="Report a comment")).to_be_visible()
    expect(plain.locator("blockquote")).to_have_text("A rude word.")
    report(plain)
    expect(plain.get_by_text("Somebody on your network has already reported this comment.")).to_be_visible()
    plain.get_by_role("link", name="Back to the comments").click()
    expect(plain.locator(".comment-content")).to_have_text("A rude word.")
    plain.context.close()


def test_an_open_page_offers_new_comments_and_moves_nothing(chromium: Browser, host: Host, server: Server) -> None:
    address = host.write(server.url, embed(server), name="live")
    other, *pages = [window(chromium, size) for size in (SIZES[0], *SIZES)]
    other.goto(address)
    post(other, "The first.", "Tom")
    places = []
    for page in pages:
        page.goto(address)
        expect(page.locator(".comment-content")).to_have_text("The first.")
        page.locator("#comment").fill("Half a thou")
        places.append(page.locator("#comment").bounding_box())
    post(other, "The second.", "Mara")
    post(other, "The third.", "Ida")
    for page, place in zip(pages, places, strict=True):
        button = page.get_by_role("button", name="New comments: 2")
        expect(button).to_be_visible()
        expect(page.locator(".lar-news [role=status]")).to_have_text("New comments: 2")
        assert page.locator("#comment").bounding_box() == place
        expect(page.locator("#comment")).to_be_focused()
        button.click()
        expect(page.locator(".comment-content")).to_have_text(["The first.", "The second.", "The third."])
        expect(page.locator(".comments-title")).to_have_text("3 comments")
        expect(page.locator("#comment")).to_have_value("Half a thou")
        expect(button).to_be_hidden()
    # A reader's own comments are no news.
    expect(other.get_by_role("button", name="New comments")).to_be_hidden()
    for page in (other, *pages):
        page.context.close()


def test_what_is_on_the_page_is_no_news(chromium: Browser, host: Host, server: Server) -> None:
    """Events that are older than the page, and comments that came with another part, order or build."""
    address = host.write(server.url, embed(server), name="no-news")
    page = window(chromium, SIZES[0])
    page.goto(address)
    post(page, "The first.", "Tom")
    built = page.request.get(f"{server.url}/thread", params={"page": address, "captcha": "lazy"}).text()
    post(page, "The second.", "Mara")
    shown = page.request.get(f"{server.url}/comments", params={"page": address}).text()
    version = re.search(r'data-live="2 (\d+-\d+)"', shown)
    assert version
    number = int(version[1].partition("-")[2])
    told = [(0, "0-0"), (1, version[1].replace(f"-{number}", f"-{number - 1}")), (3, f"{version[1]}9")]
    events = [json.dumps({"count": count, "newest": "1", "version": version}) for count, version in told]
    body = "retry: 600000\n\n" + "".join(f"data: {event}\n\n" for event in events)
    page.route("**/live?*", lambda route: route.fulfill(body=body, content_type="text/event-stream"))
    page.reload()
    expect(page.get_by_role("button", name="New comments")).to_have_text("New comments: 1")

    script = f'<script src="{server.url}/embed.js" async></script>'
    host.write(server.url, f"{script}<main live>{built}</main>", name="no-news")
    page.reload()
    expect(page.locator(".comment-content")).to_have_text(["The first.", "The second."])
    expect(page.get_by_role("button", name="New comments")).to_have_text("New comments: 1")
    page.context.close()


ARTICLE = '<script src="{url}/embed.js" async></script><main><leave-a-reply live></leave-a-reply></main>'
TOLD = """
    window.sources = [];
    window.EventSource = class extends EventTarget {
        constructor(url) { super(); this.url = url; this.readyState = 1; sources.push(this); count(); }
        close() { this.readyState = 2; count(); }
    };
    window.count = () => document.documentElement.setAttribute(
        'data-open', `${sources.filter((each) => each.readyState === 1).length} of ${sources.length}`);
    window.tall = () => {
        const filling = document.createElement('div');
        filling.style.height = '9000px';
        return filling;
    };
    window.tell = (count, newest, version) => sources.filter((each) => each.readyState === 1).forEach(
        (each) => each.onmessage({ data: JSON.stringify({ count, newest: String(newest), version }) }));
"""
"""An EventSource that is told by the test. Its clock is the test's, too."""


@pytest.fixture
def told(chromium: Browser, host: Host, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page with one comment, and the name of the test."""
    page = window(chromium, SIZES[0])
    page.clock.install()
    page.add_init_script(TOLD)
    page.goto(host.write(server.url, ARTICLE.format(url=server.url), name=request.node.name))
    expect_open(page, "1 of 1")
    yield page
    page.context.close()


def expect_open(page: Page, number: str) -> None:
    """So many connections are open, of those that were made."""
    expect(page.locator("html")).to_have_attribute("data-open", number)


def leave_view(page: Page) -> None:
    """Wait until the first thread is known to be out of view, and then long enough."""
    page.evaluate(
        """new IntersectionObserver((changes) => document.documentElement.setAttribute(
        'data-seen', changes.at(-1).isIntersecting)).observe(document.querySelector('.leave-a-reply'))"""
    )
    expect(page.locator("html")).to_have_attribute("data-seen", "false")
    page.clock.run_for(12_000)


def test_a_thread_out_of_view_or_gone_holds_no_connection(told: Page) -> None:
    """A browser has six for all of a service's pages: with more, nobody could post."""
    told.evaluate("document.body.prepend(tall())")
    told.evaluate("scrollTo(0, 0)")
    leave_view(told)
    expect_open(told, "0 of 1")
    told.locator("leave-a-reply").scroll_into_view_if_needed()
    expect_open(told, "1 of 2")
    told.evaluate("document.querySelector('leave-a-reply').remove()")
    expect_open(told, "0 of 2")


def test_several_threads_on_a_page_hold_as_many_connections_as_are_in_view(told: Page) -> None:
    told.evaluate(
        """for (let number = 0; number < 8; number++) {
            const thread = Object.assign(document.createElement('leave-a-reply'), { id: `many-${number}` });
            thread.setAttribute('page', `/many-${number}`);
            thread.setAttribute('live', '');
            document.querySelector('main').append(tall(), thread);
        }"""
    )
    told.locator("leave-a-reply").last.scroll_into_view_if_needed()
    told.locator("leave-a-reply").last.get_by_role("heading", name="Comments").wait_for()
    expect_open(told, "2 of 2")
    leave_view(told)
    expect_open(told, "1 of 2")


def test_a_comment_that_came_for_one_that_went_is_news(told: Page) -> None:
    post(told, "The first.", "Tom")
    (shown,) = told.locator(".comment").evaluate_all("(all) => all.map((each) => Number(each.id.slice(8)))")
    button = told.get_by_role("button", name="New comments: 1")
    told.evaluate(f"tell(1, {shown}, '99-1')")
    told.clock.run_for(2000)
    expect(button).to_be_hidden()
    told.evaluate(f"tell(1, {shown + 1}, '99-2')")
    told.clock.run_for(2000)
    expect(button).to_be_visible()
    told.evaluate(f"tell(1, {shown}, '99-3')")
    told.clock.run_for(2000)
    expect(button).to_be_hidden()


def test_news_are_shown_while_more_come_in(told: Page) -> None:
    for number in range(1, 20):
        told.evaluate(f"tell({number}, {number}, '99-{number}')")
        told.clock.run_for(500)
    assert told.get_by_role("button", name="New comments").is_visible()


def test_a_comment_of_ones_own_counts_once_though_its_answer_comes_twice(told: Page) -> None:
    told.evaluate(
        """for (let times = 0; times < 2; times++) document.querySelector('.leave-a-reply').dispatchEvent(
        new CustomEvent('leave-a-reply:posted', { detail: { id: 7, status: 'approved' } }))"""
    )
    told.evaluate("tell(2, 8, '99-2')")
    told.clock.run_for(2000)
    expect(told.get_by_role("button", name="New comments: 1")).to_be_visible()
