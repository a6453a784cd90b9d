"""In pages that change under a thread: routers, Turbo, htmx, and frameworks that take over what the server has sent."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.browser.host import Host, post
from tests.browser.server import Server
from tests.browser.test_embedding import embed
from tests.browser.test_embedding import host as host
from tests.browser.test_embedding import page as page
from tests.browser.test_embedding import server as server

ANY = "img-src *"
"""A policy that lets a page's own scripts run."""


@pytest.fixture(scope="module")
def articles(host: Host, server: Server) -> list[str]:
    """Two of them."""
    return [host.write(server.url, embed(server), ANY, name) for name in ("first", "second")]


@pytest.fixture(scope="module")
def commented(chromium: Browser, articles: list[str]) -> list[str]:
    """The same, with a comment on each."""
    with chromium.new_context() as context:
        page = context.new_page()
        for name, address in zip(("first", "second"), articles, strict=True):
            page.goto(address)
            post(page, f"On the {name} article.")
            expect(page.locator(".comment-content")).to_have_text(f"On the {name} article.")
    return articles


@pytest.fixture
def asked(page: Page, server: Server) -> Iterator[list[str]]:
    """What the service is asked for, without the query."""
    paths: list[str] = []

    def note(request: Request) -> None:
        if request.url.startswith(server.url):
            paths.append(request.url.removeprefix(server.url).partition("?")[0])

    page.on("request", note)
    yield paths
    page.remove_listener("request", note)


def test_another_page_on_the_element_is_another_thread(
    page: Page, host: Host, server: Server, commented: list[str]
) -> None:
    first, second = commented
    page.goto(host.write(server.url, embed(server, f'page="{first}"'), ANY, "element"))
    expect(page.locator(".comment-content")).to_have_text("On the first article.")
    page.locator("leave-a-reply").evaluate("(element, address) => element.setAttribute('page', address)", second)
    expect(page.locator(".comment-content")).to_have_text("On the second article.")
    expect(page.locator('[name="page"]')).to_have_value(second)


def test_an_answer_that_comes_late_is_not_shown_for_another_page(
    page: Page, host: Host, server: Server, commented: list[str]
) -> None:
    first, second = commented
    held: list[Route] = []
    page.route(re.compile(r"/thread\?.*first"), lambda route: held.append(route))
    page.goto(host.write(server.url, embed(server, f'page="{first}"'), ANY, "late"))
    while not held:
        page.evaluate("0")  # lets the request come to the handler above
    page.locator("leave-a-reply").evaluate("(element, address) => element.setAttribute('page', address)", second)
    expect(page.locator(".comment-content")).to_have_text("On the second article.")
    with page.expect_response(re.compile(r"/thread\?.*first")):
        held[0].continue_()
    expect(page.locator(".comment-content")).to_have_text("On the second article.")


@pytest.mark.parametrize("attribute", ["order", "lang"])
def test_order_and_language_are_followed_too(page: Page, commented: list[str], attribute: str) -> None:
    page.goto(commented[0])
    expect(page.locator("#comments-title")).to_have_text("1 comment")
    value = {"order": "new", "lang": "de"}[attribute]
    page.locator("leave-a-reply").evaluate(
        "(element, [name, value]) => element.setAttribute(name, value)", [attribute, value]
    )
    seen = {"order": '.comment-list[data-order="new"]', "lang": '.leave-a-reply[lang="de"]'}[attribute]
    expect(page.locator(seen)).to_be_visible()


@pytest.mark.parametrize("canonical", [False, True], ids=["by address", "with a canonical that stays behind"])
def test_a_router_that_changes_the_address_changes_the_thread(
    page: Page, host: Host, server: Server, commented: list[str], canonical: bool
) -> None:
    first, second = commented
    head = f'<link rel="canonical" href="{first}">' if canonical else ""
    host.write(server.url, embed(server), ANY, "first", head)
    page.goto(first)
    expect(page.locator(".comment-content")).to_have_text("On the first article.")
    page.evaluate("address => history.pushState({}, '', address)", second)
    expect(page.locator(".comment-content")).to_have_text("On the second article.")
    page.go_back()
    expect(page.locator(".comment-content")).to_have_text("On the first article.")
    host.write(server.url, embed(server), ANY, "first")


def test_a_router_that_changes_the_query_changes_the_thread(page: Page, host: Host, server: Server) -> None:
    first, second = (f"{host.address('by-query')}?p={number}" for number in (1, 12))
    host.write(server.url, embed(server), ANY, "by-query", f'<link rel="canonical" href="{first}">')
    page.goto(f"{first}&utm_source=mail")
    expect(page.locator('[name="page"]')).to_have_value(first)
    page.evaluate("address => history.pushState({}, '', address)", second)
    expect(page.locator('[name="page"]')).to_have_value(second)


def test_who_types_goes_on_while_tracking_is_taken_out_of_the_address(
    page: Page, host: Host, server: Server, asked: list[str]
) -> None:
    address = host.write(server.url, embed(server), ANY, "tracked")
    page.goto(f"{address}?utm_source=mail")
    expect(page.locator("#captcha")).to_be_editable()
    page.locator("#comment").press_sequentially("Half a")
    page.evaluate("address => history.replaceState({}, '', address)", address)
    page.locator("#comment").press_sequentially(" comment")
    expect(page.locator("#comment")).to_have_value("Half a comment")
    assert asked.count("/thread") == 1


