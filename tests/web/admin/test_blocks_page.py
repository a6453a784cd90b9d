"""The page of blocks, and blocking from a comment."""

import re

import pytest

from service.spam.site_blocks import CommentSender
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import AddComment, Browser

ANN = CommentSender("Ann", "ann@example.org", "203.0.113.9", (), "good morning")


def hits(context: AppContext, clock: Clock) -> tuple[str, ...]:
    """By what the service blocks Ann now."""
    with context.engine.connect() as connection:
        return context.spam.sites.of(connection, 1).blocks.hits(ANN, clock())


def add_block(browser: Browser, **more: str) -> str:
    fields = {"action": "add", "site": "1", "kind": "author", "value": "Ann", "days": "7"} | more
    answer = browser.post("/admin/blocks", **fields)
    return answer.headers.get("location", str(answer.status_code))


def test_a_block_works_at_once_and_ends_in_time(browser: Browser, context: AppContext, clock: Clock) -> None:
    assert not hits(context, clock)
    assert add_block(browser).endswith("what=block&n=1")
    assert hits(context, clock) == ("author",)
    html = browser.get("/admin/blocks").text
    assert re.search(r"Name <bdi>ann</bdi></th>\s*<td>\d", html)
    assert "Blocked: Name" in browser.get("/admin/log").text
    clock.advance(days=7)
    assert not hits(context, clock)
    browser.log_in()
    assert "Nothing is blocked." in browser.get("/admin/blocks").text


def test_a_block_is_taken_away_and_the_log_says_so(browser: Browser, context: AppContext, clock: Clock) -> None:
    add_block(browser, kind="network", value="203.0.113.", days="")
    html = browser.get("/admin/blocks").text
    assert "permanently" in html
    key = re.search(r'name="id" value="([\d-]+)"', html)
    assert key
    assert hits(context, clock) == ("network",)
    assert browser.post("/admin/blocks", action="remove", id=key[1]).headers["location"].endswith("n=1")
    assert not hits(context, clock)
    assert browser.post("/admin/blocks", action="remove", id=key[1]).headers["location"].endswith("n=0")
    assert "Unblocked: Network" in browser.get("/admin/log").text


def test_the_same_again_changes_only_the_end(browser: Browser, context: AppContext, clock: Clock) -> None:
    add_block(browser, days="1")
    assert add_block(browser, days="").endswith("n=1")
    assert add_block(browser, days="").endswith("n=0")
    clock.advance(days=3)
    assert hits(context, clock) == ("author",)


def test_what_cannot_be_blocked_is_said_and_what_was_typed_stays(browser: Browser) -> None:
    answer = browser.post("/admin/blocks", action="add", site="1", kind="network", value="10.", days="30")
    assert answer.status_code == 422
    assert 'value="10."' in answer.text
    assert '<option value="30" selected>' in answer.text
    assert '<option value="network" selected>' in answer.text
    assert "Enter a network such as" in answer.text
    assert add_block(browser, kind="moon") == "400"
    assert add_block(browser, site="9") == "400"


@pytest.mark.parametrize(
    ("what", "value", "n"), [("author", "Ann", "n=1"), ("email", "x@y.example", "n=1"), ("host", "github.com", "422")]
)
def test_a_comment_gives_what_to_block(browser: Browser, add: AddComment, what: str, value: str, n: str) -> None:
    answer = browser.post("/admin/block", action=what, comment=add(), value=value, days="30")
    assert answer.headers.get("location", str(answer.status_code)).endswith(n)
    assert (value.lower() in browser.get("/admin/blocks").text) == (n == "n=1")
