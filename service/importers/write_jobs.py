"""The write jobs of an import. The writer may run a job twice and commit once, so jobs change only the database."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from db import tables
from db.column_types import new_id
from db.dialect_sql import insert_if_absent
from db.models import Status
from service.comments import side_effects
from service.comments.find_page import settle
from service.comments.write_statements import FIND_PAGE, lock_page
from service.importers.already_here import AlreadyHere, IncomingRow, Name, find_by_id, find_by_name
from service.number_parsing import whole_number
from service.page_address import PageRef

NOT_IMPORTED: dict[str, Any] = {
    "client": None,
    "score": 0.0,
    "reasons": [],
    "said_by_author": None,
    "said_by_email": None,
}
LARGEST_ID = 2**53 - 1
"""The largest integer that JavaScript reads exactly."""

_comment, _page = tables.comment.c, tables.page.c
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
class WriteBatch:
    """Comments of one page, written in one transaction. ``run_id`` is the import, None of one that cannot be undone;
    ``begun`` is since when the page is there, if it is new here."""

    page: PageRef
    post_ids: tuple[int, ...]
    title: str
    closed: bool
    begun: datetime
    at: datetime
    lines: list[IncomingRow]
    run_id: int | None = None


@dataclass(slots=True)
class WriteResult:
    """The result of a batch, by ``IncomingRow.place``. ``ids`` are the ids here, of every comment that is on this page
    now; ``elsewhere`` were put on another page by an earlier run.
    """

    ids: dict[int, int] = field(default_factory=dict)
    new: set[int] = field(default_factory=set)
    elsewhere: set[int] = field(default_factory=set)
    renumbered: set[int] = field(default_factory=set)
    taken: Counter[Status] = field(default_factory=Counter)
    new_page: bool = False


def write(connection: Connection, batch: WriteBatch) -> WriteResult:
    """Write the comments of a batch that do not exist yet, and attach those that stood for themselves until now."""
    batch = replace(batch, page=settle(connection, batch.page))
    result = WriteResult()
    known = AlreadyHere(connection, batch.page.site_id, batch.lines)
    for post_id in batch.post_ids:
        _name_post(connection, batch.page, post_id, batch.run_id)
    page_id = _page_id(connection, batch.page)
    attached: dict[int, int] = {}
    if page_id is not None:
        result.new_page = _is_made_by(connection, batch, page_id)
        lock_page(connection, batch.page.site_id, page_id)
    for line in batch.lines:
        row, name = known.find(line, page_id)
        parent = line.parent or result.ids.get(line.parent_place)
        if row is None:
            page_id = page_id or _make_page(connection, batch, result)
            place = (batch.page.site_id, page_id)
            if line.row["deleted_at"]:
                _write_deleted(connection, line, parent, place, result)
            else:
                _write_new(connection, line, name, parent, place, result)
        elif row.page_id != page_id:
            result.elsewhere.add(line.place)
        else:
            _note_known(line, row, batch.run_id, result)
            if row.parent_id is None and parent:
                attached[row.id] = parent
    if attached:
        attach_replies(connection, batch.page, attached, batch.at)
    if result.taken[Status.APPROVED] and page_id is not None:
        side_effects.pages_changed(connection, [(batch.page.site_id, page_id)], batch.at)
    return result


def _note_known(line: IncomingRow, row: Any, run_id: int | None, result: WriteResult) -> None:
    """A comment that is here. What this import wrote before it was broken off counts as new."""
    result.ids[line.place] = row.id
    if run_id and row.import_id == run_id:
        result.new.add(line.place)
        result.taken[Status(row.status)] += 1


def write_pages(connection: Connection, batches: Sequence[WriteBatch]) -> list[WriteResult]:
    """Write batches of different pages, in the order in which pages are locked everywhere."""
    results: dict[str, WriteResult] = {}
    for batch in sorted(batches, key=lambda batch: batch.page.key):
        results[batch.page.key] = write(connection, batch)
    return [results[batch.page.key] for batch in batches]


def name_posts(connection: Connection, pages: Collection[tuple[PageRef, int]], run_id: int | None = None) -> None:
    """Record the post numbers of these pages."""
    for page, post_id in pages:
        _name_post(connection, settle(connection, page), post_id, run_id)


def find(
    connection: Connection, page: PageRef, names: Collection[Name], ids: Collection[int]
) -> tuple[dict[Name, int], set[int]]:
    """Name → id here, of comments of earlier runs on this page; and which of ``ids`` are on it."""
    page_id = _page_id(connection, settle(connection, page))
    named = find_by_name(connection, page.site_id, names)
    numbered = find_by_id(connection, page.site_id, ids)
    return (
        {name: row.id for name, row in named.items() if row.page_id == page_id},
        {number for number, row in numbered.items() if row.page_id == page_id},
    )


def attach_replies(connection: Connection, page: PageRef, parents: Mapping[int, int], at: datetime) -> None:
    """Set the parents of a page's comments: id → parent's id."""
    page = settle(connection, page)
    page_id = _page_id(connection, page)
    if page_id is not None:
        lock_page(connection, page.site_id, page_id)
    for child, parent in parents.items():
        connection.execute(_ATTACH, {"b_site": page.site_id, "b_key": page.key, "b_id": child, "b_parent": parent})
    if page_id is not None:
        side_effects.pages_changed(connection, [(page.site_id, page_id)], at)


def _write_new(
    connection: Connection,
    line: IncomingRow,
    name: Name | None,
    parent: int | None,
    page: tuple[int, int],
    result: WriteResult,
) -> None:
    changes = ("edited_at", "deleted_at")
    row = {column: value for column, value in line.row.items() if column not in changes}
    row |= NOT_IMPORTED | {"site_id": page[0], "page_id": page[1], "parent_id": parent}
    our_id = _insert(connection, line, name, row)
    if our_id is None:  # inserted by another import in between
        return
    if line.row["edited_at"]:
        _record_change(connection, line, our_id, parent, page)
    result.ids[line.place] = our_id
    result.new.add(line.place)
    result.taken[row["status"]] += 1
    if our_id != whole_number(line.number, 0):
        result.renumbered.add(line.place)


def _write_deleted(
    connection: Connection, line: IncomingRow, parent: int | None, page: tuple[int, int], result: WriteResult
) -> None:
    """Keep the place of a comment that its author deleted, unless its id is taken here."""
    our_id = whole_number(line.number, 0)
    if _record_change(connection, line, our_id, parent, page):
        result.ids[line.place] = our_id
        result.new.add(line.place)


def _record_change(
    connection: Connection, line: IncomingRow, our_id: int, parent: int | None, page: tuple[int, int]
) -> bool:
    row = {"site_id": page[0], "comment_id": our_id, "page_id": page[1], "parent_id": parent, "first_text": None}
    row |= {name: line.row[name] for name in ("created_at", "edited_at", "deleted_at")}
    return insert_if_absent(connection, tables.author_change, row)


def _insert(connection: Connection, line: IncomingRow, name: Name | None, row: dict[str, Any]) -> int | None:
    """Insert a comment. Returns its id, the old number if that is free; None if the comment exists already."""
    number = whole_number(line.number, 0)
    wanted = number if 0 < number <= LARGEST_ID and line.keeps_number else 0
    source, source_id = name or ("", None)
    named = {"source": source, "source_id": source_id}
    if wanted and insert_if_absent(connection, tables.comment, row | named | {"id": wanted}):
        return wanted
    source, source_id = name or line.other_name
    named, our_id = {"source": source, "source_id": source_id}, new_id()
    while not insert_if_absent(connection, tables.comment, row | named | {"id": our_id}):
        if find_by_name(connection, row["site_id"], [(source, source_id)]):
            return None
        our_id = new_id()
    return our_id


def _name_post(connection: Connection, page: PageRef, post_id: int, run_id: int | None) -> None:
    """Record a page's post number."""
    row = {"site_id": page.site_id, "post_id": post_id, "page_key": page.key, "page_url": page.url}
    row |= {"import_id": run_id}
    insert_if_absent(connection, tables.wordpress_post, row)


def _page_id(connection: Connection, page: PageRef) -> int | None:
    row = FIND_PAGE.first(connection, {"b_site": page.site_id, "b_key": page.key})
    return row[0] if row else None


def _is_made_by(connection: Connection, batch: WriteBatch, page_id: int) -> bool:
    """Whether this import has made the page, before it was broken off or with an earlier batch."""
    this = (_page.site_id == batch.page.site_id, _page.id == page_id, _page.import_id == batch.run_id)
    return batch.run_id is not None and connection.execute(select(_page.id).where(*this)).first() is not None


def _make_page(connection: Connection, batch: WriteBatch, result: WriteResult) -> int:
    row = {
        "site_id": batch.page.site_id,
        "id": new_id(),
        "key": batch.page.key,
        "url": batch.page.url,
        "title": batch.title,
        "title_checked": bool(batch.title),
        "closed": batch.closed,
        "version": 1,
        "created_at": batch.begun,
        "import_id": batch.run_id,
    }
    result.new_page = insert_if_absent(connection, tables.page, row)
    page_id = _page_id(connection, batch.page)
    if page_id is None:
        raise LookupError("the page was taken away meanwhile")
    return page_id
