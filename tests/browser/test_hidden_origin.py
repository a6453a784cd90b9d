"""A stranger's page that hides its origin does not post in a visitor's name, in a real Chromium."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.host import Host
from tests.browser.server import Server
from tests.reader import solve

TEXT = "Said by somebody else in the visitor’s name."


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """``localhost`` is another site than ``127.0.0.1``, and not registered."""
    host = Host(tmp_path_factory.mktemp("stranger") / "site", "localhost")
    yield host
    host.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("service"), REPLY_FLOOD_SECONDS="0", REPLY_MIN_FILL_SECONDS="0") as server:
        yield server


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def fields(server: Server) -> dict[str, str]:
    """All that a comment needs, with the right answer: the stranger has asked for a question elsewhere."""
    article = f"{server.url}/"
    with urlopen(f"{server.url}/captcha?page={quote(article)}") as answer:
        question: dict[str, Any] = json.load(answer)
    solved = {"captcha": solve(question["question"]), "captcha_token": question["token"]}
    return {"page": article, "comment": TEXT, "author": "Mallory", "email": "mallory@evil.example", **solved}


def form(server: Server, more: str = "") -> str:
    inputs = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in fields(server).items()
    )
    return (
        f'<form action="{server.url}/comments" method="post"{more}>{inputs}</form>'
        "<script>onload = () => document.forms[0].submit()</script>"
    )


def visit(page: Page, stranger: Host, server: Server, body: str, head: str = "") -> int:
    """The stranger's page is looked at until what it sends by itself is answered. Returns how many POSTs were refused
    meanwhile."""
    before = refused(server)
    page.goto(stranger.write(server.url, body, policy="", head=head), wait_until="commit")
    expect(page).to_have_title(re.compile("^(sent|One more step)"))
    assert TEXT not in shown(server)
    return refused(server) - before


def refused(server: Server) -> int:
    """How many requests for ``/comments`` were refused."""
    with urlopen(f"{server.url}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    found = [line for line in lines if line.startswith('reply_requests_total{route="/comments",status="4xx"')]
    return sum(int(float(line.rpartition(" ")[2])) for line in found)


def shown(server: Server) -> str:
    with urlopen(f"{server.url}/comments?page={quote(server.url)}/") as answer:
        return str(answer.read().decode())


def framed(sandbox: str, inside: str, loads: int) -> str:
    """A frame around this. The page is called “sent” once the frame has said so, or has loaded so many times."""
    return f"""<script>
        let loads = 0
        const sent = () => document.title = "sent"
        addEventListener("message", sent)
    </script>
    <iframe sandbox="{sandbox}" srcdoc="{html.escape(inside)}" onload="if (++loads === {loads}) sent()"></iframe>"""


@pytest.mark.parametrize("mode", ["no-cors", "cors"])
def test_a_script_in_a_sandboxed_frame(page: Page, stranger: Host, server: Server, mode: str) -> None:
    sent = json.dumps({"method": "POST", "mode": mode, "credentials": "include"})
    script = f"""<script>
        const body = new URLSearchParams({json.dumps(fields(server))})
        fetch("{server.url}/comments", {{...{sent}, body}}).finally(() => parent.postMessage("", "*"))
    </script>"""
    assert visit(page, stranger, server, framed("allow-scripts", script, loads=0)) == 1


@pytest.mark.parametrize("sandbox", ["allow-scripts allow-forms", "allow-scripts allow-forms allow-top-navigation"])
def test_a_form_in_a_sandboxed_frame(page: Page, stranger: Host, server: Server, sandbox: str) -> None:
    target = ' target="_top"' if "top" in sandbox else ""
    assert visit(page, stranger, server, framed(sandbox, form(server, target), loads=2)) == 1


def test_a_page_that_tells_no_referrer_leads_to_a_form_of_ours_and_only_the_reader_sends_it(
    page: Page, stranger: Host, server: Server
) -> None:
    head = '<meta name="referrer" content="no-referrer">'
    assert visit(page, stranger, server, form(server), head) == 1
    expect(page.locator("h1")).to_have_text("One more step")
    expect(page.locator("#comment")).to_have_value(TEXT)
    page.locator("#submit").click()
    expect(page.locator(".comment-content")).to_contain_text(TEXT)
