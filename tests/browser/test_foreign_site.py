"""From beginning to end in the page of another site, by each way, with and without JavaScript: under a strict policy,
in a browser that sends no cookies to third parties."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.browser.host import Host, fill, set_level
from tests.browser.launch import PATIENCE, QUIET, WHOLE, installed
from tests.browser.server import Server

TEXTS = iter(
    [
        "I have wound that light myself, one night in March. It is “heavier” than it looks & worth it.",
        "My grandmother kept the roster before the war; her handwriting is still on the door.",
        "Does anybody know whether children may come along on a Sunday?",
        "The ferry captain is right: one sees it from the bakery, too.",
        "Two metric tons and no noise at all. We build nothing like that today.",
        "A handrail, a telephone, and somebody to talk to: what more does a tower need?",
        "Surely 412 turns can be counted by a machine that costs less than lunch.",
        "Thank you for this story, it made my Monday.",
    ]
)
"""One for each journey: whoever says the same on many pages is held."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """``localhost`` is another site than ``127.0.0.1``, where the service is."""
    host = Host(tmp_path_factory.mktemp("host") / "site", "localhost")
    yield host
    host.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, host: Host) -> Iterator[Server]:
    """All readers are one client to it, so wrong answers would make the next one's question harder."""
    folder = tmp_path_factory.mktemp("service")
    settings = {"REPLY_FLOOD_SECONDS": "0", "REPLY_RATE_POST": "900/minute", "REPLY_SITES": host.origin}
    with Server(folder, **settings) as server:
        set_level(folder, 1, (1, 1))
        yield server


@pytest.fixture(scope="module", params=["with JavaScript", "without JavaScript"])
def scripted(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "with JavaScript")


@dataclass(frozen=True)
class Window:
    """The one window of a browser, which the tests share, and what it says of errors. The service's site has left a
    cookie there.
    """

    page: Page
    said: list[str]

    @classmethod
    def of(cls, page: Page) -> Self:
        cookie = {"name": "seen", "value": "1", "domain": "127.0.0.1", "path": "/", "sameSite": "None", "secure": True}
        page.context.add_cookies([cookie])  # type: ignore[list-item]  # a dict of its own kind
        window = cls(page, [])
        page.on("pageerror", lambda error: window.said.append(str(error)))
        page.on("console", lambda message: window.note(message.text))
        return window

    def note(self, text: str) -> None:
        if "Content Security" in text:
            self.said.append(text)

    def use(self) -> Iterator[Page]:
        self.said.clear()
        yield self.page
        assert self.said == []


@pytest.fixture(scope="module")
def window(chromium: Browser, scripted: bool) -> Iterator[Window]:
    """The light browser is told to send no cookies to third parties, and to show scripts none."""
    with chromium.new_context(java_script_enabled=scripted) as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCookieControls", {"enableThirdPartyCookieRestriction": True})
        yield Window.of(page)


@pytest.fixture(scope="module")
def owned(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A profile whose owner has chosen to block third-party cookies: that denies scripts in frames all storage, too,
    which the light browser does not know.
    """
    folder = tmp_path_factory.mktemp("profile")
    choose(folder, cookie_controls_mode=1)
    with chromium.browser_type.launch_persistent_context(
        folder, executable_path=installed(WHOLE), channel="chromium", args=QUIET
    ) as context:
        context.set_default_timeout(PATIENCE)
        yield Window.of(context.pages[0])


def choose(folder: Path, **profile: int) -> None:
    (folder / "Default").mkdir()
    (folder / "Default" / "Preferences").write_text(json.dumps({"profile": profile}))


@pytest.fixture
def page(window: Window) -> Iterator[Page]:
    yield from window.use()


@pytest.fixture
def framing(request: pytest.FixtureRequest, scripted: bool) -> Iterator[Page]:
    """A window for a page with a frame."""
    yield from request.getfixturevalue("owned" if scripted else "window").use()


def frame(server: Server, address: str, more: str = "") -> str:
    source = f"{server.url}/page?frame=1&amp;page={address}{more}"
    return f'<iframe src="{source}" data-leave-a-reply title="Comments" width="900" height="900"></iframe>'


def script(server: Server) -> str:
    return f'<script src="{server.url}/embed.js" async></script>'


def framed(page: Page) -> Frame:
    inside = page.frame(url=re.compile("/page"))
    assert inside
    return inside


def comment(place: Page | Frame, text: str) -> None:
    """From a missing name and a wrong answer to a comment that is sent in order. Nothing typed is lost on the way."""
    fill(place, text, name=" ")
    place.locator("#submit").click()
    expect(place.locator("#form-errors")).to_contain_text("Please type your name.")
    expect(place.locator("#comment")).to_have_value(text)
    fill(place, text, answer="99")
    place.locator("#submit").click()
    expect(place.locator("#form-errors")).to_contain_text("That was not the right answer.")
    expect(place.locator("#comment")).to_have_value(text)
    fill(place, text)
    place.locator("#submit").click()


def converse(place: Page | Frame) -> str:
    """A comment and a reply to it, both seen at once. Gives the comment's text."""
    text = next(TEXTS)
    comment(place, text)
    expect(place.locator(".comment-content")).to_have_text(text)
    place.locator(".comment-reply-link").click()
    expect(place.locator("#reply-title")).to_contain_text("Leave a Reply to Ingrid")
    fill(place, f"“{text[:30]}” indeed!", name="Tom")
    place.locator("#submit").click()
    expect(place.locator(".children .comment-content")).to_contain_text("indeed!")
    return text


def test_cookies_are_sent_to_the_service_and_not_into_its_frame(
    page: Page, framing: Page, host: Host, server: Server
) -> None:
    for each in (page, framing):
        sent: dict[bool, str] = {}
        for is_framed in (False, True):
            address = host.write(server.url, frame(server, host.address("cookies")), name="cookies")
            with each.expect_request(re.compile("/page")) as asked:
                each.goto(address if is_framed else f"{server.url}/page?page={address}")
            sent[is_framed] = asked.value.all_headers().get("cookie", "")
        assert sent == {False: "seen=1", True: ""}


def test_by_script(page: Page, host: Host, server: Server, scripted: bool) -> None:
    name = f"script-{scripted}"
    link = f'<a href="{server.url}/page?page={host.address(name)}">Read and write comments</a>'
    page.goto(host.write(server.url, f"{script(server)}<leave-a-reply>{link}</leave-a-reply>", name=name))
    if not scripted:
        page.get_by_role("link", name="Read and write comments").click()
    converse(page)
    if scripted:
        page.get_by_role("link", name="Edit or delete").first.click()
        page.get_by_label("Your comment").fill("Edited in the page of another site.")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".comment-content").first).to_have_text("Edited in the page of another site.")
    page.goto(host.address(name))
    expect(page.locator(".children .comment, leave-a-reply > a")).to_be_visible()


