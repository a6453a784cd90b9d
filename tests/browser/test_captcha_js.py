"""``captcha.js`` on another site's form: whoever is asked nothing at first is asked in the end."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.axe import found
from tests.browser.host import Host, set_level
from tests.browser.server import Server
from tests.browser.test_embedding import host as host
from tests.browser.test_work import visitor as visitor

QUESTION = re.compile(r"\d+ [+−×] \d+ =")
EMPTY = re.compile("Please answer the question")


def refused(route: Route, *, sentence: str = "Too many requests. Please wait a moment.") -> None:
    """As when others have used up what a site may ask in a minute."""
    body = {"error": sentence, "help": "", "words": {"another": "Another question"}}
    headers = {"access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After", "retry-after": "30"}
    route.fulfill(status=429, body=json.dumps(body), headers=headers)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("service"), REPLY_DEMO="false") as server:
        yield server


@pytest.fixture(scope="module")
def key(server: Server, host: Host) -> str:
    return registered(server, host)


def registered(server: Server, host: Host) -> str:
    """The key of the host's site, the first one that this service knows."""
    found = re.search(r"(?m)^ *key +(\S+)", server.command("site", "add", host.origin).stdout)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def form(host: Host, server: Server, key: str) -> str:
    """The address of a form with a captcha that no browser checks by itself."""
    return write(host, server, key, f'<script src="{server.url}/captcha.js" async></script>')


def write(host: Host, server: Server, key: str, tag: str, *policy: str) -> str:
    """The form with a tag that loads the script."""
    widget = f'<div class="leave-a-reply-captcha" data-sitekey="{key}"></div>'
    field = '<label>Message <input name="message"></label>'
    main = f'<main><h1>Contact</h1><form novalidate action="/sent">{field}{widget}<button>Send</button></form></main>'
    return host.write(server.url, main + tag, *policy)


def place(page: Page) -> Locator:
    return page.locator(".leave-a-reply-captcha")


def test_who_was_refused_a_question_is_asked_when_the_form_is_sent(visitor: Page, form: str) -> None:
    visitor.route("**/captcha/challenge?*", refused, times=1)
    visitor.goto(form)
    expect(place(visitor)).to_contain_text("Too many requests")
    visitor.fill("[name=message]", "Hello")
    visitor.click("text=Send")
    expect(place(visitor)).to_contain_text(QUESTION)
    expect(place(visitor)).to_contain_text(EMPTY)
    expect(visitor.get_by_label("What is")).to_be_focused()
    expect(visitor.locator("[name=message]")).to_have_value("Hello")


def test_a_form_that_is_sent_while_no_question_is_to_be_had_keeps_the_sentence(visitor: Page, form: str) -> None:
    visitor.route("**/captcha/challenge?*", refused)
    visitor.goto(form)
    expect(place(visitor)).to_contain_text("Too many requests")
    with visitor.expect_response("**/captcha/challenge?*"):
        visitor.click("text=Send")
    expect(visitor.get_by_role("button", name="Another question")).to_be_focused()
    expect(place(visitor)).to_contain_text("Too many requests")
    assert visitor.url == form


@pytest.mark.parametrize("network", [True, False], ids=["refused", "not reached"])
def test_a_button_asks_again_and_no_box_without_a_label_has_to_be_filled_in(
    visitor: Page, form: str, *, network: bool
) -> None:
    visitor.route("**/captcha/challenge?*", refused if network else lambda route: route.abort(), times=1)
    visitor.goto(form)
    another = visitor.get_by_role("button", name="Another question")
    expect(another).to_be_visible()
    expect(place(visitor).get_by_role("alert")).to_contain_text("Please")
    expect(place(visitor).get_by_role("textbox")).to_have_count(0)
    another.click()
    expect(visitor.get_by_label("What is")).to_be_focused()
    expect(place(visitor).get_by_role("alert")).to_be_empty()


def test_what_is_shown_without_a_question_is_clean(visitor: Page, form: str) -> None:
    visitor.route("**/captcha/challenge?*", refused)
    visitor.goto(form)
    expect(visitor.get_by_role("button", name="Another question")).to_be_visible()
    assert found(visitor, ".leave-a-reply-captcha") == ""


def test_the_script_asks_again_when_it_may_and_twice_at_most(visitor: Page, form: str) -> None:
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        refused(route, sentence=f"This is refusal {len(asked)}.")

    visitor.clock.install()
    visitor.route("**/captcha/challenge?*", refuse)
    visitor.goto(form)
    expect(place(visitor)).to_contain_text("refusal 1")
    visitor.clock.run_for(15_000)
    assert len(asked) == 1
    for number, milliseconds in ((2, 16_000), (3, 31_000)):
        visitor.clock.run_for(milliseconds)
        expect(place(visitor)).to_contain_text(f"refusal {number}")
    visitor.clock.run_for(600_000)
    visitor.click("text=Send")
    expect(place(visitor)).to_contain_text("refusal 4")


def test_a_question_that_comes_late_takes_the_sentence_away(visitor: Page, form: str) -> None:
    visitor.clock.install()
    visitor.route("**/captcha/challenge?*", refused, times=1)
    visitor.goto(form)
    expect(place(visitor)).to_contain_text("Too many requests")
    visitor.clock.run_for(30_000)
    expect(place(visitor)).to_contain_text(QUESTION)
    expect(place(visitor)).not_to_contain_text("Too many requests")


def test_the_box_stands_where_the_number_is_missing(visitor: Page, host: Host, tmp_path: Path) -> None:
    with Server(tmp_path, REPLY_DEMO="false") as server:
        key = registered(server, host)
        set_level(tmp_path, 1, (2, 2))
        visitor.goto(write(host, server, key, f'<script src="{server.url}/captcha.js"></script>'))
        box = visitor.get_by_label("What is")
        for _ in range(6):
            expect(box).to_be_visible()
            edges = box.evaluate(
                """box => {
                    const left = (element) => element.getBoundingClientRect().left;
                    return [...box.parentElement.querySelectorAll('[aria-hidden]')].filter((part) => part.textContent)
                        .map((part) => [part.textContent, left(part) > left(box)]);
                }"""
            )
            assert edges
            assert all(is_behind == ("=" in text) for text, is_behind in edges), edges
            with visitor.expect_response("**/captcha/challenge?*"):
                visitor.get_by_role("button", name="Another question").click()


@pytest.mark.parametrize(
    "source", [" src='{url}/captcha.js'>", ">import('{url}/captcha.js')"], ids=["module", "import"]
)
def test_as_a_module(visitor: Page, host: Host, server: Server, key: str, source: str) -> None:
    tag = f"<script type=module{source.format(url=server.url)}</script>"
    visitor.goto(write(host, server, key, tag, "img-src *"))
    expect(visitor.get_by_label("What is")).to_be_visible()


def test_under_a_policy_of_trusted_types_the_browser_works_too(visitor: Page, host: Host, tmp_path: Path) -> None:
    with Server(tmp_path, REPLY_DEMO="false") as server:
        key = registered(server, host)
        set_level(tmp_path, 1, (3, 3))
        tag = f'<script src="{server.url}/captcha.js"></script>'
        visitor.goto(write(host, server, key, tag, "require-trusted-types-for 'script'; trusted-types 'none'"))
        visitor.get_by_label("What is").fill("99")
        with visitor.expect_request("**/captcha/answer") as sent:
            visitor.click("text=Send")
        assert dict(parse_qsl(sent.value.post_data or ""))["altcha"]
