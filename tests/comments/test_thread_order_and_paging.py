"""Paging of long threads by key, in both orders: nothing lost, nothing twice, and every part bounded."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from db import tables
from db.engine import migrate, open_engine
from db.models import Status
from service.comments.thread_order_and_paging import ThreadWindow
from service.comments.thread_tree import Node, Thread, read_thread
from service.settings import End, Order

START = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = 7
OLDEST = ThreadWindow(first="oldest", size=10)
NEWEST = ThreadWindow(first="newest", size=10)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    migrate(engine)
    with engine.begin() as connection:
        site = {"id": 1, "origin": "https://blog.example", "key": "k", "check_key": "c", "secret_hash": b"s"}
        connection.execute(tables.site.insert(), site | {"created_at": START})
        page = {"site_id": 1, "id": PAGE, "key": "k", "url": "https://blog.example/", "title": "", "closed": False}
        connection.execute(tables.page.insert(), page | {"version": 1, "created_at": START})
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def row(number: int, parent: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "site_id": 1,
        "id": number,
        "page_id": PAGE,
        "parent_id": parent,
        "status": Status.APPROVED,
        "author": f"Author {number}",
        "email": "",
        "url": "",
        "text": "",
        "format": "markdown",
        "created_at": START + timedelta(minutes=number // 2),  # two at each instant
        "score": 0.0,
        "reasons": [],
        "source": "",
    } | more


def store(connection: Connection, *rows: dict[str, Any]) -> None:
    connection.execute(tables.comment.insert(), list(rows))


def drawn(nodes: list[Node]) -> list[Node]:
    return [each for one in nodes for each in [one, *drawn(one.replies)]]


def ids(thread: Thread) -> list[int]:
    return [node.id for node in thread.roots]


def parts(read: Callable[[ThreadWindow], Thread], window: ThreadWindow, way: str) -> list[Thread]:
    """A window and all later ones, as a reader follows the links."""
    found = [read(window)]
    while getattr(found[-1], way):
        edge = ids(found[-1])
        at = edge[0] if (way == "older") == (window.order == "old") else edge[-1]
        key = {"before": at} if way == "older" else {"after": at}
        found.append(read(replace(window, **key)))
    return found


@pytest.fixture
def read(connection: Connection) -> Callable[..., Thread]:
    def read(window: ThreadWindow, preview: int = 0) -> Thread:
        return read_thread(connection, 1, PAGE, window, preview=preview)

    return read


@pytest.mark.parametrize("order", ["old", "new"])
@pytest.mark.parametrize(("first", "way"), [("newest", "older"), ("oldest", "newer")])
def test_following_the_links_shows_every_root_once_and_in_order(
    connection: Connection, read: Callable[..., Thread], order: Order, first: End, way: str
) -> None:
    store(connection, *(row(number) for number in range(1, 36)))
    found = parts(read, ThreadWindow(order, first, size=10), way)
    assert [len(part.roots) for part in found] == [10, 10, 10, 5]
    assert all(ids(part) == sorted(ids(part), reverse=order == "new") for part in found)
    assert sorted(number for part in found for number in ids(part)) == list(range(1, 36))
    assert {part.count for part in found} == {35}


def test_the_way_back_leads_back(connection: Connection, read: Callable[..., Thread]) -> None:
    store(connection, *(row(number) for number in range(1, 36)))
    older = read(replace(NEWEST, before=ids(read(NEWEST))[0]))
    assert older.newer
    assert ids(read(replace(NEWEST, after=ids(older)[-1]))) == ids(read(NEWEST))


def test_a_short_thread_has_no_other_parts(connection: Connection, read: Callable[..., Thread]) -> None:
    store(connection, *(row(number) for number in range(1, 11)))
    for window in (NEWEST, OLDEST):
        assert (ids(read(window)), read(window).older, read(window).newer) == (list(range(1, 11)), False, False)


@pytest.mark.parametrize("number", [1, 2, 17, 34, 35])
@pytest.mark.parametrize("window", [NEWEST, OLDEST])
def test_any_comment_is_found(
    connection: Connection, read: Callable[..., Thread], number: int, window: ThreadWindow
) -> None:
    store(connection, *(row(number) for number in range(1, 36)))
    part = read(window.at(number))
    assert number in ids(part)
    assert (part.older, part.newer) == (1 not in ids(part), 35 not in ids(part))


def test_a_deep_reply_is_found_below_its_root(connection: Connection, read: Callable[..., Thread]) -> None:
    store(connection, *(row(number) for number in range(1, 36)), row(101, 3), row(102, 101), row(103, 102))
    part = read(NEWEST.at(103))
    assert 3 in ids(part)
    assert 103 in [node.id for node in drawn(part.roots)]


def test_a_comment_that_is_not_there_leads_to_the_first_part(
    connection: Connection, read: Callable[..., Thread]
) -> None:
    store(connection, *(row(number) for number in range(1, 36)), row(99, status=Status.SPAM))
    for window in (NEWEST.at(99), NEWEST.at(12345), replace(NEWEST, before=12345), replace(NEWEST, replies=99)):
        assert ids(read(window)) == ids(read(NEWEST))


def test_a_link_to_the_older_ones_holds_when_its_comment_is_put_aside(
    connection: Connection, read: Callable[..., Thread]
) -> None:
    store(connection, *(row(number, status=Status.TRASH if number == 20 else Status.APPROVED) for number in range(36)))
    assert ids(read(replace(NEWEST, before=20))) == list(range(10, 20))


def test_a_thousand_replies_to_one_comment_come_in_parts(connection: Connection, read: Callable[..., Thread]) -> None:
    store(connection, row(1), *(row(number, 1) for number in range(2, 1002)), row(2000))
    (root, other) = read(NEWEST).roots
    assert other.id == 2000
    seen = [node.id for node in root.replies]
    while root.more:
        assert root.more == 1000 - len(seen)
        part = read(replace(NEWEST, replies=1, after=root.last))
        assert part.alone
        (root,) = part.roots
        assert 0 < len(root.replies) <= 10
        seen += [node.id for node in root.replies]
    assert seen == list(range(2, 1002))


def test_a_chain_of_replies_comes_in_parts_that_say_who_is_answered(
    connection: Connection, read: Callable[..., Thread]
) -> None:
    store(connection, *(row(number, number - 1 or None) for number in range(1, 40)))
    (root,) = read(NEWEST).roots
    assert [node.id for node in drawn([root])] == list(range(1, 12))
    (again,) = read(replace(NEWEST, replies=1, after=root.last)).roots
    below = drawn(again.replies)
    assert [node.id for node in below] == list(range(12, 22))
    assert below[0].reply_to == "Author 11"


def test_many_roots_with_many_replies_stay_within_bounds(connection: Connection, read: Callable[..., Thread]) -> None:
    store(connection, *(row(number) for number in range(1, 11)))
    store(connection, *(row(100 * root + n, root) for root in range(1, 11) for n in range(30)))
    part = read(NEWEST)
    assert len(drawn(part.roots)) <= 3 * NEWEST.size
    assert {node.more + len(node.replies) for node in part.roots} == {30}


def test_a_link_to_a_reply_shows_it_however_many_stand_before_it(
    connection: Connection, read: Callable[..., Thread]
) -> None:
    store(connection, row(1), *(row(number, 1) for number in range(2, 502)), row(600, 400))
    (root,) = read(NEWEST.at(600)).roots
    reply = next(node for node in drawn([root]) if node.id == 600)
    assert reply.reply_to == "Author 400"


def test_replies_to_a_comment_that_was_put_aside_stand_by_themselves(
    connection: Connection, read: Callable[..., Thread]
) -> None:
    store(connection, row(1), row(2, status=Status.TRASH), row(3, 2), row(4, 3), row(5, 1))
    assert [[node.id for node in drawn([root])] for root in read(NEWEST).roots] == [[1, 5], [3, 4]]
    assert ids(read(NEWEST.at(4))) == [1, 3]


def test_an_author_sees_their_comment_that_waits_wherever_it_answers(
    connection: Connection, read: Callable[..., Thread]
) -> None:
    waiting = row(900, 3, status=Status.PENDING)
    store(connection, *(row(number) for number in range(1, 36)), waiting, row(901, status=Status.SPAM))
    part = read(NEWEST, 900)
    (shown,) = [node for node in drawn(part.roots) if node.id == 900]
    assert (shown.awaiting, shown.parent_id, part.count) == (True, 3, 35)
    assert 901 in ids(read(NEWEST, 901))
    assert 900 not in [node.id for node in drawn(read(NEWEST.at(900)).roots)]
