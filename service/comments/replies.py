"""Which replies are shown below the roots of a window: the first of each, so many in all."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, literal, select, tuple_

from db import tables
from db.models import Status
from service.comments.window import Position

_STEPS = (50, 30, 20, 15, 10, 7, 5, 4, 3)
_LEAST = 2

_comment = tables.comment.c
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
