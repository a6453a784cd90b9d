"""The question of a thread that the script has put into a page: it comes after the thread, and before it is needed."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.host import Host, fill, post
from tests.browser.server import Server
from tests.browser.test_embedding import embed
from tests.browser.test_embedding import host as host
from tests.browser.test_embedding import page as page
from tests.browser.test_embedding import server as server
from tests.browser.test_single_page_apps import ANY
from tests.reader import solve

FAR = '<p style="height: 2000px">Words.</p>'
QUESTION = re.compile(r"/captcha\?")
TOKEN = '[name="captcha_token"]'


@pytest.fixture
def questions(page: Page) -> Iterator[list[Route]]:
    """Requests for a question, held back until they are continued."""
    held: list[Route] = []
    page.route(QUESTION, lambda route: held.append(route))
    yield held
    page.unroute_all()


def let_through(page: Page, questions: list[Route]) -> None:
    """The last one. Its route is told right after the request, so one more round trip to the browser is enough."""
    page.evaluate("0")
    questions[-1].continue_()


def test_it_is_asked_for_when_the_form_comes_near(
    page: Page, host: Host, server: Server, questions: list[Route]
) -> None:
    page.goto(host.write(server.url, FAR + embed(server), ANY, "far"))
    page.evaluate("scrollTo(0, 800)")  # the thread comes earlier than the question
    expect(page.locator("#commentform")).to_be_attached()
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert questions == []
    with page.expect_request(QUESTION):
        page.locator("#reply-title").scroll_into_view_if_needed()
    let_through(page, questions)
    expect(page.locator("#captcha")).to_be_editable()
    page.locator("#author").focus()
    assert len(questions) == 1


def test_it_is_there_one_round_trip_after_the_form_has_the_focus(
    page: Page, host: Host, server: Server, questions: list[Route]
) -> None:
    scripts: list[Route] = []
    page.route("**/form.js*", lambda route: scripts.append(route))
    page.goto(host.write(server.url, embed(server), ANY, "focus"))
    expect(page.locator("#commentform")).to_be_visible()
    page.wait_for_function("document.querySelector('.is-awaited')")
    page.evaluate("0")
    with page.expect_event("requestfailed"):
        questions[0].abort()
    with page.expect_request(QUESTION):
        page.locator("#comment").focus()
    let_through(page, questions)
    expect(page.locator("#captcha")).to_be_editable()
    expect(page.locator(TOKEN)).not_to_have_value("")
    assert len(scripts) == 1, "asked for at the same time, and not needed for the question"


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_when_it_comes(
    page: Page, host: Host, server: Server, questions: list[Route], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 1400})
    page.add_init_script(
        """window.shifts = [];
        new PerformanceObserver(list => shifts.push(...list.getEntries().map(each => each.value)))
            .observe({ type: 'layout-shift', buffered: true });"""
    )
    style = "<style>leave-a-reply:not(:defined) { display: block; min-height: 100vh }</style>"
    policy = "img-src *"
    with page.expect_request(QUESTION):
        page.goto(host.write(server.url, embed(server), policy, f"moves-{width}", style))
    before = page.locator("#submit").bounding_box()
    assert page.locator(".captcha-question").is_hidden()
    let_through(page, questions)
    expect(page.locator(".captcha-question")).to_be_visible()
    assert page.locator("#submit").bounding_box() == before
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("shifts") == []


@pytest.mark.parametrize("way", ["reload", "back", "another page in place"])
def test_after_a_way_through_the_browser_it_can_be_answered(page: Page, host: Host, server: Server, way: str) -> None:
    address = host.write(server.url, embed(server), ANY, f"way-{way[:4]}")
    page.goto(address)
    fill(page, "Begun.")
    if way == "reload":
        page.reload()
    elif way == "back":
        page.goto("about:blank")
        page.go_back()
    else:
        page.evaluate("address => history.pushState({}, '', address)", host.address("way-pushed"))
        expect(page.locator('[name="page"]')).to_have_value(host.address("way-pushed"))
    post(page, "Done.")
    expect(page.locator(".comment-content")).to_have_text("Done.")


def test_another_one_and_the_honeypot_come_together(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server), ANY, "another"))
    expect(page.locator("#captcha")).to_be_editable()
    trap = page.locator("[data-bwignore]")
    first, token = trap.get_attribute("name"), page.locator(TOKEN).input_value()
    assert first
    page.get_by_role("button", name="Another question").click()
    expect(page.locator(TOKEN)).not_to_have_value(token)
    assert trap.get_attribute("name") not in (None, first)
    expect(page.locator("#captcha")).to_be_focused()


def test_where_none_comes_the_form_can_be_sent_all_the_same(page: Page, host: Host, server: Server) -> None:
    page.route(QUESTION, lambda route: route.abort())
    page.goto(host.write(server.url, embed(server), ANY, "none"))
    page.locator("#comment").fill("Sent without a question.")
    page.locator("#author").fill("Ingrid")
    page.locator("#email").fill("ingrid@example.org")
    page.locator("#submit").click()
    expect(page.locator("#captcha")).to_be_focused()
    page.locator("#captcha").fill(solve(page.locator(".captcha-question").inner_text()))
    page.locator("#submit").click()
    expect(page.locator(".comment-content")).to_have_text("Sent without a question.")


def test_a_thread_from_the_script_is_the_same_for_everybody(page: Page, host: Host, server: Server) -> None:
    with page.expect_response("**/thread?*") as thread:
        page.goto(host.write(server.url, embed(server), ANY, "shared"))
    assert thread.value.headers["cache-control"].startswith("public")
    assert thread.value.headers["etag"]
