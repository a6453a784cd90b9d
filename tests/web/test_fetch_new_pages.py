"""New pages are asked what they are called, one by one, whichever process does it."""

from email.message import Message
from functools import partial

import pytest
from anyio import CapacityLimiter
from sqlalchemy import select
from starlette.testclient import TestClient

from db import tables
from service.doctor.fetch_url import Fetched
from service.doctor.site_pages import ASKED_EVERY, take_unasked
from service.outgoing_http import CannotFetch
from service.sites import register
from service.web.context import AppContext
from service.web.fetch_new_pages import ask_next, page_asker
from tests.conftest import Clock
from tests.reader import Reader

SITE = "https://blog.example"
page = tables.page.c


class Web:
    """What pages answer, by path, and which were asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.html = {"/roses": '<html lang="de-AT"><title> Über\nRosen </title>', "/odd": "<html lang='<x>'>No title"}

    def fetch(self, url: str) -> Fetched:
        self.asked.append(path := url.removeprefix(SITE))
        if path == "/gone":
            raise CannotFetch("did not answer within 10 seconds")
        found = self.html.get(path)
        return Fetched(url, 200 if found else 404, Message(), (found or "<title>No</title>").encode())


@pytest.fixture
def web() -> Web:
    return Web()


def ask(client: TestClient, context: AppContext, web: Web) -> bool:
    assert client.portal
    return client.portal.call(partial(ask_next, context, CapacityLimiter(1), web.fetch))


def said(context: AppContext) -> dict[str, tuple[object, ...]]:
    """Path → title, whether that is checked, language and problem."""
    columns = (page.url, page.title, page.title_checked, page.language, page.problem)
    with context.engine.connect() as connection:
        return {url.removeprefix(SITE): tuple(more) for url, *more in connection.execute(select(*columns))}


def test_each_page_is_asked_once_the_newest_first(
    client: TestClient, context: AppContext, reader: Reader, clock: Clock, web: Web
) -> None:
    for number, path in enumerate(("/gone", "/none", "/odd", "/roses")):
        reader.post(page=SITE + path, title="Buy pills", author=f"Ada{number}", email=f"ada{number}@example.org")
    assert ask(client, context, web)
    assert not ask(client, context, web), "at most one in three seconds"
    reader.post(page=f"{SITE}/roses", author="Tom", email="tom@example.org", comment="Of roses.")
    while ask(client, context, web) or None in asked_at(context):
        clock.advance(seconds=ASKED_EVERY.total_seconds())
    assert web.asked == ["/roses", "/odd", "/none", "/gone"]
    assert said(context) == {
        "/roses": ("Über Rosen", True, "de-AT", ""),
        "/odd": ("Buy pills", False, "", ""),
        "/none": ("Buy pills", False, "", "answers 404"),
        "/gone": ("Buy pills", False, "", "did not answer within 10 seconds"),
    }
    feed = client.get(f"/feed?site={SITE}").text
    assert "Über Rosen" in feed
    assert "pills" not in feed


def test_no_dev_server_is_asked(client: TestClient, context: AppContext, reader: Reader, web: Web) -> None:
    assert client.portal
    context.writer.run(register, "http://localhost:*", context.clock())
    client.portal.call(context.read_sites)
    origin = {"origin": "http://127.0.0.1:4000", "sec-fetch-site": "cross-site"}
    fields = reader.fields(page="http://localhost:6379/secret")
    posted = reader.send(fields, headers=origin)
    assert posted.status_code == 303, posted.text
    assert ask(client, context, web)
    assert web.asked == []
    assert said(context)["http://localhost:6379/secret"][3] == "is on a dev server, and not asked"


def asked_at(context: AppContext) -> list[object]:
    with context.engine.connect() as connection:
        return list(connection.execute(select(page.asked_at)).scalars())


def test_of_two_processes_one_asks(context: AppContext, reader: Reader, clock: Clock) -> None:
    for path in ("/a", "/b"):
        reader.post(page=SITE + path, author=path, email=f"x{path[1]}@example.org")
    taken = [context.writer.run(take_unasked, clock()) for _ in range(2)]
    assert [each and each.url for each in taken] == [f"{SITE}/b", None]
    clock.advance(seconds=ASKED_EVERY.total_seconds())
    taken = [context.writer.run(take_unasked, clock()) for _ in range(2)]
    assert [each and each.url for each in taken] == [f"{SITE}/a", None]


def test_pages_are_asked_only_where_the_owner_says_so(client: TestClient, context: AppContext) -> None:
    assert client.portal
    assert not context.settings.ask_pages
    client.portal.call(page_asker, context)  # it ends at once
