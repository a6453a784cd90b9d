"""What decisions on comments are made of: locking, new statuses, the rows of a batch and its entry in the log."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from db import tables
from db.column_types import new_id
from db.models import Status
from service.action_log import Act, ActKind, record
from service.comments import report_rows, side_effects
from service.comments.changes_for_caches import comments_decided
from service.comments.earlier_decisions import is_one_of
from service.comments.side_effects import Key
from service.comments.write_statements import lock_pages_of

_comment = tables.comment.c


@dataclass(frozen=True, slots=True)
class Batch:
    """The result of one click. ``id`` is what ``undo`` takes; ``changed`` are the comments that got another status,
    ``pages`` those whose readers see a change, ``missing`` the comments that do not exist, ``unread`` those that their
    authors edited after the moderator's list was drawn, ``overtaken`` those that another moderator decided otherwise
    meanwhile, with the admin's id (None for a program)."""

    id: int
    changed: tuple[Key, ...]
    pages: tuple[Key, ...]
    missing: tuple[Key, ...] = ()
    unread: tuple[Key, ...] = ()
    overtaken: Mapping[Key, int | None] = field(default_factory=dict)

    def plus(self, other: "Batch") -> "Batch":
        """This batch with what another slice of it did."""
        return Batch(
            self.id,
            self.changed + other.changed,
            self.pages + other.pages,
            self.missing + other.missing,
            self.unread + other.unread,
            {**self.overtaken, **other.overtaken},
        )


def key_of(row: Any) -> Key:
    """The key of a row of ``lock_comments``."""
    return row.site_id, row.id


def missing_keys(keys: Sequence[Key], rows: Sequence[Any]) -> tuple[Key, ...]:
    """Those of ``keys`` that no row is of."""
    existing = set(map(key_of, rows))
    return tuple(key for key in keys if key not in existing)


def lock_comments(connection: Connection, keys: Sequence[Key]) -> Sequence[Any]:
    """The comments that exist, locked until the transaction ends, after their pages. Always in the same order, so that
    two moderators cannot deadlock."""
    lock_pages_of(connection, keys)
    query = select(_comment.site_id, _comment.id, _comment.page_id, _comment.status)
    query = query.where(is_one_of(keys, _comment.site_id, _comment.id)).order_by(_comment.site_id, _comment.id)
    return connection.execute(query.with_for_update()).all()


def record_decisions(
    connection: Connection,
    wanted: Sequence[Key],
    rows: Sequence[Any],
    new_statuses: Mapping[Key, Status],
    act: Act,
) -> Batch:
    """Carry out what ``act`` decides, and log it: as one batch, a new one unless ``act`` names one.

    What is approved is kept, too, if readers reported it; else the next report would hold it again.
    """
    batch_id, at = act.batch or new_id(), act.at
    changed, pages = set_statuses(connection, rows, new_statuses, at)
    if act.action is ActKind.KEEP:  # a decision, though most have the status already
        changed = [row for row in rows if key_of(row) in new_statuses]
    keep_approved(connection, changed, new_statuses, batch_id, at)
    decisions = [
        {
            "site_id": row.site_id,
            "id": new_id(),
            "comment_id": row.id,
            "batch": batch_id,
            "admin_id": act.admin_id,
            "before": row.status,
            "after": new_statuses[key_of(row)],
            "at": at,
        }
        for row in changed
    ]
    if decisions:
        connection.execute(tables.decision.insert(), decisions)
    log_by_site(connection, changed, replace(act, batch=batch_id), new_statuses)
    return Batch(batch_id, tuple(map(key_of, changed)), pages, missing_keys(wanted, rows))


def keep_approved(
    connection: Connection, changed: Sequence[Any], new_statuses: Mapping[Key, Status], batch_id: int, at: datetime
) -> None:
    """Close readers' reports of the comments that are approved now."""
    approved = [key_of(row) for row in changed if new_statuses[key_of(row)] is Status.APPROVED]
    report_rows.keep(connection, approved, batch_id, at)


def log_by_site(connection: Connection, rows: Sequence[Any], act: Act, new_statuses: Mapping[Key, Status]) -> None:
    """An entry in the log of each site that these comments belong to. ``rows`` are as they were before."""
    by_site: defaultdict[int, list[tuple[int, Status, Status]]] = defaultdict(list)
    for row in rows:
        by_site[row.site_id].append((row.id, row.status, new_statuses[key_of(row)]))
    for site_id, moved in by_site.items():
        only = moved[0][0] if len(moved) == 1 else None
        record(connection, site_id, replace(act, number=len(moved), comment_id=only, content={"moved": moved}))


def set_statuses(
    connection: Connection, rows: Sequence[Any], new_statuses: Mapping[Key, Status], at: datetime
) -> tuple[list[Any], tuple[Key, ...]]:
    """Give comments new statuses. Returns the rows that changed, as they were before, and the pages whose readers see
    it."""
    changed = [row for row in rows if new_statuses.get(key_of(row), row.status) != row.status]
    by_status: defaultdict[Status, list[Key]] = defaultdict(list)
    for row in changed:
        by_status[new_statuses[key_of(row)]].append(key_of(row))
    for status, keys in by_status.items():
        values: dict[str, Any] = {"status": status}
        if status is Status.TRASH:  # a comment in the trash is no duplicate of a new one
            values |= {"said_by_author": None, "said_by_email": None}
        is_moved = is_one_of(keys, _comment.site_id, _comment.id)
        connection.execute(update(tables.comment).where(is_moved).values(values))
    comments_decided(connection, {row.site_id for row in changed})
    visible = (row for row in changed if Status.APPROVED in (row.status, new_statuses[key_of(row)]))
    pages = side_effects.statuses_changed(connection, by_status, [(row.site_id, row.page_id) for row in visible], at)
    return changed, pages
