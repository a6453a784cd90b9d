"""How many comments a moderator's list finds: exact up to a bound, beyond it "more than that"."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal, select, tuple_

from db import tables
from db.models import Status
from db.search_conditions import CountFound
from service.comment_row import PAGE_OF_COMMENT
from service.comments.comment_filter import EVERYTHING, CommentFilter
from service.comments.list_cursor import Position

MOST_COUNTED = 10_000
"""Comments of a status up to which they are counted."""

FEW = 1500
"""Comments that an index finds up to which reading all of them is faster than reading comments in order."""

SCANNED, SCANNED_TO_COUNT = 3000, 500
"""Comments of a status that are read in order for one page, and for one number, where no index finds few."""

_comment = tables.comment.c
POSITION = (_comment.created_at, _comment.id, _comment.site_id)
"""The order of the index ``ix_comment_status``; ids are unique within a site only, hence the last."""


class ListCounts(dict[Status, int]):
    """Status → number of comments. ``more``: the statuses of which there are, or may be, more."""

    def __init__(self, numbers: dict[Status, int], more: frozenset[Status] = frozenset()) -> None:
        super().__init__(dict.fromkeys(Status, 0) | numbers)
        self.more = more


@dataclass(frozen=True, slots=True)
class SearchWay:
    """How to find comments: by a condition that an index knows, and that few meet; else (None) in the order of time."""

    by: ColumnElement[bool] | None = None

    def conditions(self, wanted: CommentFilter) -> Iterator[ColumnElement[bool]]:
        """All conditions on what is wanted."""
        if self.by is not None:
            yield self.by
        yield from wanted.conditions()


IN_ORDER = SearchWay()


def find_way(connection: Connection, wanted: CommentFilter) -> SearchWay:
    """The first way by which few have to be read."""
    for condition in wanted.candidates():
        if int(connection.execute(select(CountFound(condition, FEW + 1))).scalar_one()) <= FEW:
            return SearchWay(condition)
    return IN_ORDER


def counts(connection: Connection, wanted: CommentFilter = EVERYTHING, way: SearchWay | None = None) -> ListCounts:
    """The number of ``wanted`` comments of each status. ``way``: if it is known, that of ``find_way``."""
    way = way or find_way(connection, wanted)
    if way.by is not None or wanted.comment:
        status: Any = _comment.status.concat("")  # of no index: SQLite would read all comments by it
        query = select(status, func.count()).group_by(status).where(*way.conditions(wanted))
        query = query.select_from(tables.comment).join(tables.page, PAGE_OF_COMMENT)
        return ListCounts({Status(name): number for name, number in connection.execute(query)})
    found = {status: _count_in_order(connection, status, wanted) for status in Status}
    more = frozenset(status for status, (_, is_more) in found.items() if is_more)
    return ListCounts({status: number for status, (number, _) in found.items()}, more)


def count_pending(connection: Connection, wanted: CommentFilter = EVERYTHING) -> ListCounts:
    """The number of comments that wait, on the sites of a filter."""
    number, more = _count_in_order(connection, Status.PENDING, CommentFilter(site=wanted.site, sites=wanted.sites))
    return ListCounts({Status.PENDING: number}, frozenset({Status.PENDING} if more else ()))


def last_scanned(
    connection: Connection,
    status: Status,
    wanted: CommentFilter,
    cursor: Any = None,
    *,
    number: int,
    backwards: bool = False,
) -> Position | None:
    """The position of the last of ``number`` comments of a status, from the newest or a ``cursor`` on; None if there
    are fewer. All comments that are left out are older (``backwards``: newer)."""
    by_time = POSITION[:2]  # the index alone; which of two sites comes first does not matter here
    order = by_time if backwards else tuple(column.desc() for column in by_time)
    query = select(*POSITION).where(_comment.status == status, *wanted.in_order()).order_by(*order)
    if cursor is not None:
        query = query.where(tuple_(*POSITION) > cursor if backwards else tuple_(*POSITION) < cursor)
    row = connection.execute(query.offset(number - 1).limit(1)).first()
    return None if row is None else (row[0], row[1], row[2])


def position_of(row: Position) -> Any:
    """A position as a row value to compare with."""
    return tuple_(*(literal(value, column.type) for value, column in zip(row, POSITION, strict=True)))


def _count_in_order(connection: Connection, status: Status, wanted: CommentFilter) -> tuple[int, bool]:
    """The number of a status, and whether there are or may be more."""
    query = select(literal(1)).select_from(tables.comment)
    query = query.where(_comment.status == status, *wanted.conditions())
    if wanted.words:
        query = query.join(tables.page, PAGE_OF_COMMENT)
    last = None if wanted.is_read_in_order else last_scanned(connection, status, wanted, number=SCANNED_TO_COUNT)
    if last is not None:
        query = query.where(tuple_(*POSITION) >= position_of(last))
    found = query.limit(MOST_COUNTED + 1).subquery()
    number = int(connection.execute(select(func.count()).select_from(found)).scalar_one())
    return min(number, MOST_COUNTED), last is not None or number > MOST_COUNTED
