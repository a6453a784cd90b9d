"""Reads the comments of a site for an export: page by page, a thousand rows at a time, in one transaction.

Each query goes on after the last row of the one before (keyset), so the memory needed does not depend on the site.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, func, literal, select, tuple_

from db import tables
from db.engine import at_one_moment
from db.models import Status
from service.author_fields import PRIVATE_NAMES, PrivateAuthor, PublicAuthor
from service.comment_row import SHOWN_TITLE

AT_ONCE = 1000
"""Rows per query."""

_page, _comment, _change, _post = tables.page.c, tables.comment.c, tables.author_change.c, tables.wordpress_post.c
_PAGE_COLUMNS = (_page.id, _page.url, _page.key, SHOWN_TITLE, _page.closed, _page.created_at)


@dataclass(frozen=True, slots=True)
class ExportFilter:
    """Which comments are exported. ``page_key`` is empty for all pages. ``since`` is included, ``until`` is not."""

    site_id: int
    origin: str
    statuses: tuple[Status, ...]
    page_key: str = ""
    since: datetime | None = None
    until: datetime | None = None
    emails: bool = False


@dataclass(frozen=True, slots=True)
class DeletedPlace:
    """A comment that its author deleted. It is known as long as its replies need a place."""

    id: int
    parent_id: int | None
    created_at: datetime
    deleted_at: datetime


@dataclass(frozen=True, slots=True)
class ExportPage:
    """A page. ``post_ids`` are its numbers in WordPress, by which forms of themes name it."""

    id: int
    url: str
    key: str
    title: str
    closed: bool
    created_at: datetime
    post_ids: tuple[int, ...] = ()
    deleted: tuple[DeletedPlace, ...] = ()


@dataclass(slots=True)
class ExportComment(PublicAuthor, PrivateAuthor):
    """A comment as stored. ``parent_id`` is its parent, ``present_parent`` the same if that is exported, too.

    Private fields are empty unless emails were asked for. ``edited_at`` is when its author last edited it.
    """

    id: int
    page_id: int
    parent_id: int | None
    present_parent: int | None
    status: Status
    text: str
    format: str
    created_at: datetime
    edited_at: datetime | None
    source: str
    source_id: str | None


_NAMES = tuple(field.name for field in fields(ExportComment))
ExportThread = tuple[ExportPage, Iterator[ExportComment]]


def snapshot_of(engine: Engine) -> Connection:
    """A connection whose queries all see the store of one moment."""
    return at_one_moment(engine.connect())


@dataclass(frozen=True, slots=True)
class SiteReader:
    """Reads the pages and comments that a filter lets through. It can be read several times."""

    connection: Connection
    chosen: ExportFilter

    def pages(self) -> Iterator[ExportPage]:
        """The pages in order of their ids, those without comments too."""
        last = 0
        while rows := self._page_rows(last):
            last = rows[-1].id
            posts, deleted = self._post_ids(rows), self._deleted(rows)
            for row in rows:
                yield ExportPage(**row._mapping, post_ids=tuple(posts[row.key]), deleted=tuple(deleted[row.id]))

    def comments(self) -> Iterator[ExportComment]:
        """The comments in order of page, status, date and id."""
        after: tuple[Any, ...] | None = None
        while rows := self._comment_rows(after):
            for row in rows:
                yield ExportComment(**dict(zip(_NAMES, row, strict=True)))
            last = rows[-1]
            after = (last.page_id, last.status, last.created_at, last.id)[bool(self.chosen.page_key) :]

    def threads(self) -> Iterator[ExportThread]:
        """Each page with its comments. These have to be read before the next page is."""
        groups = groupby(self.comments(), key=lambda comment: comment.page_id)
        page_id, comments = next(groups, (0, iter(())))
        for page in self.pages():
            if page_id != page.id:
                yield page, iter(())
                continue
            yield page, comments
            page_id, comments = next(groups, (0, iter(())))

    def first_free_post_id(self) -> int:
        """A number above those of all posts that are known."""
        query = select(func.coalesce(func.max(_post.post_id), 0)).where(_post.site_id == self.chosen.site_id)
        return int(self.connection.execute(query).scalar_one()) + 1

    def _page_rows(self, last: int) -> Sequence[Any]:
        query = select(*_PAGE_COLUMNS)
        query = query.where(_page.site_id == self.chosen.site_id, _page.id > last).order_by(_page.id).limit(AT_ONCE)
        if self.chosen.page_key:
            query = query.where(_page.key == self.chosen.page_key)
        return self.connection.execute(query).all()

    def _post_ids(self, pages: Sequence[Row[Any]]) -> dict[str, list[int]]:
        query = select(_post.page_key, _post.post_id).order_by(_post.post_id)
        query = query.where(_post.site_id == self.chosen.site_id, _post.page_key.in_([page.key for page in pages]))
        found: defaultdict[str, list[int]] = defaultdict(list)
        for key, number in self.connection.execute(query):
            found[key].append(number)
        return found

    def _deleted(self, pages: Sequence[Row[Any]]) -> dict[int, list[DeletedPlace]]:
        columns = (_change.comment_id, _change.parent_id, _change.created_at, _change.deleted_at)
        query = select(_change.page_id, *columns).order_by(_change.comment_id)
        query = query.where(
            _change.site_id == self.chosen.site_id,
            _change.page_id.in_([page.id for page in pages]),
            _change.deleted_at.is_not(None),
        )
        found: defaultdict[int, list[DeletedPlace]] = defaultdict(list)
        for page_id, *values in self.connection.execute(query):
            found[page_id].append(DeletedPlace(*values))
        return found

    def _comment_rows(self, after: tuple[Any, ...] | None) -> Sequence[Any]:
        parent = tables.comment.alias("parent")
        columns: dict[str, Any] = dict(_comment.items())
        columns |= {"edited_at": _change.edited_at, "present_parent": parent.c.id.label("present_parent")}
        if not self.chosen.emails:
            columns |= {name: literal("").label(name) for name in PRIVATE_NAMES}
        order = (_comment.page_id, _comment.status, _comment.created_at, _comment.id)[bool(self.chosen.page_key) :]
        is_parent = and_(parent.c.id == _comment.parent_id, parent.c.page_id == _comment.page_id)
        is_changed = and_(_change.site_id == _comment.site_id, _change.comment_id == _comment.id)
        query: Any = (
            select(*(columns[name] for name in _NAMES))
            .outerjoin_from(tables.comment, parent, and_(is_parent, *self._lets_through(parent.c)))
            .outerjoin(tables.author_change, is_changed)
            .where(*self._lets_through(_comment))
            .order_by(*order)
            .limit(AT_ONCE)
        )
        if self.chosen.page_key:
            known = select(_page.id).where(_page.site_id == self.chosen.site_id, _page.key == self.chosen.page_key)
            query = query.where(_comment.page_id == known.scalar_subquery())
        if after is not None:
            bound = [literal(value, column.type) for value, column in zip(after, order, strict=True)]
            query = query.where(tuple_(*order) > tuple_(*bound))
        return self.connection.execute(query).all()

    def _lets_through(self, columns: Any) -> list[Any]:
        # With the bare column, SQLite takes a single status for an equality and sorts the page again for each query.
        status = func.coalesce(columns.status, "")
        conditions = [columns.site_id == self.chosen.site_id, status.in_([each.value for each in self.chosen.statuses])]
        if self.chosen.since:
            conditions.append(columns.created_at >= self.chosen.since)
        if self.chosen.until:
            conditions.append(columns.created_at < self.chosen.until)
        return conditions
