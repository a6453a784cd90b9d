"""A store full of made-up comments, written in bulk: the same for the same numbers."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import sqlalchemy

from bench.sample_requests import page, text_of
from bench.servers import SITE
from db import tables
from db.engine import migrate, open_engine
from db.models import Status
from service.sites import register_all

START = datetime(2026, 1, 1, tzinfo=UTC)
TEXTS = 500
_REPLY = 0.6
_COLUMNS = (
    *("site_id", "id", "page_id", "parent_id", "status", "author", "email", "url", "text", "format", "created_at"),
    *("score", "reasons", "source"),
)


def fill(folder: Path, sizes: list[int], flat: int = -1, change: str = "") -> None:
    """Make the SQLite store of a data folder: with ``sizes[n]`` comments on page n.

    On page ``flat`` all comments answer the first one. ``change`` is a statement that makes them less alike, before
    there are indexes.
    """
    path = folder / "comments.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    with engine.begin() as connection:
        register_all(connection, [SITE], START)
        connection.execute(tables.page.insert(), [_page_row(number) for number in range(len(sizes))])
    indexes = [index for index in tables.comment.indexes if not index.unique]
    for index in indexes:  # built afterwards, in a tenth of the time
        index.drop(engine)
    engine.dispose()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA synchronous=OFF")
        marks = ", ".join("?" * len(_COLUMNS))
        statement = f"INSERT INTO comment ({', '.join(_COLUMNS)}) VALUES ({marks})"
        database.executemany(statement, _comment_rows(sizes, flat + 1))
        if change:
            database.execute(change)
    database.close()
    engine = open_engine(f"sqlite:///{path}")
    for index in indexes:
        index.create(engine)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("ANALYZE"))
    engine.dispose()


def _page_row(number: int) -> dict[str, object]:
    key = {"site_id": 1, "id": number + 1, "key": page(number), "url": page(number)}
    return key | {
        "title": f"Article {number}",
        "title_checked": True,
        "closed": False,
        "version": 1,
        "created_at": START,
    }


def _comment_rows(sizes: list[int], flat_id: int) -> Iterator[tuple[object, ...]]:
    for comment in comments(sizes):
        parent = comment.parent_id
        if comment.page_id == flat_id:
            parent = comment.first_id if comment.id > comment.first_id else None
        at = comment.at.replace(tzinfo=None).isoformat(" ", "microseconds")
        fixed = (Status.APPROVED.value, comment.author, "", "", comment.text, "markdown", at, 0.0, "[]", "")
        yield (1, comment.id, comment.page_id, parent, *fixed)


class MadeUpComment(NamedTuple):
    """A made-up comment. Ids count from 1; ``first_id`` is the first one on its page."""

    id: int
    page_id: int
    first_id: int
    parent_id: int | None
    author: str
    text: str
    at: datetime


def comments(sizes: list[int]) -> Iterator[MadeUpComment]:
    """Six of ten comments are replies, most of them to something recent, at any depth."""
    pick = random.Random(1)
    texts = [text_of(number) for number in range(TEXTS)]
    comment_id = 0
    for page_id, size in enumerate(sizes, 1):
        first = comment_id + 1
        for comment_id in range(first, first + size):
            recent = comment_id - int(pick.expovariate(0.05)) - 1
            parent = recent if recent >= first and pick.random() < _REPLY else None
            author = f"Reader {pick.randrange(5000)}"
            at = START + timedelta(seconds=comment_id)
            yield MadeUpComment(comment_id, page_id, first, parent, author, texts[pick.randrange(TEXTS)], at)
