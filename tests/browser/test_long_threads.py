"""A long thread in a real browser: older comments in place, links to one comment, numbers beside links, no jumping."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from db import tables
from db.engine import open_engine
from db.models import Status
from service.page_address import page_key
from tests.browser.axe import found
from tests.browser.host import Host, post
from tests.browser.server import Server

COMMENTS = 45
REPLIES = 25


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    host = Host(tmp_path_factory.mktemp("host") / "site")
    yield host
    host.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, host: Host) -> Iterator[Server]:
    """With 45 comments on the host's article, 25 more below its first, and 20 to a part."""
    folder = tmp_path_factory.mktemp("service")
    settings = {"REPLY_FLOOD_SECONDS": "0", "REPLY_SITES": host.origin, "REPLY_COMMENTS_PER_PAGE": "20"}
    with Server(folder, **settings) as server:
        fill(folder / "var" / "comments.db", f"{host.origin}/article.html")
        yield server


def fill(path: Path, article: str) -> None:
    engine = open_engine(f"sqlite:///{path}")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with engine.begin() as connection:
        origin = article.removesuffix("/article.html")
        site_id = connection.execute(tables.site.select().where(tables.site.c.origin == origin)).one().id
        page = {"site_id": site_id, "id": 1, "key": page_key(article), "url": article, "title": "", "closed": False}
        connection.execute(tables.page.insert(), page | {"version": 1, "created_at": at})
        rows: list[dict[str, Any]] = []
        for number in range(1, COMMENTS + REPLIES + 1):
            row: dict[str, Any] = {"site_id": site_id, "id": number, "page_id": 1, "status": Status.APPROVED}
            row |= {"parent_id": 1 if number > COMMENTS else None, "author": f"Author {number}", "email": "", "url": ""}
            row |= {"text": f"Text {number}", "format": "markdown", "created_at": at + timedelta(minutes=number)}
            rows.append(row | {"score": 0.0, "reasons": [], "source": ""})
        connection.execute(tables.comment.insert(), rows)
    engine.dispose()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context()
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    return page


def embed(server: Server, attributes: str = "") -> str:
    script = f'<script src="{server.url}/embed.js" async></script>'
    return f"<h1>An article</h1>{script}<leave-a-reply {attributes}></leave-a-reply><footer>The end</footer>"


def roots(page: Page) -> list[int]:
    ids = page.locator(".comment-list > .comment").evaluate_all("all => all.map((each) => each.id.slice(8))")
    return [int(each) for each in ids]


def test_older_comments_come_in_place(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server)))
    expect(page.locator("#comment-45")).to_be_visible()
    assert roots(page) == list(range(26, 46))
    expect(page.locator(".comments-title")).to_have_text("70 comments")
    page.get_by_role("link", name="Older comments").click()
    expect(page.locator("#comment-6 .comment-body")).to_be_focused()
    assert roots(page) == list(range(6, 46))
    page.get_by_role("link", name="Older comments").click()
    expect(page.locator("#comment-1")).to_be_visible()
    assert roots(page) == list(range(1, 46))
    expect(page.get_by_role("link", name="Older comments")).to_have_count(0)
    assert page.url == f"{host.origin}/article.html"


def test_more_replies_come_in_place(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server, 'first="oldest"')))
    replies = page.locator("#comment-1 > .children > .comment")
    expect(replies).to_have_count(20)
    page.get_by_role("link", name="5 more replies").click()
    expect(replies).to_have_count(25)
    expect(page.locator("#comment-66 .comment-body")).to_be_focused()
    expect(page.locator(".more-replies")).to_have_count(0)
    assert roots(page) == list(range(1, 21))


def test_where_a_part_cannot_be_fetched_the_link_leads_to_our_page(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server)))
    page.route("**/comments?*", lambda route: route.abort())
    page.get_by_role("link", name="Older comments").click()
    page.wait_for_url(f"{server.url}/page?*before=26#comments")
    assert roots(page) == list(range(6, 26))


def test_a_link_to_an_old_comment_shows_it(page: Page, host: Host, server: Server) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(host.write(server.url, embed(server)) + "#comment-7")
    expect(page.locator("#comment-7")).to_be_in_viewport()
    expect(page.get_by_role("link", name="Newer comments")).to_be_visible()
    assert len([url for url in asked if "/thread" in url or "/comments" in url]) == 1
    page.evaluate("location.hash = '#comment-50'")  # a reply to the first
    expect(page.locator("#comment-1 #comment-50")).to_be_in_viewport()
    expect(page.locator("#comment-50 > .comment-body")).to_have_class("comment-body is-new")
    page.evaluate("location.hash = '#comment-999999'")
    page.evaluate("location.hash = '#comment-45'")
    expect(page.locator("#comment-45")).to_be_in_viewport()


