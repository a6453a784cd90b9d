"""Feeds and lists: valid Atom, only approved comments of registered sites, and changes visible at once."""

import json
import re
from xml.etree import ElementTree as ET

import pytest
from starlette.testclient import TestClient

from db import tables
from db.models import Status
from service.app import create_app
from service.settings import Settings
from service.web.context import AppContext
from service.web.render import thread_cache
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock, each_database
from tests.page_titles import approve_titles
from tests.reader import ARTICLE, Reader

pytestmark = each_database

SITE = "https://blog.example"
ATOM = {"a": "http://www.w3.org/2005/Atom", "thr": "http://purl.org/syndication/thread/1.0"}


def entries(text: str) -> list[ET.Element]:
    return ET.fromstring(text).findall("a:entry", ATOM)


def text_of(entry: ET.Element, path: str) -> str:
    return entry.findtext(path, "", ATOM)


def hide(context: AppContext, author: str, status: Status = Status.SPAM) -> None:
    """Moderate as another process would."""
    comment, page = tables.comment, tables.page
    context.writer.run(lambda c: c.execute(comment.update().where(comment.c.author == author).values(status=status)))
    context.writer.run(lambda c: c.execute(page.update().values(version=page.c.version + 1)))


def test_a_page_has_a_feed(reader: Reader, context: AppContext) -> None:
    reader.post(author="Ada", comment="First, with *weight* & <b>signs</b>", url="https://ada.example", title="A title")
    reader.post(author="Tom", email="tom@example.org", comment="Second")
    approve_titles(context)
    answer = reader.client.get("/feed", params={"page": ARTICLE})
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.text)
    assert feed.findtext("a:title", "", ATOM) == "Comments on A title"
    newest, first = entries(answer.text)
    assert [text_of(each, "a:author/a:name") for each in (newest, first)] == ["Tom", "Ada"]
    assert text_of(first, "a:content") == "<p>First, with <em>weight</em> &amp; &lt;b&gt;signs&lt;/b&gt;</p>"
    assert text_of(first, "a:author/a:uri") == "https://ada.example"
    links = {link.get("rel"): link.get("href") for link in first.findall("a:link", ATOM)}
    assert re.fullmatch(rf"{ARTICLE}#comment-\d+", str(links["alternate"]))
    page, _, anchor = str(links["related"]).partition("#")
    assert f'id="{anchor}"' in reader.client.get(page).text
    assert text_of(first, "a:published").startswith("2026-11-24T12:00:20")
    assert feed.findtext("a:updated", "", ATOM) == text_of(newest, "a:updated")


@pytest.mark.parametrize("query", [{"page": f"{SITE}/nobody-wrote-here"}, {"site": SITE}])
def test_an_empty_feed_is_as_old_as_its_site(client: TestClient, query: dict[str, str], clock: Clock) -> None:
    feed = ET.fromstring(client.get("/feed", params=query).text)
    assert (feed.findtext("a:updated", "", ATOM), entries(client.get("/feed", params=query).text)) == (
        clock().isoformat(),
        [],
    )


def test_a_site_has_a_feed_of_all_its_pages(reader: Reader, context: AppContext) -> None:
    reader.post(page=f"{SITE}/one", title="One")
    reader.post(page=f"{SITE}/two", author="Tom", email="tom@example.org", title="Two")
    approve_titles(context)
    found = entries(reader.client.get("/feed", params={"site": SITE}).text)
    assert [text_of(each, "a:title") for each in found] == ["Tom: Two", "Ada: One"]


def test_a_reply_says_what_it_answers(reader: Reader) -> None:
    parent = reader.post().headers["location"].rpartition("-")[2]
    reader.post(author="Tom", email="tom@example.org", comment="Indeed", comment_parent=parent)
    reply, first = entries(reader.client.get("/feed", params={"page": ARTICLE}).text)
    answered = reply.find("thr:in-reply-to", ATOM)
    assert answered is not None
    assert answered.get("ref") == text_of(first, "a:id")


def test_a_feed_without_comments_is_a_feed(client: TestClient) -> None:
    for asked in ({"page": ARTICLE}, {"site": SITE}):
        assert entries(client.get("/feed", params=asked).text) == []


