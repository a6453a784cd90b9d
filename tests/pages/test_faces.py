"""Every face of the service finds the same page, by any spelling and by its old address."""

import json

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from db import tables
from db.models import Status
from service.importers.import_report import ImportReport
from service.importers.incoming_comments import IncomingComment, IncomingPage, PageMappings
from service.importers.store_comments import Import
from service.known_sites import FOR_NEW_SITES, PageRules, read_site
from service.pages.address_rule_change import RuleChange, preview_rules, with_rules
from service.web.context import AppContext
from tests.conftest import Clock
from tests.pages.conftest import BLOG, Pages
from tests.reader import Reader
from tests.writing import writing

SPELLINGS = (f"{BLOG}/post/", "http://blog.example/post", "https://www.blog.example/post/index.html", f"{BLOG}/old")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What differs between databases is tested beside."""
    return sqlite_url


@pytest.fixture
def moved(pages: Pages) -> int:
    """A comment whose page was merged into one that had a comment too."""
    pages.add("/post", "here")
    first = pages.add("/old", "there")
    pages.merge("/old", "/post")
    return first


@pytest.mark.parametrize("address", SPELLINGS)
def test_a_thread_its_feed_and_its_number_are_those_of_the_page(client: TestClient, moved: int, address: str) -> None:
    for path in ("/comments", "/thread", "/page"):
        text = client.get(path, params={"page": address}).text
        assert ("here" in text, "there" in text, f'id="comment-{moved}"' in text) == (True, True, True)
    assert client.get("/counts", params={"page": address}).json()["counts"] == {address: 2}
    many = client.post("/counts", content=json.dumps({"pages": [*SPELLINGS]}))
    assert many.json()["counts"] == dict.fromkeys(SPELLINGS, 2)
    feed = client.get("/feed", params={"page": address}).text
    assert feed.count("<entry>") == 2
    assert f'href="{BLOG}/post#comment-{moved}"' in feed


@pytest.mark.parametrize("address", SPELLINGS)
def test_a_reply_goes_to_the_page_from_each_address(reader: Reader, pages: Pages, moved: int, address: str) -> None:
    posted = reader.post(address, json=True, comment="a reply", comment_parent=str(moved))
    assert posted.status_code == 201, posted.text
    assert pages.texts() == {"/post": ["here", "there", "a reply"]}
    assert "a reply" in reader.read(f"{BLOG}/post")  # at once, in the process that wrote it


def test_a_form_that_was_open_during_a_merge_is_taken(reader: Reader, pages: Pages, context: AppContext) -> None:
    pages.add("/a")
    pages.add("/b")
    fields = reader.fields(f"{BLOG}/a", comment="typed before")
    pages.merge("/a", "/b")
    assert reader.send(fields, json=True).status_code == 201
    assert pages.texts() == {"/b": ["/a", "/b", "typed before"]}


def test_a_page_of_another_origin_of_the_site_may_post(reader: Reader, pages: Pages, context: AppContext) -> None:
    rules = FOR_NEW_SITES.stored.replace('"origins": []', '"origins": ["https://old.example"]')
    with writing(context.engine) as connection:
        connection.execute(update(tables.site).where(tables.site.c.origin == BLOG).values(page_rules=rules))
    reader.client.portal.call(context.read_sites)
    headers = {"origin": "https://old.example", "sec-fetch-site": "cross-site"}
    fields = reader.fields("https://old.example/a")
    assert reader.send(fields, json=True, headers=headers).status_code == 201
    stranger = reader.fields(f"{BLOG}/a", comment="x")
    refused = reader.send(stranger, json=True, headers=headers | {"origin": "https://else.example"})
    assert refused.status_code == 403


@pytest.mark.usefixtures("moved")
def test_an_import_finds_the_page_where_it_has_moved(pages: Pages, context: AppContext, clock: Clock) -> None:
    page = IncomingPage(("old",), "/old/", "Old", post_ids=(12,))
    author = {"author": "Bob", "email": "", "url": ""}
    comment = IncomingComment(page, "", "7", "", Status.APPROVED, "imported", "html", clock(), **author)
    for taken in (1, 0):
        report = ImportReport()
        Import("wordpress", PageMappings.of(1, BLOG, ()), context.writer.run, clock(), report).take([comment])
        assert sum(report.taken.values()) == taken
    assert pages.texts() == {"/post": ["imported", "here", "there"]}
    with context.engine.connect() as connection:
        assert connection.execute(select(tables.wordpress_post.c.page_key)).scalar_one() == f"{BLOG}/post"


def test_a_post_of_a_process_that_does_not_know_the_newest_rules_finds_the_page(
    reader: Reader, pages: Pages, context: AppContext
) -> None:
    with writing(context.engine) as connection:
        connection.execute(update(tables.site).values(page_rules=None))
    pages.add("/One", "a")
    reader.read(f"{BLOG}/One")  # this process has read the sites now
    with context.engine.connect() as connection:
        site = read_site(connection, 1)
        assert site
        rules = with_rules(site, PageRules(case=False))
        groups = preview_rules(connection, rules).groups
    pages.run(RuleChange(rules, groups, pages.click()).jobs())
    assert reader.post(f"{BLOG}/One", json=True).status_code == 201
    assert reader.post(f"{BLOG}/New", json=True, comment="b", email="b@example.org").status_code == 201
    assert sorted(map(len, pages.texts().values())) == [1, 2]
    with context.engine.connect() as connection:
        found = connection.execute(select(tables.page.c.key).order_by(tables.page.c.key)).scalars().all()
    assert found == [f"{BLOG}/new", f"{BLOG}/one"]
