"""The order of a thread and its paging by key: a number of roots before, after or around a comment.

They are found on the index of page and time. No offset counts the rows before them, so the last part costs as much as
the first. Whether a comment is a root is computed when it is read, not stored: a stored mark would have to be kept
right whenever a parent is hidden or restored. The price is that all replies below the roots shown are counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, literal, select, tuple_

from db import tables
from db.models import Status
from service.settings import End, Order

Position = tuple[datetime, int]
"""A comment's position in time; ids order comments of the same instant."""

_comment = tables.comment.c
_parent = tables.comment.alias("parent")
_POSITION = (_comment.created_at, _comment.id)


@dataclass(frozen=True, slots=True)
class ThreadWindow:
    """Which part of a thread is requested.

    ``order``: the oldest or the newest root on top; ``first``: the end that is shown first (WordPress:
    ``comment_order``, ``default_comments_page``). At most one of these ids is set: ``before`` and ``after`` for the
    roots older or newer than a root, ``comment`` for those around a comment. ``replies`` shows one root alone, with its
    replies newer than the comment ``after``. ``size``: how many roots.
    """

    order: Order = "old"
    first: End = "newest"
    before: int = 0
    after: int = 0
    comment: int = 0
    replies: int = 0
    size: int = 50

    @property
    def is_first(self) -> bool:
        """Whether it is the part that is shown first, or around a comment."""
        return not (self.before or self.after or self.replies)

    def at(self, comment_id: int) -> "ThreadWindow":
        """The window around a comment, in the same order."""
        return replace(self, before=0, after=0, replies=0, comment=comment_id)


@dataclass(frozen=True, slots=True)
class Roots:
    """The ids of roots in order of time, and whether there are older and newer ones."""

    ids: list[int]
    older: bool = False
    newer: bool = False


class RootFinder:
    """Finds the roots of a page: approved comments without a parent, or whose parent is not approved."""

    def __init__(self, connection: Connection, site_id: int, page_id: int) -> None:
        self._connection = connection
        self._of_page = {"b_site": site_id, "b_page": page_id}

    def roots(self, window: ThreadWindow, focus: int = 0) -> Roots:
        """The roots of a window, or those around the root ``focus`` if it is set. The first window if the comment that
        the window refers to does not exist, for example because it was deleted."""
        size = window.size
        if focus and (position := self.position(focus)):
            return self._window_around(position, window)
        if window.before and (position := self.position(window.before)):
            ids = self._ids_before(position, size + 1)
            return Roots(ids[:size][::-1], older=len(ids) > size, newer=True)
        if window.after and (position := self.position(window.after)):
            ids = self._ids_after(position, size + 1)
            return Roots(ids[:size], older=True, newer=len(ids) > size)
        return self._first_window(window)

    def position(self, comment_id: int) -> Position | None:
        """The position of a comment of this page, approved or not."""
        row = self._connection.execute(_FIND_POSITION, self._of_page | {"b_id": comment_id}).first()
        return (row[0], row[1]) if row else None

    def root_of(self, comment_id: int) -> int:
        """The root above an approved comment of this page, or 0."""
        row = self._connection.execute(_FIND_ROOT, self._of_page | {"b_id": comment_id}).first()
        return int(row[0]) if row else 0

    def _first_window(self, window: ThreadWindow) -> Roots:
        size = window.size
        if window.first == "oldest":
            ids = self._read_ids(_ROOTS.order_by(*_POSITION), size + 1)
            return Roots(ids[:size], newer=len(ids) > size)
        ids = self._read_ids(_ROOTS.order_by(*_BACKWARDS), size + 1)
        return Roots(ids[:size][::-1], older=len(ids) > size)

    def _window_around(self, position: Position, window: ThreadWindow) -> Roots:
        """The first window if it contains the position, so that most links show the familiar part; otherwise the roots
        from there on."""
        most = window.size - 1
        older, newer = self._ids_before(position, window.size), self._ids_after(position, window.size)
        before = 0
        if window.first == "newest":
            before = max(0, most - len(newer))
        elif len(older) <= most:
            before = len(older)
        ids = [*older[:before][::-1], position[1], *newer[: most - before]]
        return Roots(ids, older=len(older) > before, newer=len(newer) > most - before)

    def _ids_before(self, position: Position, most: int) -> list[int]:
        return self._read_ids(_ROOTS.where(tuple_(*_POSITION) < _as_row_value(position)).order_by(*_BACKWARDS), most)

    def _ids_after(self, position: Position, most: int) -> list[int]:
        return self._read_ids(_ROOTS.where(tuple_(*_POSITION) > _as_row_value(position)).order_by(*_POSITION), most)

    def _read_ids(self, query: Select[Any], most: int) -> list[int]:
        return list(self._connection.execute(query.limit(most), self._of_page).scalars())


def _as_row_value(position: Position) -> Any:
    return tuple_(literal(position[0], _comment.created_at.type), literal(position[1], _comment.id.type))


