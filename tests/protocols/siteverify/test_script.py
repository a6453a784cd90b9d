"""``captcha.js`` in a real Chromium, on a page of the shop that stands at an origin of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from db.engine import migrate, open_engine
from service import sites
from service.sites import AddedSite
from tests.browser.host import set_level
from tests.browser.launch import chromium as chromium
from tests.browser.server import Server
from tests.browser.test_accessibility import assert_clean
from tests.reader import solve

FORM = """<!doctype html><html lang="en"><title>Shop</title><form method="post" action="/contact">
<label>Message <input name="message"></label>
<div class="g-recaptcha" data-sitekey="{key}" data-action="contact" data-response-fields="h-captcha-response"></div>
<noscript><a href="{service}/captcha/pass?sitekey={key}&amp;action=contact">Get a code</a>
<label>Code <input name="captcha-response"></label></noscript>
<button name="send" value="now">Send</button></form>
<script src="{service}/captcha.js"></script>"""


class Shop(ThreadingHTTPServer):
    """Serves the form and keeps what was sent. ``page`` is set once the service is known."""

    page = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.sent: list[dict[str, str]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Shop

    def do_GET(self) -> None:
        self._answer(self.server.page)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.server.sent.append({name: values[0] for name, values in parse_qs(body).items()})
        self._answer("<p>Thank you.</p>")

    def _answer(self, page: str) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def open_shop() -> Iterator[Shop]:
    """A shop that answers."""
    with Shop() as shop:
        thread = threading.Thread(target=shop.serve_forever)
        thread.start()
        yield shop
        shop.shutdown()
        thread.join()


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as shop:
        yield shop


@pytest.fixture
def site(tmp_path: Path, shop: Shop) -> AddedSite:
    return registered(tmp_path, shop)


def registered(folder: Path, shop: Shop) -> AddedSite:
    """The shop, known to the service that will run in this folder."""
    engine = open_engine(f"sqlite:///{folder / 'var' / 'comments.db'}")
    migrate(engine)
    with engine.begin() as connection:
        site = sites.register(connection, shop.url, datetime.now(UTC))
    engine.dispose()
    assert site
    return site


@pytest.fixture
def server(tmp_path: Path, shop: Shop, site: AddedSite) -> Iterator[Server]:
    with Server(tmp_path) as server:
        shop.page = FORM.format(service=server.url, key=site.key)
        yield server


def visit(chromium: Browser, *, scripts: bool = True) -> Page:
    context = chromium.new_context(java_script_enabled=scripts)
    return context.new_page()


def answer(page: Page) -> None:
    expect(page.get_by_text("Another question")).to_be_visible()  # until then no question is there
    page.get_by_label("What is").fill(solve(question(page)))


def question(page: Page) -> str:
    """As it is seen, with a ``?`` where the box stands in place of a number."""
    before, after = (page.locator(f"{place} > span[aria-hidden]").text_content() for place in ("label", "span"))
    return f"{before} ? {after}".strip() if after else before or ""


def verified(server: Server, site: AddedSite, response: str) -> dict[str, object]:
    asked = {"secret": site.secret, "response": response}
    return dict(httpx2.post(f"{server.url}/siteverify", data=asked, trust_env=False).json())


def test_the_form_is_held_until_the_answer_is_right_and_then_carries_a_pass(
    chromium: Browser,
    server: Server,
    shop: Shop,
    site: AddedSite,
) -> None:
    page = visit(chromium)
    page.goto(shop.url)
    page.fill("[name=message]", "Hello")
    field = page.get_by_label("What is")
    field.fill("99")
    page.click("text=Send")
    expect(page.get_by_role("alert")).to_have_text("That was not the right answer. Here is a new question.")
    expect(field).to_be_focused()
    expect(page.locator("[name=message]")).to_have_value("Hello")
    assert shop.sent == []

    field.fill(solve(question(page)))
    field.press("Enter")
    expect(page.get_by_text("Thank you.")).to_be_visible()
    [sent] = shop.sent
    assert (sent["message"], sent["send"]) == ("Hello", "now")
    assert sent["captcha-response"] == sent["g-recaptcha-response"] == sent["h-captcha-response"]
    assert "cf-turnstile-response" not in sent
    found = verified(server, site, sent["captcha-response"])
    assert (found["success"], found["action"], found["hostname"]) == (True, "contact", "127.0.0.1")
    page.context.close()


def test_axe_finds_nothing_on_the_page_that_gives_the_code(chromium: Browser, server: Server, site: AddedSite) -> None:
    page = visit(chromium)
    page.goto(f"{server.url}/captcha/pass?sitekey={site.key}")
    assert_clean(page)
    page.fill("#answer", "99")
    page.click("text=Get the code")
    expect(page.get_by_role("alert")).to_be_visible()
    assert_clean(page)
    page.fill("#answer", solve(page.locator(".captcha-question").inner_text()))
    page.click("text=Get the code")
    expect(page.get_by_label("Copy this code")).to_be_focused()
    assert_clean(page)
    page.context.close()


def test_without_javascript_a_link_leads_to_a_code_to_paste(
    chromium: Browser,
    server: Server,
    shop: Shop,
    site: AddedSite,
) -> None:
    page = visit(chromium, scripts=False)
    page.goto(shop.url)
    page.click("a[href*='/captcha/pass']")  # text selectors leave <noscript> out
    page.fill("#answer", solve(page.locator(".captcha-question").inner_text()))
    page.click("text=Get the code")
    code = page.get_by_label("Copy this code").input_value()
    page.goto(shop.url)
    page.fill("[name=captcha-response]", code)
    page.click("text=Send")
    assert verified(server, site, shop.sent[0]["captcha-response"])["success"]
    page.context.close()


def test_at_level_three_the_browser_works_while_its_reader_types(
    chromium: Browser, server: Server, shop: Shop, site: AddedSite, tmp_path: Path
) -> None:
    set_level(tmp_path, site.id, (3, 4))
    page = visit(chromium)
    with page.expect_request("**/work.js") as loaded:
        page.goto(shop.url)
        page.fill("[name=message]", "Hello")  # the question need not be answered for the work to begin
    assert loaded.value.url == f"{server.url}/work.js"
    answer(page)
    page.click("text=Send")
    expect(page.get_by_text("Thank you.")).to_be_visible()
    found = verified(server, site, shop.sent[0]["captcha-response"])
    assert (found["success"], found["level"], found["work"]) == (True, 3, True)
    page.context.close()


def test_a_form_does_not_wait_for_work_that_takes_too_long(
    chromium: Browser, server: Server, shop: Shop, site: AddedSite, tmp_path: Path
) -> None:
    set_level(tmp_path, site.id, (3, 4))
    page = visit(chromium)
    page.clock.install()
    slow = "window.leaveAReplyWork = () => new Promise(() => {})"
    headers = {"access-control-allow-origin": "*", "content-type": "text/javascript"}
    page.route("**/work.js", lambda route: route.fulfill(body=slow, headers=headers))
    page.goto(shop.url)
    answer(page)
    page.click("text=Send")
    expect(page.locator("[data-sitekey]")).to_have_attribute("aria-busy", "true")
    page.clock.fast_forward(21_000)
    expect(page.get_by_text("Thank you.")).to_be_visible()
    found = verified(server, site, shop.sent[0]["captcha-response"])
    assert (found["success"], found["level"], found["work"]) == (True, 3, False)
    page.context.close()