def test_the_title_that_is_sent_is_that_of_the_page_by_then(page: Page, host: Host, commented: list[str]) -> None:
    page.goto(commented[0])
    expect(page.locator(".comment-content")).to_be_visible()
    page.evaluate("address => history.pushState({}, '', address)", host.address("titled-later"))
    expect(page.locator('[name="page"]')).to_have_value(host.address("titled-later"))
    page.evaluate("document.title = 'Named later'")
    with page.expect_request("**/comments") as sent:
        post(page, "Below a title that came late.")
    assert dict(parse_qsl(sent.value.post_data or ""))["title"] == "Named later"


def test_another_canonical_changes_the_thread(page: Page, host: Host, server: Server, commented: list[str]) -> None:
    first, second = commented
    page.goto(host.write(server.url, embed(server), ANY, "canonical", f'<link rel="canonical" href="{first}">'))
    expect(page.locator(".comment-content")).to_have_text("On the first article.")
    page.locator("link").evaluate("(link, address) => { link.href = address }", second)
    expect(page.locator(".comment-content")).to_have_text("On the second article.")


def test_a_thread_can_be_told_to_load_again(page: Page, commented: list[str], asked: list[str]) -> None:
    page.goto(commented[0])
    expect(page.locator(".comment-content")).to_be_visible()
    page.locator("leave-a-reply").evaluate("element => element.reload()")
    expect(page.locator(".comment-content")).to_have_text("On the first article.")
    assert asked.count("/thread") == 2


def test_ten_navigations_leave_nothing_behind(page: Page, commented: list[str], asked: list[str]) -> None:
    page.goto(commented[0])
    for turn in range(10):
        page.evaluate(
            """address => {
                const fresh = document.createElement('leave-a-reply');
                fresh.setAttribute('page', address);
                document.querySelector('leave-a-reply').replaceWith(fresh);
            }""",
            commented[turn % 2],
        )
        expect(page.locator(".comment-content")).to_be_visible()
    expect(page.locator("#comments.comments-area")).to_have_count(1)
    expect(page.locator("#commentform")).to_have_count(1)
    asked.clear()
    with page.expect_response(re.compile(r"/comments\?")):
        page.evaluate("location.hash = '#comment-77'")
    assert asked.count("/comments") == 1


def test_a_fragment_that_comes_later_is_made_live(page: Page, host: Host, server: Server, commented: list[str]) -> None:
    script = f'<script src="{server.url}/embed.js" async></script><div id="place"></div>'
    page.goto(host.write(server.url, script, ANY, "later"))
    page.evaluate(
        """async (address) => {
            document.getElementById('place').innerHTML = await (await fetch(address)).text();
        }""",
        f"{server.url}/thread?page={commented[0]}",
    )
    expect(page.locator(".leave-a-reply.is-live")).to_be_visible()
    post(page, "From a fragment.")
    expect(page.get_by_text("Your comment is posted.")).to_be_attached()


def test_counts_that_come_later_are_filled_and_follow_what_is_posted(page: Page, host: Host, server: Server) -> None:
    address = host.address("counted")
    mark = f'<a data-leave-a-reply-count href="{address}#comments">Comments</a>'
    widgets = f'<script src="{server.url}/widgets.js" async></script><main></main>'
    page.goto(host.write(server.url, embed(server) + widgets, ANY, "counted"))
    page.locator("main").evaluate("(main, mark) => { main.innerHTML = mark }", mark)
    expect(page.locator("main a")).to_have_text("0 comments")
    post(page, "One to be counted.")
    expect(page.locator("main a")).to_have_text("1 comment")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Edit or delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("main a")).to_have_text("0 comments")


def test_numbers_are_asked_for_once_though_their_script_is_run_again(
    page: Page, host: Host, server: Server, asked: list[str]
) -> None:
    widgets = f'<script src="{server.url}/widgets.js"></script>'
    mark = f'<a data-leave-a-reply-count href="{host.address("counted")}">Comments</a>'
    page.goto(host.write(server.url, widgets * 3 + mark, ANY, "thrice"))
    expect(page.locator("a")).to_have_text("0 comments")
    assert asked.count("/counts") == 1


@pytest.mark.parametrize("is_slow", [False, True], ids=["that loads", "that loads for long"])
def test_what_a_framework_may_still_compare_stays_as_it_was_sent(
    page: Page, host: Host, server: Server, is_slow: bool
) -> None:
    pictures: list[Route] = []
    page.route("**/slow.png", lambda route: pictures.append(route))
    page.clock.install()
    body = f'<leave-a-reply><a href="/">Read</a></leave-a-reply><script src="{server.url}/embed.js"></script>'
    with page.expect_response(re.compile("/thread")) as thread:
        page.goto(host.write(server.url, f"{body}<img src=slow.png>", ANY, "slow"), wait_until="domcontentloaded")
    thread.value.finished()
    page.evaluate("fetch(location)")
    expect(page.locator("leave-a-reply > *")).to_have_text("Read")
    if not is_slow:
        pictures[0].fulfill(body="")
        page.wait_for_load_state()
    page.clock.run_for(600 if not is_slow else 3000)
    expect(page.locator("#commentform")).to_be_visible()
    if is_slow:
        pictures[0].abort()


def test_the_title_stays_on_the_element_and_is_no_tooltip(page: Page, host: Host, server: Server) -> None:
    with page.expect_request(re.compile(r"/thread\?.*title=Of\+its\+own")):
        page.goto(host.write(server.url, embed(server, 'title="Of its own"'), ANY, "titled"))
    expect(page.locator("leave-a-reply")).to_have_attribute("title", "Of its own")
    expect(page.locator(".leave-a-reply")).to_have_attribute("title", "")
