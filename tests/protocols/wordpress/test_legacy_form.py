"""A theme's own form, as WordPress makes it, pointed at this service."""

import html
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from db.models import Status
from service.importers.import_report import ImportReport
from service.importers.incoming_comments import IncomingComment, IncomingPage, PageMappings
from service.importers.store_comments import Import
from service.web.context import AppContext
from tests.conftest import Clock
from tests.reader import Reader, hidden_fields, solve

ARTICLE = "https://blog.example/2026/hello/"
THEME = {"comment": "From a theme", "author": "Ada", "email": "ada@example.org", "url": "", "submit": "Post Comment"}


def send(client: TestClient, referer: str = "https://blog.example/", **fields: str) -> Any:
    data = THEME | {"comment_post_ID": "12", "comment_parent": "0"} | fields
    headers = {"referer": referer, "origin": "https://blog.example", "accept": "text/html"}
    return client.post("/wp-comments-post.php", data=data, headers=headers)


@pytest.fixture
def imported(context: AppContext, clock: Clock) -> None:
    page = IncomingPage(("12", "hello", ARTICLE), "/2026/hello/", "Hello", post_ids=(12,))
    author = {"author": "Bob", "email": "bob@example.org", "url": ""}
    first = IncomingComment(page, "blog", "7", "", Status.APPROVED, "First", "html", clock(), **author)
    Import("wordpress", PageMappings(1, "https://blog.example"), context.writer.run, clock(), ImportReport()).take(
        [first]
    )


def test_the_question_is_asked_in_one_more_step_and_the_comment_comes_home(
    client: TestClient, reader: Reader, imported: None, clock: Clock
) -> None:
    step = send(client, comment_parent="7")
    assert (step.status_code, "One more step" in step.text, "From a theme" in step.text) == (422, True, True)
    sum_ = re.findall(r'captcha-question" aria-hidden="true">([^<]*)<', step.text)[0]
    fields = THEME | hidden_fields(step.text) | {"captcha": solve(html.unescape(sum_))}
    clock.advance(seconds=20)
    done = client.post("/comments", data=fields, headers={"accept": "text/html"})
    assert done.status_code == 303
    assert re.fullmatch(re.escape(ARTICLE) + r"#comment-\d+", done.headers["location"])
    assert 'class="children"' in reader.read(ARTICLE)


def test_the_page_is_known_by_the_number_of_its_post(client: TestClient, imported: None) -> None:
    assert hidden_fields(send(client).text)["page"] == ARTICLE
    assert send(client, comment_post_ID="13").status_code == 400
    elsewhere = send(client, referer="https://other.example/x", redirect_to="https://blog.example/b/")
    assert hidden_fields(elsewhere.text)["page"] == "https://blog.example/b/"


@pytest.mark.parametrize(
    ("referer", "fields", "page"),
    [
        ("", {"redirect_to": "https://blog.example/a/"}, "https://blog.example/a/"),
        ("https://blog.example/a/b/", {"redirect_to": "../c/"}, "https://blog.example/a/c/"),
        ("https://blog.example/a/?replytocom=3#respond", {}, "https://blog.example/a/"),
        ("https://blog.example/", {"page": "https://blog.example/d/"}, "https://blog.example/d/"),
    ],
)
def test_else_by_where_the_form_leads_or_stands(
    client: TestClient, referer: str, fields: dict[str, str], page: str
) -> None:
    assert hidden_fields(send(client, referer, **fields).text)["page"] == page


def test_where_nothing_tells_the_page_the_owner_is_told_what_to_add(client: TestClient) -> None:
    answer = send(client)
    assert (answer.status_code, "redirect_to" in answer.text) == (400, True)


def test_a_text_that_cannot_be_placed_is_given_back(client: TestClient) -> None:
    for fields in ({}, {"redirect_to": "https://evil.example/"}):
        answer = send(client, comment='My <long> & "dear" text', **fields)
        assert 'readonly dir="auto">\nMy &lt;long&gt; &amp; &#34;dear&#34; text</textarea>' in answer.text


def test_a_part_of_a_post_is_the_post_and_the_last_of_a_field_counts(client: TestClient) -> None:
    answer = send(client, "https://blog.example/a/comment-page-2/")
    assert hidden_fields(answer.text)["page"] == "https://blog.example/a/"
    body = "comment=One&comment=Two&author=Ada&email=ada%40example.org&ak_js=1&ak_js=2"
    headers = {"referer": "https://blog.example/a/", "content-type": "application/x-www-form-urlencoded"}
    twice = client.post("/wp-comments-post.php", content=body, headers=headers | {"accept": "text/html"})
    assert (twice.status_code, ">\nTwo</textarea>" in twice.text) == (422, True)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/x", "javascript:alert(1)", "\\\\evil"])
def test_nobody_is_led_to_a_foreign_site(client: TestClient, target: str) -> None:
    answer = send(client, "https://blog.example/a/", redirect_to=target)
    assert answer.status_code in (400, 403)
    assert "location" not in answer.headers


def test_what_is_wrong_is_told_as_everywhere(client: TestClient) -> None:
    answer = send(client, "https://blog.example/a/", author="")
    assert (answer.status_code, "Please type your name." in answer.text) == (422, True)
    assert client.get("/wp-comments-post.php").status_code == 405
