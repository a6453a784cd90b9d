"""Lists, passwords and changes on each database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from db import tables
from db.engine import migrate, open_engine
from db.models import Status
from db.writer import Writer
from service import admin_logins, app_passwords, sites
from service.comments import admin_edit
from service.comments.admin_edit import Edited
from service.protocols.wordpress.comment_queries import (
    ORDERS,
    CommentQuery,
    count_comments,
    find_comment,
    find_comments,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOTHING = {"email": "a@example.org", "url": "", "format": "markdown", "score": 0.0, "reasons": [], "source": ""}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A site with a page, a thread of three comments and one more; the page was post 12."""
    engine = open_engine(database_url)
    migrate(engine)
    writer = Writer(engine)
    writer.run(sites.register, "https://blog.example", NOW)
    writer.run(admin_logins.add, "Ida", "no password opens this", NOW)
    writer.close()
    place = {"site_id": 1, "title": "", "closed": False, "version": 1, "created_at": NOW}
    with engine.begin() as connection:
        for number in (100, 200):
            url = f"https://blog.example/{number}"
            connection.execute(tables.page.insert(), place | {"id": number, "key": url, "url": url})
        post = {"site_id": 1, "post_id": 12, "page_key": "https://blog.example/100", "page_url": "x"}
        connection.execute(tables.wordpress_post.insert(), post)
        for number, page, parent in ((1, 100, None), (2, 100, 1), (3, 100, 2), (4, 200, None)):
            at = NOW + timedelta(seconds=number, microseconds=300)
            row = {"site_id": 1, "id": number, "page_id": page, "parent_id": parent, "status": Status.APPROVED}
            words = {"author": f"Writer {number}", "text": "Ünïcode 100%", "created_at": at}
            connection.execute(tables.comment.insert(), NOTHING | row | words)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection


def ids(connection: Connection, **wanted: Any) -> list[int]:
    return [entry.id for entry in find_comments(connection, CommentQuery(1, **wanted))[0]]


def test_lists(connection: Connection) -> None:
    assert ids(connection) == [4, 3, 2, 1]
    assert ids(connection, posts=(12,)) == ids(connection, posts=(100,)) == [3, 2, 1]
    assert ids(connection, parents=(0,)) == [4, 1]
    assert ids(connection, parents=(0, 2), parent_exclude=(2,)) == [4, 1]
    assert ids(connection, include=(3, 1), orderby="include") == [3, 1]
    assert ids(connection, after=NOW + timedelta(seconds=2), before=NOW + timedelta(seconds=4)) == [3, 2]
    assert ids(connection, search="100% writer", limit=2, offset=1) == [3, 2]
    assert ids(connection, search="example.org") == []
    assert ids(connection, search="example.org", private=True, email="a@example.org") == [4, 3, 2, 1]
    assert find_comments(connection, CommentQuery(1, limit=1))[1] == 4
    assert [find_comments(connection, CommentQuery(1), most)[1] for most in (2, 3, 4)] == [3, 4, 4]
    assert count_comments(connection, CommentQuery(1, posts=(12,))) == 3
    for orderby in ORDERS:
        assert sorted(ids(connection, orderby=orderby, descending=False)) == [1, 2, 3, 4]
    entry = find_comment(connection, 1, 2)
    assert entry is not None
    assert (entry.post, entry.page_id, entry.parent_id) == (12, 100, 1)
    assert find_comment(connection, 2, 2) is None


def test_other_words_and_none(connection: Connection) -> None:
    def version(page: int = 100) -> int:
        return int(connection.execute(select(tables.page.c.version).where(tables.page.c.id == page)).scalar_one())

    assert admin_edit.edit_comment(connection, (1, 2), {"text": "Better"}, 1, NOW) is Edited.DONE
    assert version() == 2
    assert admin_edit.delete_comment(connection, (1, 2), 1, NOW)
    assert version() == 3
    rows = connection.execute(select(tables.comment.c.id, tables.comment.c.parent_id).order_by(tables.comment.c.id))
    assert [tuple(row) for row in rows] == [(1, None), (3, 1), (4, None)]
    assert admin_edit.edit_comment(connection, (1, 2), {"text": "x"}, 1, NOW) is Edited.GONE
    assert not admin_edit.delete_comment(connection, (1, 2), 1, NOW)


def test_passwords_for_programs(connection: Connection) -> None:
    password = app_passwords.new_password()
    assert len(password.replace(" ", "")) == 24
    assert app_passwords.add(connection, 1, "Phone", password, NOW)
    (kept,) = app_passwords.of_admin(connection, 1)
    assert (kept.name, kept.created_at, kept.used_at) == ("Phone", NOW, None)
    assert app_passwords.who(connection, "Ida", password, NOW) == (admin_logins.CurrentAdmin(1, "Ida"), kept.id)
    app_passwords.note_use(connection, kept.id, NOW)
    assert app_passwords.who(connection, "Ida", password, NOW) == (admin_logins.CurrentAdmin(1, "Ida"), 0)
    assert app_passwords.who(connection, "Tom", password, NOW) is None
    assert not app_passwords.revoke(connection, 2, kept.id)
    assert app_passwords.revoke(connection, 1, kept.id)
    assert app_passwords.who(connection, "Ida", password, NOW) is None


def test_an_admin_has_so_many_passwords_and_no_more(connection: Connection) -> None:
    added = [
        app_passwords.add(connection, 1, str(number), str(number), NOW) for number in range(app_passwords.MOST + 1)
    ]
    assert (added.count(True), added[-1]) == (app_passwords.MOST, False)


@pytest.mark.parametrize("descending", [True, False])
def test_the_order_of_parents_is_the_same_in_pages(connection: Connection, descending: bool) -> None:
    whole = ids(connection, orderby="parent", descending=descending)
    assert whole == ([3, 2, 4, 1] if descending else [1, 4, 2, 3])
    for size in (1, 2, 3):
        pages = [
            ids(connection, orderby="parent", descending=descending, limit=size, offset=offset)
            for offset in range(0, 4, size)
        ]
        assert [each for page in pages for each in page] == whole
    assert ids(connection, orderby="parent", parents=(0, 1), descending=False) == [1, 4, 2]
