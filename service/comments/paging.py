"""Which part of a thread is shown: so many roots in a row, found by key, wherever they are among ten thousand."""

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
"""A comment's place in time; the id decides between those of one instant."""

_comment = tables.comment.c
_parent = tables.comment.alias("parent")
_POSITION = (_comment.created_at, _comment.id)


@dataclass(frozen=True, slots=True)
class ThreadWindow:
    """``order`` puts the oldest or the newest root on top, ``first`` is the end that is shown first: what WordPress
    calls ``comment_order`` and ``default_comments_page``. At most one of these is set, each a comment's id:
    ``before`` and ``after`` a root: those older or newer than it; ``comment``: those around this one. With ``replies``,
    a root, it is shown alone with its replies behind the comment ``after``.
    """

    order: Order = "old"
    first: End = "newest"
    before: int = 0
    after: int = 0
    comment: int = 0
    replies: int = 0
    size: int = 50

    def at(self, comment_id: int) -> "ThreadWindow":
        """The same order, around a comment."""
        return replace(self, before=0, after=0, replies=0, comment=comment_id)


@dataclass(frozen=True, slots=True)
class Roots:
    """Ids in order of time, and whether there are older and newer ones."""

    ids: list[int]
    older: bool = False
    newer: bool = False


class RootFinder:
    """Looks for the roots of a page: approved comments that answer none, or none that is shown."""

    def __init__(self, connection: Connection, site_id: int, page_id: int) -> None:
        self._connection = connection
        self._of_page = {"b_site": site_id, "b_page": page_id}

    def roots(self, window: ThreadWindow, focus: int = 0) -> Roots:
        """The roots of a window; those around ``focus``, a root, if there is one. A window that is lost, say because
        its comment was deleted, is the first one."""
        size = window.size
        if focus and (position := self.position(focus)):
            return self._around(position, window)
        if window.before and (position := self.position(window.before)):
            found = self._older(position, size + 1)
            return Roots(found[:size][::-1], older=len(found) > size, newer=True)
        if window.after and (position := self.position(window.after)):
            found = self._newer(position, size + 1)
            return Roots(found[:size], older=True, newer=len(found) > size)
        return self._first(window)

    def position(self, comment_id: int) -> Position | None:
        """Where a comment of this page stands, shown or not."""
        row = self._connection.execute(_FIND, self._of_page | {"b_id": comment_id}).first()
        return (row[0], row[1]) if row else None

    def root_of(self, comment_id: int) -> int:
        """The root above a comment that is shown on this page; 0 when there is none."""
        row = self._connection.execute(_CLIMB, self._of_page | {"b_id": comment_id}).first()
        return int(row[0]) if row else 0

    def _first(self, window: ThreadWindow) -> Roots:
        size = window.size
        if window.first == "oldest":
            found = self._ids(_ROOTS.order_by(*_POSITION), size + 1)
            return Roots(found[:size], newer=len(found) > size)
        found = self._ids(_ROOTS.order_by(*_BACKWARDS), size + 1)
        return Roots(found[:size][::-1], older=len(found) > size)

    def _around(self, position: Position, window: ThreadWindow) -> Roots:
        """The first window if it holds the position, so that most links show what is expected; else the roots from
        there on."""
        most = window.size - 1
        older, newer = self._older(position, window.size), self._newer(position, window.size)
        before = 0
        if window.first == "newest":
            before = max(0, most - len(newer))
        elif len(older) <= most:
            before = len(older)
        ids = [*older[:before][::-1], position[1], *newer[: most - before]]
        return Roots(ids, older=len(older) > before, newer=len(newer) > most - before)

    def _older(self, position: Position, most: int) -> list[int]:
        return self._ids(_ROOTS.where(tuple_(*_POSITION) < _key(position)).order_by(*_BACKWARDS), most)

    def _newer(self, position: Position, most: int) -> list[int]:
        return self._ids(_ROOTS.where(tuple_(*_POSITION) > _key(position)).order_by(*_POSITION), most)

    def _ids(self, query: Select[Any], most: int) -> list[int]:
        return list(self._connection.execute(query.limit(most), self._of_page).scalars())


