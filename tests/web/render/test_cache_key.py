"""What an address says must not make a client's every request another rendering of the thread."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection
from starlette.testclient import TestClient

from service.web import thread_page
from service.web.context import AppContext
from service.web.http.reader_params import ThreadRequest
from service.web.render.fragment import Fragment
from service.web.render.thread_cache import PageVersion
from tests.buckets import Ticks
from tests.conftest import Clock
from tests.page_titles import approve_titles
from tests.reader import ARTICLE, Reader, hidden_fields
from tests.web.admin.conftest import add_comment
from tests.web.test_long_thread import fill

UNTITLED = "https://blog.example/untitled"
PATHS = ["/thread", "/page", "/form", "/comments"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: renderings are counted, not queries."""
    return sqlite_url


@pytest.fixture
def renderings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The template of each rendering, those that are not kept included."""
    templates: list[str] = []
    draw = thread_page._draw

    def counted(request: ThreadRequest, template: str, version: PageVersion, connection: Connection) -> Fragment:
        templates.append(template)
        return draw(request, template, version, connection)

    monkeypatch.setattr(thread_page, "_draw", counted)
    return templates


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("page", [ARTICLE, UNTITLED])
@pytest.mark.parametrize("lazy", ["", "lazy"])
def test_titles_share_one_rendering(
    client: TestClient, context: AppContext, clock: Clock, renderings: list[str], path: str, page: str, lazy: str
) -> None:
    fill(context, clock, 3)  # ARTICLE has a title
    for number in range(8):
        answer = client.get(path, params={"page": page, "title": f"Title {number}", "captcha": lazy})
        assert answer.status_code == 200
        assert "\0" not in answer.text
    assert len(renderings) == 1


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("lazy", ["", "lazy"])
def test_each_title_is_in_its_own_form_and_escaped(client: TestClient, encoding: str, lazy: str) -> None:
    etags = set()
    for title in ('"><b>{{ 7 }}', "Æther & ice", "Tide"):
        asked = {"page": UNTITLED, "title": title, "captcha": lazy}
        answer = client.get("/thread", params=asked, headers={"accept-encoding": encoding})
        assert answer.headers.get("content-encoding", "identity") == encoding
        assert hidden_fields(answer.text)["title"] == title
        assert "<b>" not in answer.text
        assert "{{" not in answer.text
        etags.add(answer.headers.get("etag"))
        if lazy:
            known = client.get("/thread", params=asked, headers={"if-none-match": answer.headers["etag"]})
            assert known.status_code == 304
    assert len(etags) == (3 if lazy else 1)


def test_a_stored_title_wins_over_one_in_the_address(client: TestClient, context: AppContext, clock: Clock) -> None:
    fill(context, clock, 3)
    approve_titles(context)
    page = client.get("/page", params={"page": ARTICLE, "title": "Typed title"}).text
    assert "Comments on A title" in page
    assert "Typed title" not in page


@pytest.mark.parametrize("name", ["comment", "parent", "replytocom", "before", "after", "replies", "preview"])
def test_numbers_of_no_comment_of_the_page_share_one_rendering(
    client: TestClient, context: AppContext, clock: Clock, renderings: list[str], name: str
) -> None:
    fill(context, clock, 12)
    elsewhere = add_comment(context, clock, url=f"{ARTICLE}/elsewhere").partition("-")[2]
    drawn = []
    for value in ("", "777777", "888888", elsewhere, "x"):
        drawn.append(client.get("/comments", params={"page": ARTICLE, name: value}).text)
        assert client.get("/thread", params={"page": ARTICLE, name: value}).status_code == 200
    assert len(set(drawn)) == 1
    assert sorted(renderings) == ["comments.html", "thread.html"]


def test_a_client_has_a_bounded_number_of_parts_rendered(
    reader: Reader, context: AppContext, clock: Clock, ticks: Ticks, renderings: list[str]
) -> None:
    fill(context, clock, 30)
    for comment_id in range(1, 31):
        for options in ({"order": "new"}, {"order": "old"}, {"first": "oldest"}, {"lang": "de"}, {"lang": "fr"}):
            answer = reader.client.get("/comments", params={"page": ARTICLE, "comment": str(comment_id)} | options)
            if answer.status_code == 429:
                break
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert len(renderings) == 120
    assert reader.client.get("/thread", params={"page": ARTICLE}).status_code == 200  # a first part is not counted
    assert reader.client.get("/thread", params={"page": ARTICLE, "parent": "5"}).status_code == 429
    cached = {"page": ARTICLE, "comment": "1", "order": "new"}
    assert reader.client.get("/comments", params=cached).status_code == 200  # and neither is what is in the cache
    ticks.now += timedelta(minutes=1).total_seconds()
    assert reader.client.get("/thread", params={"page": ARTICLE, "parent": "5"}).status_code == 200