_BACKWARDS: Sequence[Any] = [column.desc() for column in _POSITION]
_ON_PAGE = (_comment.site_id == bindparam("b_site"), _comment.page_id == bindparam("b_page"))
_ROOTS = select(_comment.id).where(
    *_ON_PAGE,
    _comment.status == Status.APPROVED,
    ~select(_parent.c.id)
    .where(
        _parent.c.site_id == _comment.site_id,
        _parent.c.id == _comment.parent_id,
        _parent.c.status == Status.APPROVED,
    )
    .exists(),
)
_FIND_POSITION = select(*_POSITION).where(*_ON_PAGE, _comment.id == bindparam("b_id"))


def _select_root_above() -> Select[Any]:
    """The root above a comment, followed through approved parents."""
    carried = (_comment.site_id, _comment.page_id, _comment.status)  # see _CARRIED
    start = select(*carried, _comment.id, _comment.parent_id, literal(0).label("steps")).where(
        *_ON_PAGE, _comment.status == Status.APPROVED, _comment.id == bindparam("b_id")
    )
    up = start.cte("up", recursive=True)
    step = select(*carried, _comment.id, _comment.parent_id, up.c.steps + 1)
    up = up.union_all(
        step.where(*(_comment[column.name] == up.c[column.name] for column in carried), _comment.id == up.c.parent_id)
    )
    return select(up.c.id).order_by(up.c.steps.desc()).limit(1)


_FIND_ROOT = _select_root_above()

_REPLIES_PER_ROOT = (50, 30, 20, 15, 10, 7, 5, 4, 3)
_FEWEST_PER_ROOT = 2
_CARRIED = (_comment.site_id, _comment.status)
"""Columns that a recursive query carries from row to row. If it compared them with constants instead, SQLite (once it
has statistics) would read the whole table for a Bloom filter in every query."""


@dataclass(frozen=True, slots=True)
class Replies:
    """The ids of a root's replies of any depth in order of time, and how many more follow them."""

    ids: Sequence[int]
    more: int


def read_replies(
    connection: Connection, site_id: int, roots: Sequence[int], most: int, after: Position | None = None
) -> dict[int, Replies]:
    """Root → its replies, only those after a position if one is given.

    At most ``most`` replies of each root, and twice ``most`` in all; if there are more, each root shows fewer.
    """
    if not roots:
        return {}
    rows = connection.execute(_select_replies(after), {"b_site": site_id, "b_roots": roots, "b_most": most})
    by_root: defaultdict[int, list[int]] = defaultdict(list)
    total: dict[int, int] = {}
    for root, comment_id, number in rows:
        by_root[root].append(comment_id)
        total[root] = number
    limit = _fair_share(total.values(), most)
    return {root: Replies(ids[:limit], total[root] - len(ids[:limit])) for root, ids in by_root.items()}


def _fair_share(numbers: Iterable[int], most: int) -> int:
    """How many replies each root may show, so that the total is at most ``2 * most``."""
    numbers = list(numbers)
    if sum(min(number, most) for number in numbers) <= 2 * most:
        return most
    steps = (step for step in _REPLIES_PER_ROOT if step <= most)
    fitting = (step for step in steps if sum(min(number, step) for number in numbers) <= 2 * most)
    return next(fitting, min(_FEWEST_PER_ROOT, most))


def _select_replies(after: Position | None) -> Select[Any]:
    """All replies below the roots, followed through approved parents, and numbered by time within each root."""
    direct = select(*_CARRIED, _comment.parent_id.label("root"), _comment.id, _comment.created_at).where(
        _comment.site_id == bindparam("b_site"),
        _comment.status == Status.APPROVED,
        _comment.parent_id.in_(bindparam("b_roots", expanding=True)),
    )
    below = direct.cte("below", recursive=True)
    step = select(*_CARRIED, below.c.root, _comment.id, _comment.created_at)
    below = below.union_all(
        step.where(
            *(_comment[column.name] == below.c[column.name] for column in _CARRIED), _comment.parent_id == below.c.id
        )
    )
    within = select(
        below.c.root,
        below.c.id,
        func.count().over(partition_by=below.c.root).label("total"),
        func.row_number().over(partition_by=below.c.root, order_by=(below.c.created_at, below.c.id)).label("place"),
    )
    if after is not None:
        key = tuple_(literal(after[0], _comment.created_at.type), literal(after[1], _comment.id.type))
        within = within.where(tuple_(below.c.created_at, below.c.id) > key)
    ranked = within.subquery("ranked")
    query = select(ranked.c.root, ranked.c.id, ranked.c.total).where(ranked.c.place <= bindparam("b_most"))
    return query.order_by(ranked.c.root, ranked.c.place)


def read_authors(connection: Connection, site_id: int, ids: Iterable[int]) -> Mapping[int, str]:
    """Id → author, for approved comments."""
    wanted = list(ids)
    if not wanted:
        return {}
    query = select(_comment.id, _comment.author).where(
        _comment.site_id == site_id, _comment.id.in_(wanted), _comment.status == Status.APPROVED
    )
    return {row.id: row.author for row in connection.execute(query)}
