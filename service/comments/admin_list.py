"""The moderators' list of comments: newest first, by status and filter, paged by key instead of offset."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Integer,
    Text,
    and_,
    bindparam,
    false,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    union_all,
)  # fmt: skip

from db import tables
from db.models import Status
from service.comment_row import ON_SAME_PAGE, PAGE_OF_COMMENT, CommentRow, has_email, select_comments
from service.comments.admin_counts import POSITION, SCANNED, SearchWay, find_way, last_scanned, position_of
from service.comments.comment_filter import EVERYTHING, CommentFilter
from service.comments.list_cursor import Position, read_cursor, write_cursor

PAGE_SIZES = (25, 50, 100, 200)
PER_PAGE = PAGE_SIZES[0]
ALL = (Status.APPROVED, Status.PENDING)
"""The statuses of the tab "All", as in WordPress: without spam and trash."""

MOST_OF_AN_ADDRESS = 100
"""The most comments of one email address that are counted: one address may have a whole import."""

_PARENT_EXCERPT = 200
"""Characters of the parent's text that are read."""

_comment, _page, _change = tables.comment.c, tables.page.c, tables.author_change.c
_parent = tables.comment.alias("parent")


@dataclass(slots=True)
class ListedComment(CommentRow):
    """A comment as a moderator sees it. ``given_title`` is the page's title, also one that nobody has checked. The last
    three fields say what its author changed later."""

    score: float
    reasons: list[dict[str, Any]]
    parent_author: str | None
    parent_text: str | None
    page_closed: bool
    given_title: str
    title_checked: bool
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
class AdminCommentList:
    """One page of the list, and the cursors of the pages before and after it, if any. ``read_until``: the list was
    read so far only, and ``older`` goes on there."""

    items: list[ListedComment]
    older: str | None
    newer: str | None
    read_until: datetime | None = None


