"""One action for all comments that a search finds, in slices, so that no new comment has to wait.

A slice is one job of the writer. All slices of a click share a batch, so that it is undone as a whole.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, tuple_

from db import tables
from db.models import Status
from service.action_log import Act, ActKind, one_erasure, record
from service.comment_row import ON_SAME_PAGE
from service.comments import moderate
from service.comments.admin_counts import IN_ORDER, SearchWay
from service.comments.admin_edit import remove_comment
from service.comments.comment_filter import CommentFilter
from service.comments.moderate import MOST_AT_ONCE
from service.comments.record_decisions import Batch
from service.comments.side_effects import Key
from service.comments.write_statements import lock_pages_of

DELETED_AT_ONCE = 100
"""Comments that one job deletes: each takes several statements."""
_comment = tables.comment.c
_KEY = (_comment.site_id, _comment.id)


@dataclass(frozen=True, slots=True)
class Search:
    """The comments with one of these statuses that ``wanted`` describes, and that were there at ``seen``. Without a
    ``way`` they are read in the order of their keys."""

    statuses: tuple[Status, ...]
    wanted: CommentFilter
    seen: datetime
    way: SearchWay = IN_ORDER

    def keys(self, connection: Connection, after: Key | None, most: int) -> list[Key]:
        """Up to ``most`` of them, in the order of their keys, behind one."""
        query = (
            select(*_KEY)
            .select_from(tables.comment)
            .join(tables.page, ON_SAME_PAGE)
            .where(
                _comment.status.in_(self.statuses),
                _comment.created_at <= self.seen,
                *self.way.conditions(self.wanted),
            )
            .order_by(*_KEY)
            .limit(most)
        )
        if after is not None:
            query = query.where(tuple_(*_KEY) > after)
        return [(site_id, comment_id) for site_id, comment_id in connection.execute(query)]


def decide_slice(
    connection: Connection, search: Search, after: Key | None, status: Status | None, act: Act
) -> tuple[Batch, Key | None]:
    """Give the next comments of a search a status, or without one keep or restore them, as ``act`` says and as part of
    its batch. Returns what was done, and where the next slice begins; None at the end."""
    keys = search.keys(connection, after, MOST_AT_ONCE)
    if act.action is ActKind.KEEP:
        batch = moderate.keep(connection, keys, act.admin_id, act.at, seen=search.seen, batch_id=act.batch)
    elif status is None:
        batch = moderate.restore(connection, keys, act.admin_id, act.at, batch_id=act.batch)
    else:
        batch = moderate.decide(connection, keys, status, act.admin_id, act.at, seen=search.seen, batch_id=act.batch)
    return batch, keys[-1] if len(keys) == MOST_AT_ONCE else None


def delete_slice(connection: Connection, search: Search, admin_id: int, at: datetime) -> int:
    """Delete the next ``DELETED_AT_ONCE`` comments of a search for good. Returns their number; 0 at the end."""
    keys = search.keys(connection, None, DELETED_AT_ONCE)
    lock_pages_of(connection, keys)
    numbers: dict[int, int] = {}
    with one_erasure(connection, at):
        for key in keys:
            numbers[key[0]] = numbers.get(key[0], 0) + remove_comment(connection, key, at)
    for site_id, number in numbers.items():
        record(connection, site_id, Act(ActKind.EMPTY, at, admin_id, number=number))
    return len(keys)
