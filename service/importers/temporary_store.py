"""What an import has read, by page, in a temporary SQLite file that goes with the process.

So a file's comments may come in any order and number: the memory needed stays the same. The file is in ``TMPDIR``.
"""

import json
import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.models import Status
from service.importers.fit_columns import plain
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import IncomingPage
from service.importers.reply_tree import NONE, UNKNOWN, ReplyTree
from service.importers.source_file import BadSource
from service.number_parsing import whole_number
from service.page_address import PageRef
from service.visible_text import one_line

_TABLES = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000;
    CREATE TABLE page (id INTEGER PRIMARY KEY, key TEXT UNIQUE, url TEXT, title TEXT, closed INT, posts TEXT, at TEXT);
    CREATE TABLE address (page INT, address TEXT, PRIMARY KEY (page, address)) WITHOUT ROWID;
    CREATE TABLE number (id INTEGER PRIMARY KEY);
    CREATE TABLE comment (id INTEGER PRIMARY KEY, page INT, name TEXT, parent TEXT, skipped INT, first INT, at TEXT,
        row TEXT);
    CREATE UNIQUE INDEX by_name ON comment (name, page);
    CREATE INDEX by_page ON comment (page, id);
    BEGIN;
"""
_SEARCH = "SELECT 1 FROM comment WHERE name = ? AND NOT skipped LIMIT 1"
_THREAD = """
    SELECT comment.id, parent.id, comment.skipped, comment.parent <> ''
    FROM comment LEFT JOIN comment parent ON parent.name = comment.parent AND parent.page = comment.page
    WHERE comment.page = ? ORDER BY comment.id
"""


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page under all its addresses. ``created_at`` is as given, else that of its oldest comment; None without any."""

    id: int
    url: str
    key: str
    title: str
    closed: bool
    post_ids: tuple[int, ...]
    created_at: datetime | None


@dataclass(slots=True)
class StoredComment:
    """A comment as it was read. ``name`` is its identity in the file, ``parent`` and ``parent_number`` are its parent's
    identity and number, or empty.

    ``row`` has its columns, and the dates of ``author_change``; of a comment that its author deleted only the dates.
    ``first`` is whether no page before has a comment with this name, ``keeps_number`` whether no comment before has its
    number. ``kept_as`` is the source and the id under which a comment of our own format was known, if it was.
    """

    number: str
    name: str
    parent: str
    parent_number: str
    row: dict[str, Any]
    notes: list[str]
    first: bool = True
    keeps_number: bool = True
    kept_as: tuple[str, str | None] | None = None


