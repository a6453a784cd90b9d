"""The write jobs of an import. The writer may run a job twice and commit once, so jobs change only the database."""

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
from service.comments.statements import FIND_PAGE, lock_page
from service.numbers import whole_number
from service.urls import PageRef

NOT_IMPORTED: dict[str, Any] = {
    "client": None,
    "score": 0.0,
    "reasons": [],
    "said_by_author": None,
    "said_by_email": None,
}
_LARGEST_ID = 2**53 - 1
"""The largest integer that JavaScript reads exactly."""

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
    """A comment ready to be written. ``parent`` is its parent's id here if known; a parent in the same batch is found
    by its ``parent_source_id``."""

    source_id: str
    number: str
    parent: int | None
    parent_source_id: str
    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class WriteBatch:
    """Comments of one page, written in one transaction."""

    page: PageRef
    post_id: int | None
    title: str
    closed: bool
    source: str
    at: datetime
    lines: list[IncomingRow]


@dataclass(slots=True)
class WriteResult:
    """The result of a batch. ``ids`` maps source ids to ids here, for every comment that is on this page now;
    ``unattached`` have no parent here, ``elsewhere`` were put on another page by an earlier run.
    """

    ids: dict[str, int] = field(default_factory=dict)
    new: set[str] = field(default_factory=set)
    unattached: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)
    renumbered: set[str] = field(default_factory=set)
    taken: Counter[Status] = field(default_factory=Counter)
    new_page: bool = False


def write(connection: Connection, batch: WriteBatch) -> WriteResult:
    """Write the comments of a batch that do not exist yet."""
    result = WriteResult()
    site_id = batch.page.site_id
    found = _find(connection, site_id, batch.source, [line.source_id for line in batch.lines])
    if batch.post_id is not None:
        _name_post(connection, batch.page, batch.post_id)
    page_id = _page_id(connection, batch.page)
    if page_id is None and len(found) < len(batch.lines):
        page_id = _make_page(connection, batch, result)
    if page_id is not None:
        lock_page(connection, site_id, page_id)
    for line in batch.lines:
        if (row := found.get(line.source_id)) is not None:
            _record_existing(result, line, row, page_id)
            continue
        parent = line.parent or result.ids.get(line.parent_source_id)
        whole = line.row | {"site_id": site_id, "page_id": page_id, "source": batch.source, "parent_id": parent}
        our_id = _insert(connection, line, whole)
        if our_id is None:  # inserted by another import in between
            row = _find(connection, site_id, batch.source, [line.source_id])[line.source_id]
            _record_existing(result, line, row, page_id)
            continue
        _record_new(result, line, our_id, parent)
    if result.taken[Status.APPROVED] and page_id is not None:
        events.comments_imported(connection, (site_id, page_id))
    return result


def name_posts(connection: Connection, pages: Collection[tuple[PageRef, int]]) -> None:
    """Record the post numbers of these pages."""
    for page, post_id in pages:
        _name_post(connection, page, post_id)


def find(connection: Connection, page: PageRef, source: str, source_ids: Collection[str]) -> dict[str, int]:
    """Source id → id here, of comments of earlier runs on this page."""
    page_id = _page_id(connection, page)
    rows = _find(connection, page.site_id, source, source_ids)
    return {source_id: row.id for source_id, row in rows.items() if row.page_id == page_id}


def attach_replies(connection: Connection, page: PageRef, parents: Mapping[int, int]) -> None:
    """Set the parents of a page's comments: id → parent's id."""
    page_id = _page_id(connection, page)
    if page_id is not None:
        lock_page(connection, page.site_id, page_id)
    for child, parent in parents.items():
        connection.execute(_ATTACH, {"b_site": page.site_id, "b_key": page.key, "b_id": child, "b_parent": parent})
    if page_id is not None:
        events.comments_imported(connection, (page.site_id, page_id))


def _name_post(connection: Connection, page: PageRef, post_id: int) -> None:
    """Record a page's post number."""
    row = {"site_id": page.site_id, "post_id": post_id, "page_key": page.key, "page_url": page.url}
    insert_if_absent(connection, tables.wordpress_post, row)


def _record_new(result: WriteResult, line: IncomingRow, our_id: int, parent: int | None) -> None:
    result.ids[line.source_id] = our_id
    result.new.add(line.source_id)
    result.taken[line.row["status"]] += 1
    if parent is None:
        result.unattached.add(line.source_id)
    if str(our_id) != line.number:
        result.renumbered.add(line.source_id)


def _record_existing(result: WriteResult, line: IncomingRow, row: Any, page_id: int | None) -> None:
    if row.page_id != page_id:
        result.elsewhere.add(line.source_id)
        return
    result.ids[line.source_id] = row.id
    if row.parent_id is None:
        result.unattached.add(line.source_id)


def _insert(connection: Connection, line: IncomingRow, row: dict[str, Any]) -> int | None:
    """Insert a comment. Returns its id, the old number if that is free; None if the comment exists already."""
    row = NOT_IMPORTED | row | {"source_id": line.source_id}
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


def _make_page(connection: Connection, batch: WriteBatch, result: WriteResult) -> int:
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
    result.new_page = insert_if_absent(connection, tables.page, row)
    page_id = _page_id(connection, batch.page)
    if page_id is None:
        raise LookupError("the page was taken away meanwhile")
    return page_id
