"""A long thread over HTTP: links without a script, links to one comment, entity tags, and one rendering for many."""

import asyncio
import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from db import tables
from db.models import Status
from service.app import create_app
from service.page_address import page_key
from service.settings import Settings
from service.web.context import AppContext
from service.web.render.fragment import Fragment
from service.web.render.thread_cache import ThreadCache
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock, each_database
from tests.reader import ARTICLE, Reader
from tests.writing import writing


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"comments_per_page": 10, "spam_check": False})


def fill(context: AppContext, clock: Clock, number: int, article: str = ARTICLE, parent: int | None = None) -> range:
    """Comments written in bulk, as if some minutes ago. Returns their ids."""
    rows = []
    with context.engine.connect() as connection:
        site_id = connection.execute(tables.site.select().where(tables.site.c.origin == "https://blog.example")).first()
        known = connection.execute(tables.comment.select()).all()
    assert site_id
    first = len(known) + 1
    page_id = sum(map(ord, article))
    for comment_id in range(first, first + number):
        row: dict[str, Any] = {"site_id": site_id.id, "id": comment_id, "page_id": page_id, "parent_id": parent}
        row |= {
            "author": f"Author {comment_id}",
            "text": f"Text {comment_id}",
            "status": Status.APPROVED,
            "reasons": [],
        }
        rows.append(
            row | {"created_at": clock() - timedelta(hours=1) + timedelta(seconds=comment_id), "format": "markdown"}
        )
    page = {
        "site_id": site_id.id,
        "id": page_id,
        "key": page_key(article),
        "url": article,
        "title": "A title",
        "title_checked": True,
    }
    page |= {"closed": False, "version": 1, "created_at": clock()}

    def write(connection: Any) -> None:
        if not connection.execute(tables.page.select().where(tables.page.c.id == page_id)).first():
            connection.execute(tables.page.insert(), page)
        connection.execute(
            tables.comment.insert(), [{"email": "", "url": "", "score": 0.0, "source": ""} | row for row in rows]
        )

    context.writer.run(write)
    context.versions.forget_all()
    return range(first, first + number)


