"""The outbox: written in the transaction of what causes a mail, emptied by whoever takes the next.

Taking a mail puts it off by ``LEASE``; so two processes do not send the same, and what a killed one had taken is taken
again. A mail that was handed in by a process which died before it could note so goes out twice: SMTP knows no better.
It then has the same Message-ID.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, tuple_, update

from db import tables
from db.sql import insert_if_absent

LEASE = timedelta(minutes=10)
GIVE_UP = timedelta(days=3)
"""After so long a mail that could not be handed in is worth nothing any more."""

FORGOTTEN_AFTER = timedelta(days=7)
"""What waits where no mail is sent any more goes then: it would be no news."""

REMEMBERED = timedelta(days=30)
"""So long nobody is told of the same thing again."""

AT_ONCE = 20
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
_outbox = tables.outbox.c


class MailKind(StrEnum):
    """What a mail says. ``about`` is the comment; for ``PENDING`` the hour since 1970, so that there is one an hour."""

    CONFIRM = "confirm"
    REPLY = "reply"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class TakenMail:
    """A mail that this process may send until its lease is over."""

    site_id: int
    kind: MailKind
    about: int
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class QueueState:
    """How many mails are to be sent, and how many of them were tried in vain."""

    number: int
    failing: int


def enqueue(
    connection: Connection, site_id: int, kind: MailKind, about: int, at: datetime, due_at: datetime | None = None
) -> bool:
    """Put a mail into the outbox, in the transaction under way. False when it was there already, sent or not."""
    row = {"site_id": site_id, "kind": kind, "about": about, "created_at": at, "due_at": due_at or at}
    return insert_if_absent(connection, tables.outbox, {**row, "attempts": 0, "done_at": None})


def take_due(connection: Connection, now: datetime, most: int = AT_ONCE) -> list[TakenMail]:
    """Take what is due, the longest due first."""
    due = (
        select(_outbox.site_id, _outbox.kind, _outbox.about, _outbox.attempts, _outbox.created_at)
        .where(_outbox.done_at.is_(None), _outbox.due_at <= now)
        .order_by(_outbox.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )

    rows = connection.execute(due).all()
    taken = [TakenMail(row.site_id, MailKind(row.kind), row.about, row.attempts + 1, row.created_at) for row in rows]
    if taken:
        connection.execute(
            update(tables.outbox)
            .where(tuple_(_outbox.site_id, _outbox.kind, _outbox.about).in_([tuple(row[:3]) for row in rows]))
            .values(attempts=_outbox.attempts + 1, due_at=now + LEASE)
        )
    return taken


def mark_done(connection: Connection, taken: TakenMail, now: datetime) -> None:
    """Note that a mail is settled: sent, given up, or not worth sending any more."""
    statement = update(tables.outbox).where(*_ours(taken)).values(done_at=now)

    connection.execute(statement)


def postpone(connection: Connection, every: Sequence[TakenMail], now: datetime) -> None:
    """Have these tried again later: after a minute, two, four … at last every four hours."""
    for taken in every:
        later = now + min(_FIRST_WAIT * 2 ** min(taken.attempts - 1, 20), _LONGEST_WAIT)
        connection.execute(update(tables.outbox).where(*_ours(taken)).values(due_at=later))


def waiting(connection: Connection) -> QueueState:
    """What is still to be sent, on all sites."""
    tried = func.count().filter(_outbox.attempts > 0)
    row = connection.execute(select(func.count(), tried).where(_outbox.done_at.is_(None))).one()
    return QueueState(*row)


def sent_since(connection: Connection, site_id: int, email: str, kind: MailKind, since: datetime) -> int:
    """How many mails of a kind about comments of this address were put into the outbox."""
    comment = tables.comment.c
    query = (
        select(func.count())
        .select_from(tables.comment)
        .join(
            tables.outbox,
            and_(_outbox.site_id == comment.site_id, _outbox.kind == kind, _outbox.about == comment.id),
        )
        .where(comment.site_id == site_id, comment.email == email, _outbox.created_at > since)
    )
    return int(connection.execute(query).scalar_one())


def is_over(now: datetime) -> ColumnElement[bool]:
    """A condition: what is settled for a month, or will not be sent any more."""
    given_up = and_(_outbox.done_at.is_(None), _outbox.created_at < now - FORGOTTEN_AFTER)
    return or_(_outbox.done_at < now - REMEMBERED, given_up)


def _ours(taken: TakenMail) -> tuple[ColumnElement[bool], ...]:
    """While nobody else has taken it since."""
    key = (_outbox.site_id == taken.site_id, _outbox.kind == taken.kind, _outbox.about == taken.about)
    return (*key, _outbox.attempts == taken.attempts, _outbox.done_at.is_(None))
