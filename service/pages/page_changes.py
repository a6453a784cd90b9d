"""Changes of pages as rows, as undo needs them: each with what was before it. ``page_change_hashes`` logs them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select, update

from db import tables
from db.column_types import UtcDateTime
from service.page_change_hashes import note_made, note_moved, note_undone

_change = tables.page_change.c


class ChangeKind(StrEnum):
    """A page got another address, or was merged into another page; or an address without a page leads to one."""

    MOVE = "move"
    MERGE = "merge"
    ALIAS = "alias"


@dataclass(frozen=True, slots=True)
class Click:
    """Who does something, and when. What one click changes shares a ``batch``, by which it is undone.

    ``quiet``: the caller logs the whole batch as one entry.
    """

    batch: int
    at: datetime
    admin_id: int | None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class StandingChange:
    """A change that still stands."""

    site_id: int
    id: int
    kind: ChangeKind
    page_id: int
    other_id: int
    before: Mapping[str, Any]


def note(
    connection: Connection, site_id: int, change_id: int, kind: ChangeKind, click: Click, before: Mapping[str, Any],
    *, page_id: int = 0, other_id: int = 0,
) -> None:  # fmt: skip
    """Note a change. ``before``: JSON values, what ``undo`` puts back."""
    row: dict[str, Any] = {"site_id": site_id, "id": change_id, "batch": click.batch, "kind": kind, "at": click.at}
    row |= {"page_id": page_id, "other_id": other_id, "before": json.dumps(before, ensure_ascii=False)}
    connection.execute(tables.page_change.insert(), row)
    note_made(connection, row)


def note_comments(connection: Connection, site_id: int, change_id: int, comments: Sequence[int], click: Click) -> None:
    """Note comments that a merge takes to another page: an undo takes them back."""
    key = {"site_id": site_id, "change_id": change_id}
    connection.execute(tables.moved_comment.insert(), [key | {"comment_id": each} for each in comments])
    note_moved(connection, site_id, change_id, click.at, comments)


def is_noted(connection: Connection, site_id: int, change_id: int) -> bool:
    """Whether a change has been noted."""
    query = select(_change.id).where(_change.site_id == site_id, _change.id == change_id)
    return connection.execute(query).first() is not None


def standing(connection: Connection, batch: int) -> list[StandingChange]:
    """The changes of a batch that have not been undone, the last one first."""
    query = select(tables.page_change).where(_change.batch == batch, _change.undone_at.is_(None))
    rows = connection.execute(query.order_by(_change.id.desc()))
    return [
        StandingChange(row.site_id, row.id, ChangeKind(row.kind), row.page_id, row.other_id, json.loads(row.before))
        for row in rows
    ]


def mark_undone(connection: Connection, change: StandingChange, at: datetime) -> None:
    """Note that a change was undone."""
    this = (_change.site_id == change.site_id, _change.id == change.id)
    connection.execute(update(tables.page_change).where(*this).values(undone_at=at))
    note_undone(connection, change.site_id, change.id, at)


def snapshot(row: Row[Any]) -> dict[str, Any]:
    """A page's row as JSON values."""
    values = dict(row._mapping)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def row_of(before: Mapping[str, Any]) -> dict[str, Any]:
    """The row that ``snapshot`` was made of."""
    known = [column for column in tables.page.columns if column.name in before]
    instants = [column.name for column in known if isinstance(column.type, UtcDateTime) and before[column.name]]
    row = {column.name: before[column.name] for column in known}
    return row | {name: datetime.fromisoformat(before[name]) for name in instants}