def shown(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li id="comment-(\d+)"', text)]


def links(text: str, words: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(rf'<a href="([^"]+)"[^>]*>{words}</a>', text)]


@each_database
def test_links_lead_through_a_long_thread_without_a_script(reader: Reader, context: AppContext, clock: Clock) -> None:
    fill(context, clock, 25)
    page = reader.client.get("/page", params={"page": ARTICLE}).text
    seen = [shown(page)]
    while older := links(page, "Older comments"):
        page = reader.client.get(older[0]).text
        assert links(page, "Newer comments")
        seen.append(shown(page))
    assert seen == [list(range(16, 26)), list(range(6, 16)), list(range(1, 6))]
    assert "25 comments" in page


@each_database
def test_a_page_may_ask_for_its_own_order(reader: Reader, context: AppContext, clock: Clock) -> None:
    fill(context, clock, 25)
    page = reader.client.get("/page", params={"page": ARTICLE, "order": "new"}).text
    assert shown(page) == list(range(25, 15, -1))
    assert shown(reader.client.get(links(page, "Older comments")[0]).text) == list(range(15, 5, -1))
    assert shown(reader.client.get("/page", params={"page": ARTICLE, "first": "oldest"}).text) == list(range(1, 11))
    assert shown(reader.client.get("/page", params={"page": ARTICLE, "order": "up", "first": "x"}).text)[-1] == 25


@pytest.mark.parametrize(("number", "newest"), [(25, 25), (3, 3)])
def test_readers_choose_the_order_without_a_script(
    reader: Reader, context: AppContext, clock: Clock, number: int, newest: int
) -> None:
    fill(context, clock, number)
    page = reader.client.get("/page", params={"page": ARTICLE, "lang": "en"}).text
    turned = reader.client.get(links(page, "Newest first")[0]).text
    assert shown(turned) == list(range(newest, max(0, newest - 10), -1))
    back = reader.client.get(links(turned, "Oldest first")[0]).text
    assert shown(back) == list(range(1, min(10, newest) + 1))
    assert links(back, "Newest first") == links(page, "Newest first")


def test_two_comments_need_no_choice_of_order(reader: Reader, context: AppContext, clock: Clock) -> None:
    fill(context, clock, 2)
    assert not links(reader.client.get("/page", params={"page": ARTICLE}).text, "Newest first")


def test_the_owner_sets_order_and_end(settings: Settings, clock: Clock) -> None:
    update = {"comment_order": "new", "default_comments_page": "oldest"}
    app = create_app(settings.model_copy(update=update), clock)
    with AppClient(app, base_url=PUBLIC_URL, headers={"accept": "text/html"}) as client:
        fill(client.app_state["context"], clock, 25)
        assert shown(client.get("/comments", params={"page": ARTICLE}).text) == list(range(10, 0, -1))


@each_database
@pytest.mark.parametrize("number", [1, 12, 25])
def test_a_link_to_a_comment_finds_its_part(reader: Reader, context: AppContext, clock: Clock, number: int) -> None:
    fill(context, clock, 25)
    for path in ("/page", "/comments", "/thread"):
        assert number in shown(reader.client.get(path, params={"page": ARTICLE, "comment": str(number)}).text)


@each_database
def test_long_comments_are_folded_and_whole_a_link_away(reader: Reader, context: AppContext, clock: Clock) -> None:
    fill(context, clock, 10)
    text = "A long story. " * 4500
    with writing(context.engine) as connection:
        connection.execute(tables.comment.update().values(text=text))
    part = reader.client.get("/page", params={"page": ARTICLE}).text
    assert len(part) < 200_000
    (first, *others) = links(part, "Read on")
    assert len(others) == 9
    whole = reader.client.get(first).text
    assert links(whole, "Read on") == others
    assert text.strip() in whole


@each_database
@pytest.mark.parametrize("name", ["before", "after", "comment", "replies"])
def test_a_part_that_is_none_is_the_first(reader: Reader, context: AppContext, clock: Clock, name: str) -> None:
    fill(context, clock, 25)
    for value in ("999999", "-1", "x", "9" * 30, "0", ""):
        answer = reader.client.get("/page", params={"page": ARTICLE, name: value})
        assert (answer.status_code, shown(answer.text)) == (200, list(range(16, 26))), value


@each_database
def test_hundreds_of_replies_are_a_link_away(reader: Reader, context: AppContext, clock: Clock) -> None:
    fill(context, clock, 1)
    fill(context, clock, 25, parent=1)
    page = reader.client.get("/page", params={"page": ARTICLE}).text
    assert shown(page) == list(range(1, 12))
    page = reader.client.get(links(page, "15 more replies")[0]).text
    assert shown(page) == [1, *range(12, 22)]
    page = reader.client.get(links(page, "5 more replies")[0]).text
    assert shown(page) == [1, *range(22, 27)]
    assert shown(reader.client.get(links(page, "All comments")[0]).text) == list(range(1, 12))


def test_after_a_post_without_a_script_the_reader_sees_the_comment(
    reader: Reader, context: AppContext, clock: Clock
) -> None:
    fill(context, clock, 25)
    location = reader.post(comment="An answer", comment_parent="3", frame="page").headers["location"]
    address, _, anchor = location.partition("#")
    page = reader.client.get(address).text
    assert "An answer" in page
    assert f'id="{anchor}"' in page


def test_the_form_stands_under_a_comment_of_any_part(reader: Reader, context: AppContext, clock: Clock) -> None:
    fill(context, clock, 25)
    page = reader.client.get("/page", params={"page": ARTICLE, "parent": "2"}).text
    assert re.search(r'<li id="comment-2".*<div id="respond".*<li id="comment-3"', page, re.DOTALL)


def test_a_thread_without_a_question_is_sent_once(reader: Reader) -> None:
    asked = {"page": ARTICLE, "captcha": "lazy"}
    first = reader.client.get("/thread", params=asked)
    again = reader.client.get("/thread", params=asked, headers={"if-none-match": f"W/{first.headers['etag']}"})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("cache-control", "vary", "content-language", "access-control-allow-origin"):
        assert again.headers[name] == first.headers[name]


def test_search_engines_read_the_comments_as_data(reader: Reader, context: AppContext, clock: Clock) -> None:
    reader.post(author="Ada", comment="**Fine** </script><script>alert(1)</script> & well", url="https://ada.example")
    parent = shown(reader.read())[0]
    reader.post(author="Tom", comment="A reply", email="tom@example.org", comment_parent=str(parent))
    page = reader.client.get("/page", params={"page": ARTICLE, "title": "</script>"}).text
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert not set("<>&") & set(found)
    data = json.loads(found)
    assert (data["@id"], data["commentCount"]) == (ARTICLE, 2)
    first, second = data["comment"]
    assert first["@type"] == "Comment"
    assert first["author"] == {"@type": "Person", "name": "Ada", "url": "https://ada.example"}
    assert first["text"] == "Fine </script><script>alert(1)</script> & well"
    assert first["dateCreated"].startswith("2026-11-24T12:")
    assert second["parentItem"]["@id"] == first["@id"] == f"{ARTICLE}#comment-{parent}"
    assert "ld+json" not in reader.client.get("/thread", params={"page": ARTICLE, "jsonld": "no"}).text


def test_a_storm_of_readers_is_one_rendering() -> None:
    rendered = 0

    async def storm() -> set[int]:
        cache = ThreadCache()

        async def render() -> Fragment:
            nonlocal rendered
            rendered += 1
            await asyncio.sleep(0)
            return Fragment.of("text", {})

        return {id(each) for each in await asyncio.gather(*(cache.get("key", 1, render) for _ in range(100)))}

    assert len(asyncio.run(storm())) == rendered == 1


def test_the_cache_keeps_within_bounds_whatever_parts_are_asked_for() -> None:
    async def ask() -> ThreadCache:
        cache = ThreadCache(max_bytes=50_000)
        for number in range(1000):
            render: Callable[[], Any] = _rendering("x" * 1000)
            await cache.get(number, 1, render)
        return cache

    cache = asyncio.run(ask())
    assert 0 < cache._size <= 50_000
    assert len(cache._entries) < 20


def _rendering(text: str) -> Callable[[], Any]:
    async def render() -> Fragment:
        return Fragment.of(text, {})

    return render


def test_a_link_leads_over_many_comments_to_the_form(client: TestClient, context: AppContext, clock: Clock) -> None:
    jump = '<p class="comments-jump"><a href="#respond" target="_self">Leave a Reply</a>'
    few, many = ARTICLE, f"{ARTICLE}/long"
    fill(context, clock, 9, few)
    fill(context, clock, 10, many)
    found = {
        (path, page): jump in client.get(path, params={"page": page}).text
        for path in ("/thread", "/comments")
        for page in (few, many)
    }
    assert [place for place, is_there in found.items() if is_there] == [("/thread", many)]