def test_in_a_frame(framing: Page, host: Host, server: Server, scripted: bool) -> None:
    name = f"frame-{scripted}"
    article = host.address(name)
    framing.goto(host.write(server.url, f"<p>Words.</p>{frame(server, article)}{script(server)}", name=name))
    converse(framed(framing))
    assert framing.url.partition("#")[0] == article
    if scripted:
        expect(framing.locator("iframe")).to_have_attribute("style", re.compile(r"height: \d+px"))
    permalink = framed(framing).locator(".comment-metadata a").first
    expect(permalink).to_have_attribute("href", re.compile(re.escape(article) + r"#comment-\d+$"))
    permalink.click()
    framing.wait_for_url(f"{article}#comment-*")


def test_included_by_the_hosts_server(page: Page, host: Host, server: Server, scripted: bool) -> None:
    names = iter(f"include-{scripted}{step}" for step in range(9))
    article = host.address(f"include-{scripted}")

    def include(name: str = "") -> str:
        with urlopen(f"{server.url}/thread?page={article}") as answer:
            fragment = answer.read().decode()
        style = f'<link rel="stylesheet" href="{server.url}/embed.css">'
        name = name or next(names)
        return host.write(server.url, f"{style}{fragment}{script(server) if scripted else ''}", name=name)

    page.goto(include())
    include(f"include-{scripted}")
    if scripted:
        text = converse(page)
    else:
        text = next(TEXTS)
        comment(page, text)
        page.wait_for_url(f"{article}#comment-*")
    page.goto(include())
    expect(page.locator(".comment-content").first).to_have_text(text)


def test_by_a_plain_form(page: Page, host: Host, server: Server, scripted: bool) -> None:
    name = f"form-{scripted}"
    form = f"""<form action="{server.url}/comments" method="post">
        <input type="hidden" name="page" value="{host.address(name)}">
        <textarea name="comment"></textarea><input name="author"><input name="email">
        <button>Post Comment</button></form>"""
    page.goto(host.write(server.url, form, name=name))
    page.fill("[name=comment]", "Written on a static page.")
    page.fill("[name=author]", "Ingrid")
    page.fill("[name=email]", "ingrid@example.org")
    page.click("button")
    expect(page.locator("h1")).to_have_text("One more step")
    expect(page.locator("#comment")).to_have_value("Written on a static page.")
    text = next(TEXTS)
    comment(page, text)
    page.wait_for_url(f"{host.address(name)}#comment-*")
    with urlopen(f"{server.url}/comments?page={host.address(name)}") as answer:
        assert text[:30] in answer.read().decode()


def test_a_link_to_a_comment_shows_it_in_the_frame(framing: Page, host: Host, server: Server, scripted: bool) -> None:
    """Without scripts the article cannot tell its frame; the link to our own page finds it, see the long threads."""
    name = f"permalink-{scripted}"
    article = host.address(name)
    framing.goto(f"{server.url}/page?page={article}")
    for text in ("The first one.", "The second one.", "The third one."):
        fill(framing, text)
        framing.locator("#submit").click()
        expect(framing.locator(".comment-content").last).to_have_text(text)
    number = framing.locator(".comment").last.get_attribute("id")
    screens = '<p style="height: 300vh">Words.</p>'
    policy = "frame-src {url}; script-src {url}"
    address = host.write(server.url, f"{screens}{frame(server, article)}{script(server)}", policy, name)
    framing.goto(f"{address}#{number}")
    third = framing.frame_locator("iframe").get_by_text("The third one.")
    if scripted:
        expect(third).to_be_in_viewport()
        framing.evaluate("location.hash = ''; window.scrollTo(0, 0)")
        first = framed(framing).locator(".comment").first.get_attribute("id")
        framing.evaluate(f"location.hash = '{first}'")
        expect(framing.frame_locator("iframe").get_by_text("The first one.")).to_be_in_viewport()
    else:
        expect(third).to_be_attached()