def test_feeds_hold_only_approved_comments(reader: Reader, context: AppContext) -> None:
    reader.post(author="Ada")
    reader.post(author="Mallory", email="m@example.org", comment="Buy")
    hide(context, "Mallory")
    context.versions.forget_all()
    for path, asked in (
        ("/feed", {"page": ARTICLE}),
        ("/feed", {"site": SITE}),
        ("/latest", {"site": SITE}),
        ("/latest", {"site": SITE, "format": "json"}),
    ):
        text = reader.client.get(path, params=asked).text
        assert "Ada" in text, path
        assert "Mallory" not in text, path
    assert reader.client.get("/counts", params={"page": ARTICLE}).json()["counts"] == {ARTICLE: 1}


def test_no_email_address_is_shown(reader: Reader) -> None:
    reader.post()
    for path in ("/feed", "/latest", "/popular"):
        for more in ({}, {"format": "json"}):
            assert "ada@example.org" not in reader.client.get(path, params={"site": SITE} | more).text


def test_any_character_makes_valid_xml(reader: Reader, context: AppContext) -> None:
    reader.post(author="]]> \x0b\ufffe&#x0; <x>", comment="\x01\x1f ]]> </content> 𝒳 \ufffe", title="</title>\x0c")
    approve_titles(context)
    (entry,) = entries(reader.client.get("/feed", params={"page": ARTICLE}).text)
    assert "]]>" in text_of(entry, "a:author/a:name")
    assert "𝒳" in text_of(entry, "a:content")


@pytest.mark.parametrize("path", ["/feed", "/latest", "/popular"])
def test_unregistered_sites_have_no_feed(client: TestClient, path: str) -> None:
    assert client.get(path, params={"site": "https://else.example"}).status_code == 403
    assert client.get(path, params={"site": "x"}).status_code == 400
    answer = client.get(path, headers={"accept": "application/json"})
    assert answer.status_code == 400
    assert "Say which" in answer.json()["error"]


def test_the_latest_comments_are_a_list(reader: Reader, context: AppContext) -> None:
    reader.post(page=f"{SITE}/one", title="One", comment="word " * 60)
    reader.post(page=f"{SITE}/two", title="Two", author="<Tom>", email="tom@example.org")
    approve_titles(context)
    html = reader.client.get("/latest", params={"site": SITE}).text
    assert html.index("&lt;Tom&gt;") < html.index("Ada")
    assert "word…" in html
    (newest,) = reader.client.get("/latest", params={"site": SITE, "format": "json", "number": "1"}).json()["items"]
    assert newest["author"] == "<Tom>"
    assert newest["page"] == {"url": f"{SITE}/two", "title": "Two"}
    assert newest["link"] == f"{SITE}/two#comment-{newest['id']}"


def test_the_most_discussed_pages_are_those_of_the_last_days(reader: Reader, clock: Clock) -> None:
    for number in range(3):
        reader.post(page=f"{SITE}/old", comment=f"Old {number}", title="Old")
    clock.advance(days=40)
    for number in range(2):
        reader.post(page=f"{SITE}/new", comment=f"New {number}", title="New")
    reader.post(page=f"{SITE}/one")

    def pages(**asked: str) -> list[tuple[str, int]]:
        answer = reader.client.get("/popular", params={"site": SITE, "format": "json"} | asked)
        return [(each["url"], each["count"]) for each in answer.json()["items"]]

    assert pages() == [(f"{SITE}/new", 2), (f"{SITE}/one", 1)]
    assert pages(days="60")[0] == (f"{SITE}/old", 3)
    assert pages(number="1") == [(f"{SITE}/new", 2)]
    assert "2 comments" in reader.client.get("/popular", params={"site": SITE}).text