def list_comments(
    connection: Connection,
    status: Status | None,
    wanted: CommentFilter = EVERYTHING,
    *,
    before: str = "",
    after: str = "",
    per_page: int = PER_PAGE,
    way: SearchWay | None = None,
    or_newest: bool = True,
) -> AdminCommentList:
    """One page of the ``wanted`` comments of a status (None: all but spam and trash), older (``before``) or newer
    (``after``) than a cursor. A single comment that the filter names is found whatever its status.

    An invalid cursor, or one with nothing beyond it, gives the newest page, or with ``or_newest`` false an empty one.
    ``way``: that of ``find_way``, if it is known. In the order of time ``SCANNED`` comments of a status are read for a
    page, and no
    more: it may then be short, and names where to go on.
    """
    way = way or find_way(connection, wanted)
    statuses = [status] if status else [*Status] if wanted.comment else [*ALL]
    read = _Reading(connection, statuses, wanted, per_page, way)
    if (cursor := _parse(before)) is not None:
        page = read.page(cursor, newer=True)
        if page.items or page.older or read.in_parts:
            return page
    if (cursor := _parse(after)) is not None:
        items, _ = read.fetch(cursor, backwards=True)
        if len(items) > per_page:
            return _as_page(items[:per_page][::-1], older=True, newer=True)
    if (before or after) and not or_newest:
        return AdminCommentList([], None, None)
    return read.page(None, newer=False)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is read for a page, and by which way."""

    connection: Connection
    statuses: list[Status]
    wanted: CommentFilter
    per_page: int
    way: SearchWay

    @property
    def in_parts(self) -> bool:
        """Whether a page reads ``SCANNED`` comments of a status at most. The last page may then be empty."""
        return self.way.by is None and not self.wanted.is_read_in_order

    def page(self, cursor: Any, *, newer: bool) -> AdminCommentList:
        """A page from a cursor on."""
        items, last = self.fetch(cursor, backwards=False)
        if len(items) > self.per_page or last is None:
            return _as_page(items[: self.per_page], older=len(items) > self.per_page, newer=newer)
        newest = items[0].cursor if items and newer else None
        return AdminCommentList(items, write_cursor(last), newest, last[0])

    def fetch(self, cursor: Any, *, backwards: bool) -> tuple[list[ListedComment], Position | None]:
        """Up to one comment more than a page has, in the order that is read; and the position up to which all were
        read, None if that is to the end."""
        lasts = [self._last(status, cursor, backwards=backwards) for status in self.statuses]
        ends = sorted(last for last in lasts if last is not None)
        end = ends[0 if backwards else -1] if ends else None
        comments: list[ListedComment] = []
        # One query per status: each reads only its first rows from the index. A query for both would sort all rows.
        for status, last in zip(self.statuses, lasts, strict=True):
            comments += self._of_status(status, cursor, last, backwards=backwards)
        comments = [
            each for each in comments if end is None or (each.position <= end if backwards else each.position >= end)
        ]
        return sorted(comments, key=lambda item: item.position, reverse=not backwards)[: self.per_page + 1], end

    def _last(self, status: Status, cursor: Any, *, backwards: bool) -> Position | None:
        if not self.in_parts:
            return None
        return last_scanned(self.connection, status, self.wanted, cursor, number=SCANNED, backwards=backwards)

    def _of_status(
        self, status: Status, cursor: Any, last: Position | None, *, backwards: bool
    ) -> Iterator[ListedComment]:
        order = POSITION if backwards else tuple(column.desc() for column in POSITION)
        query = _select_matching(status, self.wanted, self.way).order_by(*order).limit(self.per_page + 1)
        position = tuple_(*POSITION)
        if cursor is not None:
            query = query.where(position > cursor if backwards else position < cursor)
        if last is not None:
            query = query.where(position <= position_of(last) if backwards else position >= position_of(last))
        return (ListedComment(**row._mapping) for row in self.connection.execute(query))


def count_by_email(
    connection: Connection, comments: Iterable[ListedComment]
) -> Mapping[tuple[int, str], dict[Status, int]]:
    """(site, email in lower case) → number of comments of each status, for the addresses of some comments. Of an
    address ``MOST_OF_AN_ADDRESS`` comments are counted."""
    emails = [*dict.fromkeys((comment.site_id, comment.email.lower()) for comment in comments if comment.email)]
    found: defaultdict[tuple[int, str], dict[Status, int]] = defaultdict(dict)
    if not emails:
        return found
    values = {
        f"{name}{n}": value for n, address in enumerate(emails) for name, value in zip("se", address, strict=True)
    }
    for number, status, count in connection.execute(_count_of_addresses(len(emails)), values):
        found[emails[number]][Status(status)] = count
    return found


@lru_cache(maxsize=PAGE_SIZES[-1] + 1)
def _count_of_addresses(number: int) -> CompoundSelect[Any]:
    """A query for each address: of a long OR, SQLite would read the index of all addresses. Building it takes longer
    than the answer."""
    queries = []
    for each in range(number):
        mine = (_comment.site_id == bindparam(f"s{each}", type_=Integer), has_email(bindparam(f"e{each}", type_=Text)))
        status = select(_comment.status).where(*mine).limit(MOST_OF_AN_ADDRESS).subquery().c.status
        queries.append(select(literal_column(str(each)), status, func.count()).group_by(status))
    return union_all(*queries)


def _as_page(items: list[ListedComment], *, older: bool, newer: bool) -> AdminCommentList:
    if not items:
        return AdminCommentList([], None, None)
    return AdminCommentList(items, items[-1].cursor if older else None, items[0].cursor if newer else None)


def _select_matching(status: Status, wanted: CommentFilter, way: SearchWay) -> Any:
    few = way.by is not None or wanted.comment is not None
    # Of no index where another one leads to the comments: SQLite does not see which finds fewer.
    column: Any = _comment.status.concat("") if few else _comment.status
    return (
        select_comments(
            _comment.score,
            _comment.reasons,
            _parent.c.author.label("parent_author"),
            func.substr(_parent.c.text, 1, _PARENT_EXCERPT).label("parent_text"),
            _page.closed.label("page_closed"),
            _page.title.label("given_title"),
            _page.title_checked,
            func.coalesce(_page.pinned_id == _comment.id, false()).label("pinned"),
            _comment.staff,
            *(_change[name] for name in ("first_text", "edited_at", "deleted_at")),
            on=PAGE_OF_COMMENT if few else ON_SAME_PAGE,
        )
        .outerjoin(_parent, and_(_parent.c.site_id == _comment.site_id, _parent.c.id == _comment.parent_id))
        .outerjoin(tables.author_change, and_(_change.site_id == _comment.site_id, _change.comment_id == _comment.id))
        .where(column == status.value, *way.conditions(wanted))
    )


def _parse(cursor: str) -> Any:
    """The row value to compare with; None for an empty or invalid cursor."""
    position = read_cursor(cursor)
    if position is None:
        return None
    instant, comment_id, site_id = position
    return tuple_(literal(instant, _comment.created_at.type), literal(comment_id), literal(site_id))