def _key(position: Position) -> Any:
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
_FIND = select(*_POSITION).where(*_ON_PAGE, _comment.id == bindparam("b_id"))


def _climb() -> Select[Any]:
    """From a comment up to the root above it, as long as each step is shown."""
    same = (_comment.site_id, _comment.page_id, _comment.status)  # as in replies.py
    start = select(*same, _comment.id, _comment.parent_id, literal(0).label("steps")).where(
        *_ON_PAGE, _comment.status == Status.APPROVED, _comment.id == bindparam("b_id")
    )
    up = start.cte("up", recursive=True)
    step = select(*same, _comment.id, _comment.parent_id, up.c.steps + 1)
    up = up.union_all(
        step.where(*(_comment[each.name] == up.c[each.name] for each in same), _comment.id == up.c.parent_id)
    )
    return select(up.c.id).order_by(up.c.steps.desc()).limit(1)


_CLIMB = _climb()

_STEPS = (50, 30, 20, 15, 10, 7, 5, 4, 3)
_LEAST = 2
_SAME = (_comment.site_id, _comment.status)
"""Carried along in a recursive query: compared with constants, they would make SQLite, once it has statistics, read the
whole table for a Bloom filter at each question."""


@dataclass(frozen=True, slots=True)
class Replies:
    """Ids of a root's replies of any depth in order of time, and how many more there are behind the last."""

    ids: Sequence[int]
    more: int


def read_replies(
    connection: Connection, site_id: int, roots: Sequence[int], most: int, after: Position | None = None
) -> dict[int, Replies]:
    """Root → its replies, those behind a position if one is given.

    ``most`` of a root are shown, and no more than twice as many of all: where there are too many, fewer of each.
    """
    if not roots:
        return {}
    rows = connection.execute(_ranked(after), {"b_site": site_id, "b_roots": roots, "b_most": most})
    found: defaultdict[int, list[int]] = defaultdict(list)
    total: dict[int, int] = {}
    for root, comment_id, number in rows:
        found[root].append(comment_id)
        total[root] = number
    limit = _fair_share(total.values(), most)
    return {root: Replies(ids[:limit], total[root] - len(ids[:limit])) for root, ids in found.items()}


def _fair_share(numbers: Iterable[int], most: int) -> int:
    """How many replies each root may show, so that all together stay within bounds."""
    numbers = list(numbers)
    if sum(min(number, most) for number in numbers) <= 2 * most:
        return most
    steps = (step for step in _STEPS if step <= most)
    fitting = (step for step in steps if sum(min(number, step) for number in numbers) <= 2 * most)
    return next(fitting, min(_LEAST, most))


def _ranked(after: Position | None) -> Select[Any]:
    """Every reply below the roots, through parents that are shown, numbered within its root by time."""
    direct = select(*_SAME, _comment.parent_id.label("root"), _comment.id, _comment.created_at).where(
        _comment.site_id == bindparam("b_site"),
        _comment.status == Status.APPROVED,
        _comment.parent_id.in_(bindparam("b_roots", expanding=True)),
    )
    below = direct.cte("below", recursive=True)
    step = select(*_SAME, below.c.root, _comment.id, _comment.created_at)
    below = below.union_all(
        step.where(*(_comment[each.name] == below.c[each.name] for each in _SAME), _comment.parent_id == below.c.id)
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


def authors(connection: Connection, site_id: int, ids: Iterable[int]) -> Mapping[int, str]:
    """Id → author of comments that are shown."""
    wanted = list(ids)
    if not wanted:
        return {}
    query = select(_comment.id, _comment.author).where(
        _comment.site_id == site_id, _comment.id.in_(wanted), _comment.status == Status.APPROVED
    )
    return {row.id: row.author for row in connection.execute(query)}
