"""Inside the page of another origin: by script, in a frame, as an included fragment, and by a plain form."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.browser.server import Server
from tests.reader import solve

CSP_HEADER = "Content-Security-Policy"
CSP = (
    "default-src 'self'; script-src {url}; style-src {url}; connect-src {url}; frame-src {url}; "
    "form-action {url} {host}"
)


class Host:
    """A static site on a port of its own, with a strict Content-Security-Policy."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        handler = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
        self._folder = folder
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def write(self, service_url: str, body: str, policy: str = CSP) -> str:
        policy = policy.format(url=service_url, host=self.origin)
        head = f'<meta charset="utf-8"><title>An article</title><meta http-equiv="{CSP_HEADER}" content="{policy}">'
        (self._folder / "article.html").write_text(
            f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
        )
        return f"{self.origin}/article.html"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    host = Host(tmp_path / "site")
    yield host
    host.close()


@pytest.fixture
def server(tmp_path: Path, host: Host) -> Iterator[Server]:
    with Server(tmp_path, REPLY_FLOOD_SECONDS="0", REPLY_SITES=host.origin) as server:
        yield server


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    context.close()


def post(place: Page | Frame, text: str) -> None:
    place.locator("#comment").fill(text)
    place.locator("#author").fill("Ingrid")
    place.locator("#email").fill("ingrid@example.org")
    place.locator("#captcha").fill(solve(place.locator(".captcha-question").inner_text()))
    place.locator("#submit").click()


def test_by_script(page: Page, host: Host, server: Server) -> None:
    script = f'<script src="{server.url}/embed.js" async></script><leave-a-reply></leave-a-reply>'
    page.goto(host.write(server.url, f"<h1>An article</h1>{script}"))
    post(page, "Posted from another origin.")
    expect(page.locator(".comment-content")).to_have_text("Posted from another origin.")
    page.get_by_role("link", name="Edit or delete").click()
    page.get_by_label("Your comment").fill("Edited from another origin.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".comment-content")).to_have_text("Edited from another origin.")
    page.reload()
    expect(page.locator(".comment-content")).to_have_text("Edited from another origin.")


def test_in_a_frame_that_sizes_itself(page: Page, host: Host, server: Server) -> None:
    address = f"{host.origin}/article.html"
    frame = f'<iframe src="{server.url}/page?frame=1&amp;page={address}" data-leave-a-reply title="Comments"></iframe>'
    page.goto(host.write(server.url, f'{frame}<script src="{server.url}/embed.js" async></script>'))
    inside = page.frame(url=lambda url: "/page" in url)
    assert inside
    post(inside, "Posted inside a frame.")
    expect(inside.locator(".comment-content")).to_have_text("Posted inside a frame.")
    page.wait_for_function("document.querySelector('iframe').clientHeight > 500")


def test_included_by_the_hosts_server(page: Page, host: Host, server: Server) -> None:
    address = f"{host.origin}/article.html"

    def include() -> str:
        with urlopen(f"{server.url}/thread?page={address}") as answer:
            fragment = answer.read().decode()
        return host.write(server.url, f'<link rel="stylesheet" href="{server.url}/embed.css">{fragment}')

    page.goto(include())
    post(page, "Posted from an included form.")
    page.wait_for_url(f"{address}#comment-*")
    page.goto(f"{include()}?past-the-cache")
    expect(page.locator(".comment-content")).to_have_text("Posted from an included form.")


def test_by_a_plain_form_that_asks_in_one_more_step(page: Page, host: Host, server: Server) -> None:
    address = f"{host.origin}/article.html"
    form = f"""<form action="{server.url}/comments" method="post"><input type="hidden" name="page" value="{address}">
        <textarea name="comment"></textarea><input name="author"><input name="email">
        <button>Post Comment</button></form>"""
    page.goto(host.write(server.url, form))
    page.fill("[name=comment]", "Posted by a plain form.")
    page.fill("[name=author]", "Ingrid")
    page.fill("[name=email]", "ingrid@example.org")
    page.click("button")
    expect(page.locator("h1")).to_have_text("One more step")
    expect(page.locator("#comment")).to_have_value("Posted by a plain form.")
    page.fill("#captcha", solve(page.locator(".captcha-question").inner_text()))
    page.click("#submit")
    page.wait_for_url(f"{address}#comment-*")
    with urlopen(f"{server.url}/comments?page={address}") as answer:
        assert "Posted by a plain form." in answer.read().decode()


def test_the_self_check_finds_it_well(host: Host, server: Server) -> None:
    address = host.write(server.url, f'<script src="{server.url}/embed.js"></script><leave-a-reply></leave-a-reply>')
    good = server.command("check", address)
    assert (good.returncode, "fail" in good.stdout) == (0, False), good.stdout
    bad = server.command("check", f"{host.origin}/nothing.html", "--json")
    assert (bad.returncode, [each["what"] for each in json.loads(bad.stdout) if each["level"] == "fail"]) == (
        1,
        ["page"],
    )


def test_a_policy_that_is_too_strict_says_what_to_add(page: Page, host: Host, server: Server) -> None:
    script = f'<script src="{server.url}/embed.js" async></script><leave-a-reply></leave-a-reply>'
    with (
        page.expect_console_message(lambda said: f"add {server.url} to connect-src" in said.text),
        page.expect_console_message(lambda said: f"leave-a-reply check {host.origin}/article.html" in said.text),
    ):
        page.goto(host.write(server.url, script, CSP.replace("connect-src {url}", "connect-src 'self'")))
    expect(page.locator("leave-a-reply")).to_contain_text("The comments cannot be shown just now.")


def test_a_page_that_is_not_registered_says_so_to_reader_and_owner(page: Page, host: Host, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        script = f'<script src="{server.url}/embed.js" async></script><leave-a-reply></leave-a-reply>'
        with page.expect_console_message(lambda said: f"leave-a-reply site add {host.origin}" in said.text):
            page.goto(host.write(server.url, script))
        expect(page.locator("leave-a-reply")).to_contain_text("The comments cannot be shown just now.")


def test_everything_is_said_in_the_language_around_it(page: Page, host: Host, server: Server) -> None:
    script = f'<script src="{server.url}/embed.js" async></script>'
    page.goto(host.write(server.url, f'<div lang="ar">{script}<leave-a-reply></leave-a-reply></div>'))
    expect(page.locator(".leave-a-reply")).to_have_attribute("dir", "rtl")
    expect(page.get_by_role("heading", name="اترك ردًا")).to_be_visible()
    page.route("**/comments", lambda route: route.continue_(url=f"{server.url}/nowhere"))
    page.locator("#commentform").evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    expect(page.get_by_role("alert")).to_have_text("لا يوجد شيء في هذا العنوان.")
    page.route("**/thread?*", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("تعذّر عرض التعليقات الآن.")