def test_an_included_thread_finds_the_comment_too(page: Page, host: Host, server: Server) -> None:
    address = f"{host.origin}/article.html"
    fragment = page.request.get(f"{server.url}/thread?page={address}").text()
    script = f'<script src="{server.url}/embed.js" defer></script>'
    page.goto(host.write(server.url, f"{fragment}{script}") + "#comment-3")
    expect(page.locator("#comment-3")).to_be_in_viewport()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_mailed_link_leads_to_the_comment_on_our_page(
    chromium: Browser, host: Host, server: Server, javascript: bool
) -> None:
    context = chromium.new_context(java_script_enabled=javascript)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{server.url}/page?page={host.origin}/article.html&comment=7#comment-7")
    expect(page.locator("#comment-7")).to_be_in_viewport()
    page.get_by_role("link", name="Older comments").click()
    expect(page.locator("#comment-1")).to_be_visible()
    if not javascript:
        page.get_by_role("link", name="Newer comments").click()
        expect(page.locator("#comment-7")).to_be_visible()
    assert [text for text in said if "404" not in text] == []  # the icon aside; a Content-Security-Policy would speak
    context.close()


def test_axe_finds_nothing_in_a_part(page: Page, host: Host, server: Server) -> None:
    for query in ("comment=7", "first=oldest", "replies=1&after=65", "comment=7&lang=ar"):
        page.goto(f"{server.url}/page?page={host.origin}/article.html&{query}")
        assert found(page) == ""


def test_the_styles_are_not_loaded_twice(page: Page, host: Host, server: Server) -> None:
    style = f'<link rel="stylesheet" href="{server.url}/embed.css">'
    page.goto(host.write(server.url, style + embed(server)))
    expect(page.locator("#comment-45")).to_be_visible()
    expect(page.locator("link[rel=stylesheet]")).to_have_count(1)


def test_numbers_and_lists_are_filled_in(page: Page, host: Host, server: Server) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    body = f"""<script src="{server.url}/widgets.js" async></script>
        <a id="one" data-leave-a-reply-count href="/article.html#comments">Comments</a>
        <span id="two" data-leave-a-reply-count="number" data-page="{host.origin}/article.html"></span>
        <a id="none" data-leave-a-reply-count href="/none.html">Comments</a>
        <a id="foreign" data-leave-a-reply-count href="https://else.example/">Comments</a>
        <div id="latest" data-leave-a-reply-list="latest" data-number="3"></div>
        <div id="popular" data-leave-a-reply-list="popular"></div>"""
    page.goto(host.write(server.url, body))
    expect(page.locator("#one")).to_have_text("70 comments")
    expect(page.locator("#two")).to_have_text("70")
    expect(page.locator("#none")).to_have_text("0 comments")
    expect(page.locator("#foreign")).to_have_text("Comments")
    expect(page.locator("#latest li")).to_have_count(3)
    expect(page.locator("#latest a").first).to_have_attribute("href", f"{host.origin}/article.html#comment-70")
    assert len([url for url in asked if "/counts" in url]) == 1


def test_many_numbers_are_asked_for_in_one_body(page: Page, host: Host, server: Server) -> None:
    methods: list[str] = []
    page.on("request", lambda request: "/counts" in request.url and methods.append(request.method))
    links = "".join(f'<a data-leave-a-reply-count href="/{"x" * 40}{number}">C</a>' for number in range(100))
    script = f'<script src="{server.url}/widgets.js" async></script>'
    page.goto(
        host.write(server.url, f'{script}{links}<a id="last" data-leave-a-reply-count href="/article.html">C</a>')
    )
    expect(page.locator("#last")).to_have_text("70 comments")
    assert methods == ["POST"]


def test_nothing_jumps_when_the_thread_arrives(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server).replace(" async", "")))  # else the end may be painted before it
    expect(page.locator("#comment-45")).to_be_visible()
    shift = page.evaluate(
        """new Promise((done) => {
            const sum = (list) => done(list.getEntries().reduce((sum, entry) => sum + entry.value, 0));
            new PerformanceObserver(sum).observe({ type: 'layout-shift', buffered: true });
            requestAnimationFrame(() => requestAnimationFrame(() => done(0)));
        })"""
    )
    assert shift < 0.005


def test_the_order_is_turned_in_place(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server)))
    page.locator("#comment-45 .comment-reply-link").click()
    page.locator("#comment").fill("Half an answ")
    page.get_by_role("link", name="Newest first").click()
    expect(page.get_by_role("link", name="Oldest first")).to_be_focused()
    assert roots(page) == list(range(45, 25, -1))
    expect(page.locator("#comment-45 #comment")).to_have_value("Half an answ")
    expect(page.locator('[name="comment_parent"]')).to_have_value("45")
    expect(page.locator(".comments-jump").get_by_role("link", name="Leave a Reply")).to_have_count(1)
    page.get_by_role("link", name="Oldest first").click()
    expect(page.locator("#comment-1")).to_be_visible()
    assert roots(page) == list(range(1, 21))
    expect(page.locator("#comment")).to_have_value("Half an answ")
    expect(page.locator(".reply-title-text")).to_have_text("Leave a Reply")
    assert page.url == f"{host.origin}/article.html"


def test_the_newest_may_stand_on_top(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server, 'order="new"')))
    expect(page.locator("#comment-45")).to_be_visible()
    assert roots(page) == list(range(45, 25, -1))
    page.get_by_role("link", name="Older comments").click()
    expect(page.locator("#comment-6")).to_be_attached()
    assert roots(page) == list(range(45, 5, -1))
    post(page, "On top.")
    expect(page.locator(".comment-list > .comment").first).to_contain_text("On top.")
