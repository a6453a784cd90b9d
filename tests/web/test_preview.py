"""POST /preview: how a comment would look, with all that was typed, and nothing stored or spent."""

import re

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock
from tests.reader import ARTICLE, Reader, hidden_fields, shown_question, solve


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Nothing is stored, so one database will do."""
    return sqlite_url


TEXT = "*Well* <script>alert(1)</script> [a](javascript:alert(2))"


def test_the_text_is_shown_as_it_would_be_posted(reader: Reader) -> None:
    fields = reader.fields(comment=TEXT)
    answer = reader.client.post("/preview", data=fields, headers={"accept": "application/json"})
    assert answer.status_code == 200
    shown = answer.json()["preview"]
    assert "<em>Well</em>" in shown
    assert "<script" not in shown
    assert "javascript:" not in re.sub(r"\[a\]\(javascript:alert\(2\)\)", "", shown)
    posted = reader.send(fields, json=True).json()["html"]
    content = re.search(r'<div class="comment-content" dir="auto">(.*?)</div>', posted, re.DOTALL)
    assert content
    assert content[1] in shown


def test_without_javascript_the_form_comes_back_with_everything_and_the_question_still_good(reader: Reader) -> None:
    fields = reader.fields(comment=TEXT, url="https://example.org/") | {"subscribe_comments": "subscribe"}
    page = reader.client.post("/preview", data=fields, headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "It is not posted yet." in page.text
    assert "<em>Well</em>" in page.text
    assert hidden_fields(page.text)["captcha_token"] == fields["captcha_token"]
    assert solve(shown_question(page.text)) == fields["captcha"]
    assert re.search(rf'name="captcha"[^>]* value="{fields["captcha"]}"', page.text)
    for typed in ("Ada", "ada@example.org", "https://example.org/"):
        assert f'value="{typed}"' in page.text
    assert "No comments yet" in reader.read()
    assert reader.send(fields).status_code == 303


def test_a_form_that_is_not_filled_in_yet_is_previewed_too(reader: Reader) -> None:
    fields = {"page": ARTICLE, "comment": "", "author": ""}
    page = reader.client.post("/preview", data=fields, headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "There is no text yet." in page.text
    assert "form-errors" not in page.text


def test_the_button_of_the_form_leads_there(client: TestClient) -> None:
    form = client.get("/form", params={"page": ARTICLE}).text
    assert f'formaction="{PUBLIC_URL}/preview" formnovalidate' in form


def test_previews_are_limited_and_nothing_is_lost(settings: Settings, clock: Clock) -> None:
    with AppClient(create_app(settings, clock), base_url=PUBLIC_URL, follow_redirects=False) as client:
        fields = Reader(client, clock).fields(comment="Kept.")
        answers = [client.post("/preview", data=fields, headers={"accept": "text/html"}) for _ in range(31)]
        assert [answer.status_code for answer in answers[29:]] == [200, 429]
        assert "Kept." in answers[-1].text


def test_a_foreign_page_gets_no_preview(client: TestClient) -> None:
    answer = client.post("/preview", data={"page": ARTICLE}, headers={"origin": "https://stranger.example"})
    assert answer.status_code == 403
