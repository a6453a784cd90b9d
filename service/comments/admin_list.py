"""The moderators' list of comments: newest first, by status and filter, paged by key instead of offset."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, false, func, literal, select, tuple_

from db import tables
from db.models import Status
from service.comment_row import ON_SAME_PAGE, PAGE_OF_COMMENT, CommentRow, select_comments
from service.comments.comment_filter import EVERYTHING, CommentFilter
from service.comments.list_cursor import read_cursor, write_cursor

PAGE_SIZES = (25, 50, 100, 200)
PER_PAGE = PAGE_SIZES[0]
ALL = (Status.APPROVED, Status.PENDING)
"""The statuses of the tab "All", as in WordPress: without spam and trash."""

FEW = 2000
"""Hits of a search up to which sorting them is faster than reading all comments in order."""

_PARENT_EXCERPT = 200
"""Characters of the parent's text that are read."""

_comment, _page, _change = tables.comment.c, tables.page.c, tables.author_change.c
_parent = tables.comment.alias("parent")
_POSITION = (_comment.created_at, _comment.id, _comment.site_id)
"""The order of the index ``ix_comment_status``; ids are unique within a site only, hence the last."""


@dataclass(slots=True)
class ListedComment(CommentRow):
    """A comment as a moderator sees it. The last three fields say what its author changed later."""

    score: float
    reasons: list[dict[str, Any]]
    parent_author: str | None
    parent_text: str | None
    page_closed: bool
    pinned: bool
    staff: bool | None
    first_text: str | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def position(self) -> tuple[datetime, int, int]:
        """The sort key of the list."""
        return self.created_at, self.id, self.site_id

    @property
    def cursor(self) -> str:
        """The position of this comment in the list, for use in a URL."""
        return write_cursor(self.position)


@dataclass(frozen=True, slots=True)
class CommentList:
    """One page of the list, and the cursors of the pages before and after it, if any."""

    items: list[ListedComment]
    older: str | None
    newer: str | None


def list_comments(
    connection: Connection,
    status: Status | None,
    wanted: CommentFilter = EVERYTHING,
    *,
    before: str = "",
    after: str = "",
    per_page: int = PER_PAGE,
    few: bool = False,
    or_newest: bool = True,
) -> CommentList:
    """One page of the ``wanted`` comments of a status (None: all but spam and trash), older (``before``) or newer
    (``after``) than a cursor. A single comment that the filter names is found whatever its status.

    An invalid cursor, or one with nothing beyond it, gives the newest page, or with ``or_newest`` false an empty one.
    ``few``: a search for words finds few, so
    that the index of words is the way to them.
    """

    def fetch(connection: Connection, cursor: Any, *, backwards: bool) -> list[ListedComment]:
        order = _POSITION if backwards else tuple(column.desc() for column in _POSITION)
        comments: list[ListedComment] = []
        # One query per status: each reads only its first rows from the index. A query for both would sort all rows.
        for one_status in [status] if status else (tuple(Status) if wanted.comment else ALL):
            query = _select_matching(one_status, wanted, few=few).order_by(*order).limit(per_page + 1)
            if cursor is not None:
                position = tuple_(*_POSITION)
                query = query.where(position > cursor if backwards else position < cursor)
            comments += (ListedComment(**row._mapping) for row in connection.execute(query))
        return sorted(comments, key=lambda item: item.position, reverse=not backwards)[: per_page + 1]

    if (cursor := _parse(before)) is not None and (items := fetch(connection, cursor, backwards=False)):
        return _as_page(items[:per_page], older=len(items) > per_page, newer=True)
    if (cursor := _parse(after)) is not None and len(items := fetch(connection, cursor, backwards=True)) > per_page:
        return _as_page(items[:per_page][::-1], older=True, newer=True)
    if (before or after) and not or_newest:
        return CommentList([], None, None)
    items = fetch(connection, None, backwards=False)
    return _as_page(items[:per_page], older=len(items) > per_page, newer=False)


def counts(connection: Connection, wanted: CommentFilter = EVERYTHING) -> dict[Status, int]:
    """The number of ``wanted`` comments of each status."""
    status = _status(rare=_is_rare(wanted))
    query = select(status, func.count()).group_by(status).where(*wanted.conditions())
    if wanted.words:
        query = query.select_from(tables.comment).join(tables.page, PAGE_OF_COMMENT)

    return dict.fromkeys(Status, 0) | {Status(status): count for status, count in connection.execute(query)}


def count_pending(connection: Connection, wanted: CommentFilter = EVERYTHING) -> int:
    """The number of comments that wait, on the sites of a filter."""
    of_sites = CommentFilter(site=wanted.site, sites=wanted.sites).conditions()
    query = select(func.count()).where(_comment.status == Status.PENDING, *of_sites)
    return int(connection.execute(query).scalar_one())


def count_by_email(
    connection: Connection, comments: Iterable[ListedComment]
) -> Mapping[tuple[int, str], dict[Status, int]]:
    """(site, email) → number of comments of each status, for the addresses of some comments."""
    emails = {(comment.site_id, comment.email) for comment in comments if comment.email}
    query = select(_comment.site_id, _comment.email, _comment.status, func.count())
    query = query.where(tuple_(_comment.site_id, _comment.email).in_(emails))
    found: defaultdict[tuple[int, str], dict[Status, int]] = defaultdict(dict)
    for site_id, email, status, number in connection.execute(
        query.group_by(_comment.site_id, _comment.email, _comment.status)
    ):
        found[site_id, email][Status(status)] = number
    return found


def _as_page(items: list[ListedComment], *, older: bool, newer: bool) -> CommentList:
    if not items:
        return CommentList([], None, None)
    return CommentList(items, items[-1].cursor if older else None, items[0].cursor if newer else None)


def _is_rare(wanted: CommentFilter) -> bool:
    """Whether an index finds the few comments that are wanted. SQLite does not see that by itself, and would read all
    comments in another order, looking for each whether it is wanted."""
    return bool(wanted.words or wanted.email)


def _status(*, rare: bool) -> Any:
    """The status; of no index where it is not to be the way to the comments."""
    return _comment.status.concat("") if rare else _comment.status


def _select_matching(status: Status, wanted: CommentFilter, *, few: bool) -> Any:
    rare = few and _is_rare(wanted)
    return (
        select_comments(
            _comment.score,
            _comment.reasons,
            _parent.c.author.label("parent_author"),
            func.substr(_parent.c.text, 1, _PARENT_EXCERPT).label("parent_text"),
            _page.closed.label("page_closed"),
            func.coalesce(_page.pinned_id == _comment.id, false()).label("pinned"),
            _comment.staff,
            *(_change[name] for name in ("first_text", "edited_at", "deleted_at")),
            on=PAGE_OF_COMMENT if rare else ON_SAME_PAGE,
        )
        .outerjoin(_parent, and_(_parent.c.site_id == _comment.site_id, _parent.c.id == _comment.parent_id))
        .outerjoin(tables.author_change, and_(_change.site_id == _comment.site_id, _change.comment_id == _comment.id))
        .where(_status(rare=rare) == status.value, *wanted.conditions(few=few))
    )


def _parse(cursor: str) -> Any:
    """The row value to compare with; None for an empty or invalid cursor."""
    position = read_cursor(cursor)
    if position is None:
        return None
    instant, comment_id, site_id = position
    return tuple_(literal(instant, _comment.created_at.type), literal(comment_id), literal(site_id))
