"""Moderation. Each click of an admin is a batch of decisions, and each batch can be undone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from db import tables
from db.models import Status
from db.types import new_id
from service.action_log import Act, Action, record
from service.comments import events
from service.comments.changes import comments_decided
from service.comments.earlier_decisions import (
    decided_by_others,
    edited_since,
    is_one_of,
    latest_decisions,
    statuses_to_restore,
)
from service.comments.events import Key
from service.comments.write_statements import lock_pages_of

MOST_AT_ONCE = 500
_comment, _decision = tables.comment.c, tables.decision.c


class TooMany(ValueError):
    """Raised before any change when a batch has more than ``MOST_AT_ONCE`` comments."""

    def __init__(self) -> None:
        super().__init__(f"At most {MOST_AT_ONCE} comments can be moderated at once.")


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


def decide(
    connection: Connection,
    keys: Iterable[Key],
    after: Status,
    admin_id: int | None,
    at: datetime,
    seen: datetime | None = None,
    *,
    batch_id: int | None = None,
) -> Batch:
    """Give comments a status. Comments that have it already are left alone.

    ``seen`` is when the moderator's list was drawn: comments edited since are not approved, as nobody has read them,
    and what another moderator decided since is left as it is. ``admin_id`` is None for a program. ``batch_id``: a batch
    that this belongs to. Raises TooMany.
    """
    wanted = _unique_keys(keys)

    rows = _lock_comments(connection, wanted)
    unread = edited_since(connection, wanted, seen) if seen and after is Status.APPROVED else ()
    others = decided_by_others(connection, wanted, seen, admin_id) if seen else {}
    overtaken = {_key(row): others[_key(row)] for row in rows if _key(row) in others and row.status != after}
    decided = {_key(row): after for row in rows if _key(row) not in unread and _key(row) not in overtaken}
    batch = _record_decisions(connection, wanted, rows, decided, Act(Action(after), at, admin_id, batch=batch_id))
    return replace(batch, unread=tuple(unread), overtaken=overtaken)


def restore(
    connection: Connection, keys: Iterable[Key], admin_id: int | None, at: datetime, *, batch_id: int | None = None
) -> Batch:
    """Move comments out of trash or spam, back to the status before. Raises TooMany.

    Comments that the spam check filed as spam had no status before, and become pending. Comments that are neither in
    trash nor in spam are left alone.
    """
    wanted = _unique_keys(keys)

    rows = _lock_comments(connection, wanted)
    restored = statuses_to_restore(connection, rows)
    return _record_decisions(connection, wanted, rows, restored, Act(Action.RESTORE, at, admin_id, batch=batch_id))


def undo(connection: Connection, batch_id: int, admin_id: int | None, at: datetime) -> Batch:
    """Undo the first ``MOST_AT_ONCE`` decisions of a batch; to be repeated until ``can_undo`` says no.

    Comments whose status was changed again since are left alone.
    """
    query = select(tables.decision).where(*_not_undone(batch_id)).order_by(_decision.id).limit(MOST_AT_ONCE)
    decisions = connection.execute(query).all()
    keys = [(decision.site_id, decision.comment_id) for decision in decisions]
    rows = _lock_comments(connection, keys)
    latest = latest_decisions(connection, keys)
    current = {_key(row): row.status for row in rows}
    restored = {
        key: Status(decision.before)
        for key, decision in zip(keys, decisions, strict=True)
        if current.get(key) == decision.after and latest.get(key) == decision.id
    }
    changed, pages = _set_statuses(connection, rows, restored, at)
    ids = [decision.id for decision in decisions]
    connection.execute(
        update(tables.decision).where(*_not_undone(batch_id), _decision.id.in_(ids)).values(undone_at=at)
    )
    _log_by_site(connection, changed, Act(Action.UNDO, at, admin_id, batch=batch_id), restored)
    return Batch(batch_id, tuple(map(_key, changed)), pages, _missing_keys(keys, rows))


def redo(
    connection: Connection, batch_id: int, admin_id: int | None, at: datetime, after: int = 0
) -> tuple[Batch, int | None]:
    """Take the undo of a batch back: its next ``MOST_AT_ONCE`` undone decisions behind the decision ``after`` hold
    again. Returns what was changed, and the last of them; None at the end. What was moved since is left alone."""
    undone = (_decision.batch == batch_id, _decision.undone_at.is_not(None), _decision.id > after)
    query = select(tables.decision).where(*undone).order_by(_decision.id).limit(MOST_AT_ONCE)
    decisions = connection.execute(query).all()
    keys = [(decision.site_id, decision.comment_id) for decision in decisions]
    rows = _lock_comments(connection, keys)
    latest, current = latest_decisions(connection, keys), {_key(row): row.status for row in rows}
    again = {
        key: decision
        for key, decision in zip(keys, decisions, strict=True)
        if current.get(key) == decision.before and latest.get(key, 0) < decision.id
    }
    statuses = {key: Status(decision.after) for key, decision in again.items()}
    changed, pages = _set_statuses(connection, rows, statuses, at)
    these = _decision.id.in_([decision.id for decision in again.values()])
    connection.execute(update(tables.decision).where(*undone, these).values(undone_at=None))
    _log_by_site(connection, changed, Act(Action.REDO, at, admin_id, batch=batch_id), statuses)
    batch = Batch(batch_id, tuple(map(_key, changed)), pages, _missing_keys(keys, rows))
    return batch, decisions[-1].id if len(decisions) == MOST_AT_ONCE else None


def can_undo(connection: Connection, batch_id: int, admin_id: int | None = None) -> bool:
    """Whether something of the batch is not undone yet, and this admin made it, if one is given."""
    query = select(_decision.id).where(*_not_undone(batch_id)).limit(1)
    if admin_id is not None:
        query = query.where(_decision.admin_id == admin_id)
    return connection.execute(query).first() is not None


def _unique_keys(keys: Iterable[Key]) -> list[Key]:
    unique = list(dict.fromkeys(keys))
    if len(unique) > MOST_AT_ONCE:
        raise TooMany
    return unique


def _key(row: Any) -> Key:
    return row.site_id, row.id


def _missing_keys(keys: Sequence[Key], rows: Sequence[Any]) -> tuple[Key, ...]:
    existing = set(map(_key, rows))
    return tuple(key for key in keys if key not in existing)


def _not_undone(batch_id: int) -> tuple[ColumnElement[bool], ...]:
    return _decision.batch == batch_id, _decision.undone_at.is_(None)


def _lock_comments(connection: Connection, keys: Sequence[Key]) -> Sequence[Any]:
    """The comments that exist, locked until the transaction ends, after their pages. Always in the same order, so that
    two moderators cannot deadlock."""
    lock_pages_of(connection, keys)
    query = select(_comment.site_id, _comment.id, _comment.page_id, _comment.status)
    query = query.where(is_one_of(keys, _comment.site_id, _comment.id)).order_by(_comment.site_id, _comment.id)
    return connection.execute(query.with_for_update()).all()


def _record_decisions(
    connection: Connection,
    wanted: Sequence[Key],
    rows: Sequence[Any],
    new_statuses: Mapping[Key, Status],
    act: Act,
) -> Batch:
    """Carry out what ``act`` decides, and log it: as one batch, a new one unless ``act`` names one."""
    batch_id, at = act.batch or new_id(), act.at
    changed, pages = _set_statuses(connection, rows, new_statuses, at)
    decisions = [
        {
            "site_id": row.site_id,
            "id": new_id(),
            "comment_id": row.id,
            "batch": batch_id,
            "admin_id": act.admin_id,
            "before": row.status,
            "after": new_statuses[_key(row)],
            "at": at,
        }
        for row in changed
    ]
    if decisions:
        connection.execute(tables.decision.insert(), decisions)
    _log_by_site(connection, changed, replace(act, batch=batch_id), new_statuses)
    return Batch(batch_id, tuple(map(_key, changed)), pages, _missing_keys(wanted, rows))


def _log_by_site(connection: Connection, rows: Sequence[Any], act: Act, new_statuses: Mapping[Key, Status]) -> None:
    """An entry in the log of each site that these comments belong to. ``rows`` are as they were before."""
    by_site: defaultdict[int, list[tuple[int, Status, Status]]] = defaultdict(list)
    for row in rows:
        by_site[row.site_id].append((row.id, row.status, new_statuses[_key(row)]))
    for site_id, moved in by_site.items():
        only = moved[0][0] if len(moved) == 1 else None
        record(connection, site_id, replace(act, number=len(moved), comment_id=only, content={"moved": moved}))


def _set_statuses(
    connection: Connection, rows: Sequence[Any], new_statuses: Mapping[Key, Status], at: datetime
) -> tuple[list[Any], tuple[Key, ...]]:
    """Give comments new statuses. Returns the rows that changed, as they were before, and the pages whose readers see
    it."""
    changed = [row for row in rows if new_statuses.get(_key(row), row.status) != row.status]
    by_status: defaultdict[Status, list[Key]] = defaultdict(list)
    for row in changed:
        by_status[new_statuses[_key(row)]].append(_key(row))
    for status, keys in by_status.items():
        values: dict[str, Any] = {"status": status}
        if status is Status.TRASH:  # a comment in the trash is no duplicate of a new one
            values |= {"said_by_author": None, "said_by_email": None}
        is_moved = is_one_of(keys, _comment.site_id, _comment.id)
        connection.execute(update(tables.comment).where(is_moved).values(values))
    comments_decided(connection, {row.site_id for row in changed})
    visible = (row for row in changed if Status.APPROVED in (row.status, new_statuses[_key(row)]))
    pages = events.statuses_changed(connection, by_status, [(row.site_id, row.page_id) for row in visible], at)
    return changed, pages