def test_a_post_is_visible_at_once_in_the_same_process(reader: Reader) -> None:
    asked = [("/feed", {"page": ARTICLE}), ("/feed", {"site": SITE}), ("/latest", {"site": SITE})]
    before = [reader.client.get(path, params=params).headers["etag"] for path, params in asked]
    reader.post(author="Ada")
    for (path, params), etag in zip(asked, before, strict=True):
        answer = reader.client.get(path, params=params, headers={"if-none-match": etag})
        assert answer.status_code == 200
        assert "Ada" in answer.text
        again = reader.client.get(path, params=params, headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304


def test_a_change_elsewhere_is_visible_within_a_second(
    reader: Reader, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(thread_cache.time, "monotonic", lambda: now)
    other = create_app(settings, clock)
    with AppClient(other, base_url=PUBLIC_URL) as replica:
        asked = [
            ("/feed", {"page": ARTICLE}),
            ("/feed", {"site": SITE}),
            ("/latest", {"site": SITE}),
            ("/counts", {"page": ARTICLE}),
        ]
        before = [replica.get(path, params=params).text for path, params in asked]
        reader.post()
        now += 1.01
        after = [replica.get(path, params=params).text for path, params in asked]
        assert all(old != new for old, new in zip(before, after, strict=True))


def test_answers_are_cacheable_and_readable_from_any_origin(reader: Reader) -> None:
    for path, params in (("/feed", {"page": ARTICLE}), ("/latest", {"site": SITE}), ("/counts", {"page": ARTICLE})):
        answer = reader.client.get(path, params=params)
        assert answer.headers["cache-control"].startswith("public, max-age=0, s-maxage=1")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "set-cookie" not in answer.headers


def test_pages_say_where_their_feed_is(client: TestClient) -> None:
    page = client.get("/page", params={"page": ARTICLE}).text
    found = re.search(r'<link rel="alternate" type="application/atom\+xml" href="([^"]+)">', page)
    assert found
    assert client.get(found[1]).status_code == 200


def test_many_pages_are_counted_in_one_request(reader: Reader) -> None:
    one, two, none = f"{SITE}/one", f"{SITE}/two/?utm_source=x", f"{SITE}/none"
    reader.post(page=one)
    reader.post(page=one, comment="Again")
    reader.post(page=f"{SITE}/two")
    pages = [one, two, none, "https://else.example/", "no address", one]
    answer = reader.client.get("/counts", params={"page": pages})
    assert answer.json()["counts"] == {one: 2, two: 1, none: 0, "https://else.example/": None, "no address": None}
    assert answer.json()["texts"] == {one: "2 comments", two: "1 comment", none: "0 comments"}
    posted = reader.client.post("/counts", content=json.dumps({"pages": pages, "lang": "de"}))
    assert posted.json()["counts"] == answer.json()["counts"]
    assert posted.json()["texts"][one] == "2 Kommentare"
    assert posted.headers["cache-control"] == "no-store"
    again = reader.client.get("/counts", params={"page": pages}, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_a_count_is_right_at_once_after_a_post_and_a_change(reader: Reader, context: AppContext) -> None:
    def count() -> int:
        return int(reader.client.get("/counts", params={"page": ARTICLE}).json()["counts"][ARTICLE])

    assert count() == 0
    reader.post()
    assert count() == 1
    reader.post(author="Tom", email="tom@example.org", comment="Two")
    assert count() == 2
    hide(context, "Tom")
    context.versions.forget_all()
    assert count() == 1


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"pages": "x"}', '{"pages": [1]}', '{"pages": [], "lang": 5}', "\xff"]
)
def test_an_invalid_request_is_refused_with_a_sentence(client: TestClient, body: str) -> None:
    answer = client.post("/counts", content=body.encode("latin-1"), headers={"accept": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_too_many_pages_are_refused(client: TestClient) -> None:
    pages = [f"{SITE}/{number}" for number in range(501)]
    assert client.post("/counts", content=json.dumps({"pages": pages})).status_code == 400
    assert client.post("/counts", content=json.dumps({"pages": pages[:500]})).status_code == 200
    assert client.post("/counts", content="x" * 300_000).status_code == 413


def test_a_script_of_any_page_may_post_json(client: TestClient) -> None:
    answer = client.options("/counts", headers={"origin": SITE, "access-control-request-method": "POST"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "content-type" in answer.headers["access-control-allow-headers"]


def test_long_comments_are_folded_in_feeds_and_lists(reader: Reader, context: AppContext) -> None:
    reader.post(comment="A long story. " * 2000)
    site = {"site": ARTICLE}
    for path, parameters in (("/feed", site), ("/latest", site), ("/latest", {**site, "format": "json"})):
        text = reader.client.get(path, params=parameters).text
        assert len(text) < 12_000
        assert "Read on" in text or path == "/latest", "the list shows excerpts"
