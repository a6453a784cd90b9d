"""What an admin does to comments: each click is a batch of decisions, and each batch can be undone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, tuple_, update

from db import tables
from db.models import Status
from db.types import new_id
from service.comments import events
from service.comments.changes import comments_decided, page_changed
from service.comments.events import Key
from service.comments.statements import MOVED

MOST_AT_ONCE = 500
PUT_ASIDE = (Status.SPAM, Status.TRASH)
_comment, _page, _decision = tables.comment.c, tables.page.c, tables.decision.c
_change = tables.author_change.c


class TooMany(ValueError):
    """More comments than one batch takes. Nothing was done."""

    def __init__(self) -> None:
        super().__init__(f"At most {MOST_AT_ONCE} comments can be moderated at once.")


@dataclass(frozen=True, slots=True)
class Batch:
    """What one click did. ``id`` undoes it; ``changed`` are the comments whose status moved, ``pages`` those whose
    readers see it, ``missing`` the comments that are not there (any more), ``unread`` those that their authors changed
    while the moderator looked at them."""

    id: int
    changed: tuple[Key, ...]
    pages: tuple[Key, ...]
    missing: tuple[Key, ...] = ()
    unread: tuple[Key, ...] = ()


def decide(
    connection: Connection,
    keys: Iterable[Key],
    after: Status,
    admin_id: int | None,
    at: datetime,
    seen: datetime | None = None,
) -> Batch:
    """Give comments a status. Those that have it already are left alone. Raises TooMany.

    ``seen`` is when the moderator was shown them: what was edited since is not approved unread.
    """
    wanted = _unique(keys)

    rows = _lock(connection, wanted)
    unread = _edited_since(connection, wanted, seen) if seen and after is Status.APPROVED else ()
    decided = {_key(row): after for row in rows if _key(row) not in unread}
    return replace(_decide(connection, wanted, rows, decided, admin_id, at), unread=tuple(unread))


def restore(connection: Connection, keys: Iterable[Key], admin_id: int | None, at: datetime) -> Batch:
    """Take comments out of the trash or the spam folder, to the status they had before. Raises TooMany.

    What the checks filed as spam had none before, and becomes pending. Comments that stand elsewhere are left alone.
    """
    wanted = _unique(keys)

    rows = _lock(connection, wanted)
    return _decide(connection, wanted, rows, _statuses_before(connection, rows), admin_id, at)


def undo(connection: Connection, batch_id: int, at: datetime) -> Batch:
    """Take a batch back. A comment that was moved again since keeps what it has now."""
    decisions = connection.execute(select(tables.decision).where(*_standing(batch_id))).all()
    keys = [(decision.site_id, decision.comment_id) for decision in decisions]
    rows = _lock(connection, keys)
    latest = _latest_decisions(connection, keys)
    now = {_key(row): row.status for row in rows}
    back = {
        key: Status(decision.before)
        for key, decision in zip(keys, decisions, strict=True)
        if now.get(key) == decision.after and latest.get(key) == decision.id
    }
    changed, pages = _move(connection, rows, back, at)
    connection.execute(update(tables.decision).where(*_standing(batch_id)).values(undone_at=at))
    return Batch(batch_id, tuple(map(_key, changed)), pages, _missing(keys, rows))


def can_undo(connection: Connection, batch_id: int, admin_id: int) -> bool:
    """Whether this admin made a batch that still stands."""
    query = select(_decision.id).where(*_standing(batch_id), _decision.admin_id == admin_id).limit(1)
    return connection.execute(query).first() is not None


def close_page(connection: Connection, page: Key, *, closed: bool) -> bool:
    """Close or reopen a page for new comments. False when it was so already, or is not there."""
    statement = (
        update(tables.page)
        .where(_page.site_id == page[0], _page.id == page[1], _page.closed.is_(not closed))
        .values(closed=closed, **MOVED)
    )
    page_changed(connection, *page)
    return connection.execute(statement).rowcount == 1


def _unique(keys: Iterable[Key]) -> list[Key]:
    unique = list(dict.fromkeys(keys))
    if len(unique) > MOST_AT_ONCE:
        raise TooMany
    return unique


def _key(row: Any) -> Key:
    return row.site_id, row.id


def _missing(keys: Sequence[Key], rows: Sequence[Any]) -> tuple[Key, ...]:
    found = set(map(_key, rows))
    return tuple(key for key in keys if key not in found)


def _standing(batch_id: int) -> tuple[ColumnElement[bool], ...]:
    return _decision.batch == batch_id, _decision.undone_at.is_(None)


def _among(keys: Sequence[Key], site_id: ColumnElement[int], comment_id: ColumnElement[int]) -> ColumnElement[bool]:
    return tuple_(site_id, comment_id).in_(keys)


def _edited_since(connection: Connection, keys: Sequence[Key], seen: datetime) -> Sequence[Key]:
    query = select(_change.site_id, _change.comment_id).where(_change.edited_at >= seen)
    query = query.where(_among(keys, _change.site_id, _change.comment_id))
    return [(site_id, comment_id) for site_id, comment_id in connection.execute(query)]


def _lock(connection: Connection, keys: Sequence[Key]) -> Sequence[Any]:
    """The comments that are there, kept from other moderators until the job is done. Always in one order, so that two
    moderators wait for each other and never both."""
    query = select(_comment.site_id, _comment.id, _comment.page_id, _comment.status)
    query = query.where(_among(keys, _comment.site_id, _comment.id)).order_by(_comment.site_id, _comment.id)
    return connection.execute(query.with_for_update()).all()


def _decide(
    connection: Connection,
    wanted: Sequence[Key],
    rows: Sequence[Any],
    after: Mapping[Key, Status],
    admin_id: int | None,
    at: datetime,
) -> Batch:
    batch_id = new_id()
    changed, pages = _move(connection, rows, after, at)
    decisions = [
        {
            "site_id": row.site_id,
            "id": new_id(),
            "comment_id": row.id,
            "batch": batch_id,
            "admin_id": admin_id,
            "before": row.status,
            "after": after[_key(row)],
            "at": at,
        }
        for row in changed
    ]
    if decisions:
        connection.execute(tables.decision.insert(), decisions)
    return Batch(batch_id, tuple(map(_key, changed)), pages, _missing(wanted, rows))


def _move(
    connection: Connection, rows: Sequence[Any], after: Mapping[Key, Status], at: datetime
) -> tuple[list[Any], tuple[Key, ...]]:
    """Give comments a new status. Returns those that changed, as they were, and the pages whose readers see it."""
    changed = [row for row in rows if after.get(_key(row), row.status) != row.status]
    by_status: defaultdict[Status, list[Key]] = defaultdict(list)
    for row in changed:
        by_status[after[_key(row)]].append(_key(row))
    for status, keys in by_status.items():
        values: dict[str, Any] = {"status": status}
        if status is Status.TRASH:  # what is in the trash may be said again
            values |= {"said_by_author": None, "said_by_email": None}
        among = _among(keys, _comment.site_id, _comment.id)
        connection.execute(update(tables.comment).where(among).values(values))
    comments_decided(connection, {row.site_id for row in changed})
    seen = (row for row in changed if Status.APPROVED in (row.status, after[_key(row)]))
    pages = events.statuses_changed(
        connection, by_status[Status.APPROVED], [(row.site_id, row.page_id) for row in seen], at
    )
    return changed, pages


def _statuses_before(connection: Connection, rows: Sequence[Any]) -> dict[Key, Status]:
    """For each comment that was put aside, what the newest decision that put it there took it from."""
    aside = {_key(row): row.status for row in rows if row.status in PUT_ASIDE}
    before: dict[Key, Status] = dict.fromkeys(aside, Status.PENDING)
    query = select(_decision.site_id, _decision.comment_id, _decision.before, _decision.after)
    query = query.where(_among(list(aside), _decision.site_id, _decision.comment_id), _decision.undone_at.is_(None))
    for decision in connection.execute(query.order_by(_decision.id)):
        key = (decision.site_id, decision.comment_id)
        # Spam that came out of the trash goes back to where it was before both: restoring never fills the trash.
        if decision.after == aside[key] and decision.before is not Status.TRASH:
            before[key] = Status(decision.before)
    return before


def _latest_decisions(connection: Connection, keys: Sequence[Key]) -> dict[Key, int]:
    """For each comment, the newest decision that stands."""
    query = select(_decision.site_id, _decision.comment_id, func.max(_decision.id))
    query = query.where(_among(keys, _decision.site_id, _decision.comment_id), _decision.undone_at.is_(None))
    rows = connection.execute(query.group_by(_decision.site_id, _decision.comment_id))
    return {(site_id, comment_id): decision_id for site_id, comment_id, decision_id in rows}
