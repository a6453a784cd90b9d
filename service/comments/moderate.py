"""Moderation. Each click of an admin is a batch of decisions, and each batch can be undone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, tuple_, update

from db import tables
from db.models import Status
from db.types import new_id
from service.comments import events
from service.comments.changes import comments_decided, page_changed
from service.comments.events import Key
from service.comments.statements import NEXT_VERSION_VALUES

MOST_AT_ONCE = 500
PUT_ASIDE = (Status.SPAM, Status.TRASH)
_comment, _page, _decision = tables.comment.c, tables.page.c, tables.decision.c
_change = tables.author_change.c


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


def decide(
    connection: Connection,
    keys: Iterable[Key],
    after: Status,
    admin_id: int | None,
    at: datetime,
    seen: datetime | None = None,
) -> Batch:
    """Give comments a status. Comments that have it already are left alone.

    ``seen`` is when the moderator's list was drawn: comments edited since are not approved, as nobody has read them,
    and what another moderator decided since is left as it is. ``admin_id`` is None for a program. Raises TooMany.
    """
    wanted = _unique_keys(keys)

    rows = _lock_comments(connection, wanted)
    unread = _edited_since(connection, wanted, seen) if seen and after is Status.APPROVED else ()
    others = _decided_by_others(connection, wanted, seen, admin_id) if seen else {}
    overtaken = {_key(row): others[_key(row)] for row in rows if _key(row) in others and row.status != after}
    decided = {_key(row): after for row in rows if _key(row) not in unread and _key(row) not in overtaken}
    batch = _record_decisions(connection, wanted, rows, decided, admin_id, at)
    return replace(batch, unread=tuple(unread), overtaken=overtaken)


def restore(connection: Connection, keys: Iterable[Key], admin_id: int | None, at: datetime) -> Batch:
    """Move comments out of trash or spam, back to the status before. Raises TooMany.

    Comments that the spam check filed as spam had no status before, and become pending. Comments that are neither in
    trash nor in spam are left alone.
    """
    wanted = _unique_keys(keys)

    rows = _lock_comments(connection, wanted)
    return _record_decisions(connection, wanted, rows, _statuses_to_restore(connection, rows), admin_id, at)


def undo(connection: Connection, batch_id: int, at: datetime) -> Batch:
    """Undo a batch. Comments whose status was changed again since are left alone."""
    decisions = connection.execute(select(tables.decision).where(*_not_undone(batch_id))).all()
    keys = [(decision.site_id, decision.comment_id) for decision in decisions]
    rows = _lock_comments(connection, keys)
    latest = _latest_decisions(connection, keys)
    current = {_key(row): row.status for row in rows}
    restored = {
        key: Status(decision.before)
        for key, decision in zip(keys, decisions, strict=True)
        if current.get(key) == decision.after and latest.get(key) == decision.id
    }
    changed, pages = _set_statuses(connection, rows, restored, at)
    connection.execute(update(tables.decision).where(*_not_undone(batch_id)).values(undone_at=at))
    return Batch(batch_id, tuple(map(_key, changed)), pages, _missing_keys(keys, rows))


def can_undo(connection: Connection, batch_id: int, admin_id: int) -> bool:
    """Whether this admin made the batch, and it was not undone yet."""
    query = select(_decision.id).where(*_not_undone(batch_id), _decision.admin_id == admin_id).limit(1)
    return connection.execute(query).first() is not None


def close_page(connection: Connection, page: Key, *, closed: bool) -> bool:
    """Close or reopen a page for new comments. Returns False if it was so already, or does not exist."""
    statement = (
        update(tables.page)
        .where(_page.site_id == page[0], _page.id == page[1], _page.closed.is_(not closed))
        .values(closed=closed, **NEXT_VERSION_VALUES)
    )
    page_changed(connection, *page)
    return connection.execute(statement).rowcount == 1


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


def _is_one_of(keys: Sequence[Key], site_id: ColumnElement[int], comment_id: ColumnElement[int]) -> ColumnElement[bool]:
    return tuple_(site_id, comment_id).in_(keys)


def _edited_since(connection: Connection, keys: Sequence[Key], seen: datetime) -> Sequence[Key]:
    query = select(_change.site_id, _change.comment_id).where(_change.edited_at >= seen)
    query = query.where(_is_one_of(keys, _change.site_id, _change.comment_id))
    return [(site_id, comment_id) for site_id, comment_id in connection.execute(query)]


def _decided_by_others(
    connection: Connection, keys: Sequence[Key], seen: datetime, admin_id: int | None
) -> dict[Key, int | None]:
    """The comments on which somebody else decided since an instant, and who was last."""
    query = select(_decision.site_id, _decision.comment_id, _decision.admin_id).where(
        _is_one_of(keys, _decision.site_id, _decision.comment_id),
        _decision.at >= seen,
        _decision.undone_at.is_(None),
        _decision.admin_id.is_distinct_from(admin_id),
    )
    rows = connection.execute(query.order_by(_decision.id))
    return {(site_id, comment_id): by for site_id, comment_id, by in rows}


def _lock_comments(connection: Connection, keys: Sequence[Key]) -> Sequence[Any]:
    """The comments that exist, locked until the transaction ends. Always in the same order, so that two moderators
    cannot deadlock."""
    query = select(_comment.site_id, _comment.id, _comment.page_id, _comment.status)
    query = query.where(_is_one_of(keys, _comment.site_id, _comment.id)).order_by(_comment.site_id, _comment.id)
    return connection.execute(query.with_for_update()).all()


def _record_decisions(
    connection: Connection,
    wanted: Sequence[Key],
    rows: Sequence[Any],
    new_statuses: Mapping[Key, Status],
    admin_id: int | None,
    at: datetime,
) -> Batch:
    batch_id = new_id()
    changed, pages = _set_statuses(connection, rows, new_statuses, at)
    decisions = [
        {
            "site_id": row.site_id,
            "id": new_id(),
            "comment_id": row.id,
            "batch": batch_id,
            "admin_id": admin_id,
            "before": row.status,
            "after": new_statuses[_key(row)],
            "at": at,
        }
        for row in changed
    ]
    if decisions:
        connection.execute(tables.decision.insert(), decisions)
    return Batch(batch_id, tuple(map(_key, changed)), pages, _missing_keys(wanted, rows))


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
        is_moved = _is_one_of(keys, _comment.site_id, _comment.id)
        connection.execute(update(tables.comment).where(is_moved).values(values))
    comments_decided(connection, {row.site_id for row in changed})
    visible = (row for row in changed if Status.APPROVED in (row.status, new_statuses[_key(row)]))
    pages = events.statuses_changed(connection, by_status, [(row.site_id, row.page_id) for row in visible], at)
    return changed, pages


def _statuses_to_restore(connection: Connection, rows: Sequence[Any]) -> dict[Key, Status]:
    """For each comment in spam or trash, its status before the newest decision that put it there."""
    put_aside = {_key(row): row.status for row in rows if row.status in PUT_ASIDE}
    before: dict[Key, Status] = dict.fromkeys(put_aside, Status.PENDING)
    query = select(_decision.site_id, _decision.comment_id, _decision.before, _decision.after)
    query = query.where(
        _is_one_of(list(put_aside), _decision.site_id, _decision.comment_id), _decision.undone_at.is_(None)
    )
    for decision in connection.execute(query.order_by(_decision.id)):
        key = (decision.site_id, decision.comment_id)
        # Spam that came out of the trash gets its status before both: restoring never puts a comment into the trash.
        if decision.after == put_aside[key] and decision.before is not Status.TRASH:
            before[key] = Status(decision.before)
    return before


def _latest_decisions(connection: Connection, keys: Sequence[Key]) -> dict[Key, int]:
    """For each comment, its newest decision that was not undone."""
    query = select(_decision.site_id, _decision.comment_id, func.max(_decision.id))
    query = query.where(_is_one_of(keys, _decision.site_id, _decision.comment_id), _decision.undone_at.is_(None))
    rows = connection.execute(query.group_by(_decision.site_id, _decision.comment_id))
    return {(site_id, comment_id): decision_id for site_id, comment_id, decision_id in rows}
