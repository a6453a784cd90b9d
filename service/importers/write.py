"""The write jobs of an import. A job may run twice and be kept once, so it changes nothing but the database."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from db import tables
from db.models import Status
from db.sql import insert_if_absent
from db.types import new_id
from service.comments import events
from service.comments.statements import FIND_PAGE
from service.numbers import whole_number
from service.urls import PageRef

NOTHING_ELSE: dict[str, Any] = {
    "client": None,
    "score": 0.0,
    "reasons": [],
    "said_by_author": None,
    "said_by_email": None,
}
_LARGEST_ID = 2**53 - 1
"""JavaScript reads no larger number exactly."""

_comment, _page = tables.comment.c, tables.page.c
_FOUND = select(_comment.source_id, _comment.id, _comment.page_id, _comment.parent_id).where(
    _comment.site_id == bindparam("b_site"),
    _comment.source == bindparam("b_source"),
    _comment.source_id.in_(bindparam("b_ids", expanding=True)),
)
_ATTACH = (
    update(tables.comment)
    .where(
        _comment.site_id == bindparam("b_site"),
        _comment.id == bindparam("b_id"),
        _comment.page_id.in_(
            select(_page.id).where(_page.site_id == bindparam("b_site"), _page.key == bindparam("b_key"))
        ),
    )
    .values(parent_id=bindparam("b_parent"))
)


@dataclass(frozen=True, slots=True)
class IncomingRow:
    """A comment ready to be written. ``parent`` is our id of its parent where that is known already; a parent in the
    same batch is found by its ``parent_source_id``."""

    source_id: str
    number: str
    parent: int | None
    parent_source_id: str
    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class WriteBatch:
    """Comments of one page that are written together."""

    page: PageRef
    post_id: int | None
    title: str
    closed: bool
    source: str
    at: datetime
    lines: list[IncomingRow]


@dataclass(slots=True)
class WriteResult:
    """What came of a batch. ``ids`` has our id of every comment that stands on this page now, by source id;
    ``loose`` are those that have no parent here, ``elsewhere`` those that an earlier run put on another page.
    """

    ids: dict[str, int] = field(default_factory=dict)
    new: set[str] = field(default_factory=set)
    loose: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)
    renumbered: set[str] = field(default_factory=set)
    taken: Counter[Status] = field(default_factory=Counter)
    new_page: bool = False


def write(connection: Connection, batch: WriteBatch) -> WriteResult:
    """Write those of a batch that are not here yet."""
    outcome = WriteResult()
    site_id = batch.page.site_id
    found = _find(connection, site_id, batch.source, [line.source_id for line in batch.lines])
    if batch.post_id is not None:
        _name_post(connection, batch.page, batch.post_id)
    page_id = _page_id(connection, batch.page)
    if page_id is None and len(found) < len(batch.lines):
        page_id = _make_page(connection, batch, outcome)
    for line in batch.lines:
        if (row := found.get(line.source_id)) is not None:
            _recognise(outcome, line, row, page_id)
            continue
        parent = line.parent or outcome.ids.get(line.parent_source_id)
        whole = line.row | {"site_id": site_id, "page_id": page_id, "source": batch.source, "parent_id": parent}
        our_id = _insert(connection, line, whole)
        if our_id is None:  # another import was quicker
            row = _find(connection, site_id, batch.source, [line.source_id])[line.source_id]
            _recognise(outcome, line, row, page_id)
            continue
        _count(outcome, line, our_id, parent)
    if outcome.taken[Status.APPROVED] and page_id is not None:
        events.comments_imported(connection, (site_id, page_id))
    return outcome


def name_posts(connection: Connection, pages: Collection[tuple[PageRef, int]]) -> None:
    """Note which numbers these pages had."""
    for page, post_id in pages:
        _name_post(connection, page, post_id)


def find(connection: Connection, page: PageRef, source: str, source_ids: Collection[str]) -> dict[str, int]:
    """Look up the comments of earlier runs on this page: source id → our id."""
    page_id = _page_id(connection, page)
    rows = _find(connection, page.site_id, source, source_ids)
    return {source_id: row.id for source_id, row in rows.items() if row.page_id == page_id}


def attach_replies(connection: Connection, page: PageRef, parents: Mapping[int, int]) -> None:
    """Hang comments of a page under their parents: our id → our id of the parent."""
    for child, parent in parents.items():
        connection.execute(_ATTACH, {"b_site": page.site_id, "b_key": page.key, "b_id": child, "b_parent": parent})
    page_id = _page_id(connection, page)
    if page_id is not None:
        events.comments_imported(connection, (page.site_id, page_id))


def _name_post(connection: Connection, page: PageRef, post_id: int) -> None:
    """Note which number this page had."""
    row = {"site_id": page.site_id, "post_id": post_id, "page_key": page.key, "page_url": page.url}
    insert_if_absent(connection, tables.wordpress_post, row)


def _count(outcome: WriteResult, line: IncomingRow, our_id: int, parent: int | None) -> None:
    outcome.ids[line.source_id] = our_id
    outcome.new.add(line.source_id)
    outcome.taken[line.row["status"]] += 1
    if parent is None:
        outcome.loose.add(line.source_id)
    if str(our_id) != line.number:
        outcome.renumbered.add(line.source_id)


def _recognise(outcome: WriteResult, line: IncomingRow, row: Any, page_id: int | None) -> None:
    if row.page_id != page_id:
        outcome.elsewhere.add(line.source_id)
        return
    outcome.ids[line.source_id] = row.id
    if row.parent_id is None:
        outcome.loose.add(line.source_id)


def _insert(connection: Connection, line: IncomingRow, row: dict[str, Any]) -> int | None:
    """The new comment's id, its old number where that is free; None when it is here already."""
    row = NOTHING_ELSE | row | {"source_id": line.source_id}
    wanted = whole_number(line.number, 0)
    our_id = wanted if 0 < wanted <= _LARGEST_ID else new_id()
    while not insert_if_absent(connection, tables.comment, row | {"id": our_id}):
        if _find(connection, row["site_id"], row["source"], [line.source_id]):
            return None
        our_id = new_id()
    return our_id


def _find(connection: Connection, site_id: int, source: str, source_ids: Collection[str]) -> dict[str, Any]:
    bound = {"b_site": site_id, "b_source": source, "b_ids": list(source_ids)}
    return {row.source_id: row for row in connection.execute(_FOUND, bound)}


def _page_id(connection: Connection, page: PageRef) -> int | None:
    row = FIND_PAGE.first(connection, {"b_site": page.site_id, "b_key": page.key})
    return row[0] if row else None


def _make_page(connection: Connection, batch: WriteBatch, outcome: WriteResult) -> int:
    row = {
        "site_id": batch.page.site_id,
        "id": new_id(),
        "key": batch.page.key,
        "url": batch.page.url,
        "title": batch.title,
        "closed": batch.closed,
        "version": 1,
        "created_at": batch.at,
    }
    outcome.new_page = insert_if_absent(connection, tables.page, row)
    page_id = _page_id(connection, batch.page)
    if page_id is None:
        raise LookupError("the page was taken away meanwhile")
    return page_id
