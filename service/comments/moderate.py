"""Moderation. Each click of an admin is a batch of decisions, and each batch can be undone."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update

from db import tables
from db.models import Status
from service.action_log import Act, ActKind, Actor
from service.comments import report_rows
from service.comments.earlier_decisions import (
    PUT_ASIDE,
    decided_by_others,
    edited_since,
    latest_decisions,
    statuses_to_restore,
)
from service.comments.record_decisions import (
    Batch,
    keep_approved,
    key_of,
    lock_comments,
    log_by_site,
    missing_keys,
    record_decisions,
    set_statuses,
)
from service.comments.side_effects import Key
from service.language import N_

MOST_AT_ONCE = 500
_decision = tables.decision.c


TOO_MANY = N_("At most %(number)s comments can be moderated at once.")


class TooMany(ValueError):
    """Raised before any change when a batch has more than ``MOST_AT_ONCE`` comments."""

    def __init__(self) -> None:
        super().__init__(TOO_MANY % {"number": MOST_AT_ONCE})


def decide(
    connection: Connection,
    keys: Iterable[Key],
    after: Status,
    admin_id: int | None,
    at: datetime,
    seen: datetime | None = None,
    *,
    batch_id: int | None = None,
    actor: Actor | None = None,
) -> Batch:
    """Give comments a status. Comments that have it already are left alone.

    ``seen`` is when the moderator's list was drawn: comments edited since are not approved, as nobody has read them,
    and what another moderator decided since is left as it is. ``admin_id`` is None for a program, and where ``actor``
    names somebody else. ``batch_id``: a batch that this belongs to. Raises TooMany.
    """
    wanted = _unique_keys(keys)

    rows = lock_comments(connection, wanted)
    unread = edited_since(connection, wanted, seen) if seen and after is Status.APPROVED else ()
    others = decided_by_others(connection, wanted, seen, admin_id) if seen else {}
    overtaken = {key_of(row): others[key_of(row)] for row in rows if key_of(row) in others and row.status != after}
    decided = {key_of(row): after for row in rows if key_of(row) not in unread and key_of(row) not in overtaken}
    act = Act(ActKind(after), at, admin_id, actor, batch=batch_id)
    batch = record_decisions(connection, wanted, rows, decided, act)
    return replace(batch, unread=tuple(unread), overtaken=overtaken)


def keep(
    connection: Connection,
    keys: Iterable[Key],
    admin_id: int | None,
    at: datetime,
    seen: datetime | None = None,
    *,
    batch_id: int | None = None,
) -> Batch:
    """Keep comments that readers have reported: those that wait are approved, and no report holds them until their
    words are changed. Comments without open reports, and what is in spam or trash, are left alone. ``seen``: as for
    ``decide``. Raises TooMany."""
    wanted = _unique_keys(keys)

    rows = lock_comments(connection, wanted)
    reported = report_rows.open_reports(connection, wanted) if wanted else set()
    unread = [key for key in edited_since(connection, wanted, seen) if key in reported] if seen else []
    kept = {
        key_of(row): Status.APPROVED
        for row in rows
        if key_of(row) in reported and key_of(row) not in unread and row.status not in PUT_ASIDE
    }
    act = Act(ActKind.KEEP, at, admin_id, batch=batch_id)
    return replace(record_decisions(connection, wanted, rows, kept, act), unread=tuple(unread))


def restore(
    connection: Connection, keys: Iterable[Key], admin_id: int | None, at: datetime, *, batch_id: int | None = None
) -> Batch:
    """Move comments out of trash or spam, back to the status before. Raises TooMany.

    Comments that the spam check filed as spam had no status before, and become pending. Comments that are neither in
    trash nor in spam are left alone.
    """
    wanted = _unique_keys(keys)

    rows = lock_comments(connection, wanted)
    restored = statuses_to_restore(connection, rows)
    return record_decisions(connection, wanted, rows, restored, Act(ActKind.RESTORE, at, admin_id, batch=batch_id))


def undo(connection: Connection, batch_id: int, admin_id: int | None, at: datetime) -> Batch:
    """Undo the first ``MOST_AT_ONCE`` decisions of a batch; to be repeated until ``can_undo`` says no.

    Comments whose status was changed again since are left alone.
    """
    query = select(tables.decision).where(*_not_undone(batch_id)).order_by(_decision.id).limit(MOST_AT_ONCE)
    decisions = connection.execute(query).all()
    keys = [(decision.site_id, decision.comment_id) for decision in decisions]
    rows = lock_comments(connection, keys)
    latest = latest_decisions(connection, keys)
    current = {key_of(row): row.status for row in rows}
    restored = {
        key: Status(decision.before)
        for key, decision in zip(keys, decisions, strict=True)
        if current.get(key) == decision.after and latest.get(key) == decision.id
    }
    changed, pages = set_statuses(connection, rows, restored, at)
    released = report_rows.release(connection, [*restored], batch_id) if restored else set()
    keep_approved(connection, changed, restored, batch_id, at)
    changed += [row for row in rows if key_of(row) in released and row not in changed]
    ids = [decision.id for decision in decisions]
    connection.execute(
        update(tables.decision).where(*_not_undone(batch_id), _decision.id.in_(ids)).values(undone_at=at)
    )
    log_by_site(connection, changed, Act(ActKind.UNDO, at, admin_id, batch=batch_id), restored)
    return Batch(batch_id, tuple(map(key_of, changed)), pages, missing_keys(keys, rows))


def redo(
    connection: Connection, batch_id: int, admin_id: int | None, at: datetime, after: int = 0
) -> tuple[Batch, int | None]:
    """Take the undo of a batch back: its next ``MOST_AT_ONCE`` undone decisions behind the decision ``after`` hold
    again. Returns what was changed, and the last of them; None at the end. What was moved since is left alone."""
    undone = (_decision.batch == batch_id, _decision.undone_at.is_not(None), _decision.id > after)
    query = select(tables.decision).where(*undone).order_by(_decision.id).limit(MOST_AT_ONCE)
    decisions = connection.execute(query).all()
    keys = [(decision.site_id, decision.comment_id) for decision in decisions]
    rows = lock_comments(connection, keys)
    latest, current = latest_decisions(connection, keys), {key_of(row): row.status for row in rows}
    again = {
        key: decision
        for key, decision in zip(keys, decisions, strict=True)
        if current.get(key) == decision.before and latest.get(key, 0) < decision.id
    }
    statuses = {key: Status(decision.after) for key, decision in again.items()}
    _, pages = set_statuses(connection, rows, statuses, at)
    changed = [row for row in rows if key_of(row) in again]  # reports of a comment that was kept close without a change
    keep_approved(connection, changed, statuses, batch_id, at)
    these = _decision.id.in_([decision.id for decision in again.values()])
    connection.execute(update(tables.decision).where(*undone, these).values(undone_at=None))
    log_by_site(connection, changed, Act(ActKind.REDO, at, admin_id, batch=batch_id), statuses)
    batch = Batch(batch_id, tuple(map(key_of, changed)), pages, missing_keys(keys, rows))
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


def _not_undone(batch_id: int) -> tuple[ColumnElement[bool], ...]:
    return _decision.batch == batch_id, _decision.undone_at.is_(None)