class TemporaryStore:
    """Made for one import. Raises BadSource when the disk is full."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(_TABLES)

    def close(self) -> None:
        """Delete the file."""
        self._db.close()

    def add_page(self, place: PageRef, page: IncomingPage) -> int:
        """The id of a page, made at its first address. The first title that is none of its addresses is kept."""
        query = "SELECT id, title, posts FROM page WHERE key = ?"
        row = self._run(query, (place.key,)).fetchone()
        if row is None:
            at = page.created_at and page.created_at.isoformat()
            values = (place.key, place.url, "", page.closed, "[]", at)
            self._run("INSERT INTO page (key, url, title, closed, posts, at) VALUES (?, ?, ?, ?, ?, ?)", values)
            row = self._run(query, (place.key,)).fetchone()
        page_id, title, posts = row
        all_posts = sorted({*json.loads(posts), *page.post_ids})
        if not title and not page.title.startswith(("http://", "https://")):
            title = one_line(plain(page.title))
        self._run("UPDATE page SET title = ?, posts = ? WHERE id = ?", (title, json.dumps(all_posts), page_id))
        self._run("INSERT OR IGNORE INTO address VALUES (?, ?)", (page_id, f"{page.host}{page.path}"))
        return int(page_id)

    def add_comment(self, page_id: int, comment: StoredComment) -> bool:
        """Keep a comment. False if the page has one of this name already."""
        comment.first = not self.has(comment.name)
        number = whole_number(comment.number, 0)
        comment.keeps_number = (
            bool(number) and self._run("INSERT OR IGNORE INTO number VALUES (?)", (number,)).rowcount == 1
        )
        row = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in comment.row.items()}
        text = json.dumps(
            [comment.number, comment.parent_number, row, comment.notes, comment.keeps_number, comment.kept_as]
        )
        values = (page_id, comment.name, comment.parent, False, comment.first, row["created_at"], text)
        return self._add(values)

    def add_skipped(self, page_id: int, name: str, parent: str) -> bool:
        """Keep the place of a comment that is not taken. False if the page has one of this name already."""
        return self._add((page_id, name, parent, True, False, None, None))

    def pages(self) -> Iterator[StoredPage]:
        """The pages in the order of the file."""
        last = 0
        while row := self._run("SELECT * FROM page WHERE id > ? ORDER BY id LIMIT 1", (last,)).fetchone():
            last, key, url, title, closed, posts, at = row
            at = at or self._run("SELECT min(at) FROM comment WHERE page = ?", (last,)).fetchone()[0]
            begun = datetime.fromisoformat(at) if at else None
            yield StoredPage(last, url, key, title, bool(closed), tuple(json.loads(posts)), begun)

    def addresses(self, page_id: int) -> int:
        """How many addresses a page has."""
        return int(self._run("SELECT count(*) FROM address WHERE page = ?", (page_id,)).fetchone()[0])

    def comments(self) -> int:
        """How many comments are to be written."""
        return int(self._run("SELECT count(*) FROM comment WHERE NOT skipped", ()).fetchone()[0])

    def thread(self, page_id: int) -> tuple["array[int]", ReplyTree]:
        """The ids here of a page's comments, by their places, and what they answer."""
        ids, parents, skipped = array("q"), array("q"), bytearray()
        for own, parent, is_skipped, has_parent in self._run(_THREAD, (page_id,)):
            ids.append(own)
            parents.append(parent or (UNKNOWN if has_parent else NONE))
            skipped.append(is_skipped)
        for place, parent in enumerate(parents):
            if parent > 0:
                parents[place] = bisect_left(ids, parent)
        return ids, ReplyTree(parents, skipped)

    def rows(self, ids: Sequence[int]) -> dict[int, StoredComment]:
        """Comments by their ids here."""
        marks = ", ".join("?" * len(ids))
        query = f"SELECT id, name, parent, first, row FROM comment WHERE id IN ({marks})"  # noqa: S608  # only marks
        return {own: _stored(name, parent, first, row) for own, name, parent, first, row in self._run(query, ids)}

    def has(self, name: str) -> bool:
        """Whether any page has a comment of this name that is taken."""
        return self._run(_SEARCH, (name,)).fetchone() is not None

    def _add(self, values: tuple[Any, ...]) -> bool:
        into = "INSERT OR IGNORE INTO comment (page, name, parent, skipped, first, at, row)"
        return self._run(into + " VALUES (?, ?, ?, ?, ?, ?, ?)", values).rowcount == 1

    def _run(self, query: str, values: Sequence[Any]) -> sqlite3.Cursor:
        try:
            return self._db.execute(query, values)
        except sqlite3.OperationalError as error:
            raise BadSource(ImportSentence.NO_ROOM % {"reason": error}) from error


def _stored(name: str, parent: str, first: int, text: str) -> StoredComment:
    number, parent_number, row, notes, keeps_number, kept_as = json.loads(text)
    row["status"] = Status(row["status"]) if row["status"] else None
    for date in ("created_at", "edited_at", "deleted_at"):
        row[date] = datetime.fromisoformat(row[date]) if row[date] else None
    known = tuple(kept_as) if kept_as else None
    return StoredComment(number, name, parent, parent_number, row, notes, bool(first), keeps_number, known)
