"""The outbox: mails to send, written in the transaction of their cause.

An entry names what a mail is about, not what it says, and that is its key: the database refuses a second one. Taking an
entry postpones it by ``LEASE``, so two processes do not send the same mail, and one taken by a killed process is taken
again. SMTP has no transactions: if a process dies between sending and marking, the mail goes out twice, with the same
Message-ID.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, tuple_, update

from db import tables
from db.dialect_sql import insert_if_absent
from service.comment_row import has_email

LEASE = timedelta(minutes=10)
GIVE_UP = timedelta(days=3)
"""A mail that could not be sent for this long is given up."""

FORGOTTEN_AFTER = timedelta(days=7)
"""Entries are deleted after this time where mail was switched off: the news would be stale."""

REMEMBERED = timedelta(days=30)
"""Settled entries are kept this long, so the same mail is not sent again."""

AT_ONCE = 20
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
_outbox = tables.outbox.c


class MailKind(StrEnum):
    """Kinds of mail. ``about`` is a comment's id; for ``NOTICE`` and ``DIGEST``, which tell moderators of comments, a
    number that ``service.mail.notices`` draws; for ``ADDRESS`` the id of an admin's address.
    """

    CONFIRM = "confirm"
    REPLY = "reply"
    NOTICE = "notice"
    DIGEST = "pending"
    ADDRESS = "address"
    PERSONAL_DATA = "my data"


@dataclass(frozen=True, slots=True)
class TakenMail:
    """A mail that this process may send until its lease ends. ``attempts`` counts this one."""

    site_id: int
    kind: MailKind
    about: int
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class QueueState:
    """``number`` of unsent mails; ``failing`` of them were tried at least once."""

    number: int
    failing: int


def enqueue(
    connection: Connection, site_id: int, kind: MailKind, about: int, at: datetime, due_at: datetime | None = None
) -> bool:
    """Add a mail in the current transaction. False if it was there already, sent or not."""
    row = {"site_id": site_id, "kind": kind, "about": about, "created_at": at, "due_at": due_at or at}
    return insert_if_absent(connection, tables.outbox, {**row, "attempts": 0, "done_at": None})


def enqueue_again(
    connection: Connection, site_id: int, kind: MailKind, about: int, at: datetime, pause: timedelta
) -> bool:
    """Add a mail, also if it was sent before, but not within ``pause``. False if it is too early."""
    if enqueue(connection, site_id, kind, about, at):
        return True
    this = (_outbox.site_id == site_id, _outbox.kind == kind, _outbox.about == about)
    is_old = and_(_outbox.done_at.is_not(None), _outbox.created_at <= at - pause)
    values = {"created_at": at, "due_at": at, "attempts": 0, "done_at": None}
    return connection.execute(update(tables.outbox).where(*this, is_old).values(**values)).rowcount == 1


def hold_unsent(connection: Connection, site_id: int, kind: MailKind, about: int) -> bool:
    """Keep others from taking a mail until this transaction ends, so that it tells of what is added to it now. False
    if it was taken before, sent or not."""
    this = (_outbox.site_id == site_id, _outbox.kind == kind, _outbox.about == about)
    is_untouched = (_outbox.attempts == 0, _outbox.done_at.is_(None))
    return connection.execute(update(tables.outbox).where(*this, *is_untouched).values(attempts=0)).rowcount == 1


def take_due(connection: Connection, now: datetime, most: int = AT_ONCE) -> list[TakenMail]:
    """Take up to ``most`` due mails, the longest due first."""
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
    """Mark a mail as settled: sent, given up, or no longer wanted."""
    statement = update(tables.outbox).where(*_ours(taken)).values(done_at=now)

    connection.execute(statement)


def postpone(connection: Connection, mails: Sequence[TakenMail], now: datetime) -> None:
    """Retry these later: after one minute, two, four, … up to four hours."""
    for taken in mails:
        later = now + min(_FIRST_WAIT * 2 ** min(taken.attempts - 1, 20), _LONGEST_WAIT)
        connection.execute(update(tables.outbox).where(*_ours(taken)).values(due_at=later))


def waiting(connection: Connection) -> QueueState:
    """The state of the queue, over all sites."""
    tried = func.count().filter(_outbox.attempts > 0)
    row = connection.execute(select(func.count(), tried).where(_outbox.done_at.is_(None))).one()
    return QueueState(*row)


def sent_since(connection: Connection, site_id: int, email: str, kind: MailKind, since: datetime) -> int:
    """The number of mails of a kind, about comments by this address, added after ``since``."""
    comment = tables.comment.c
    query = (
        select(func.count())
        .select_from(tables.comment)
        .join(
            tables.outbox,
            and_(_outbox.site_id == comment.site_id, _outbox.kind == kind, _outbox.about == comment.id),
        )
        .where(comment.site_id == site_id, has_email(email), _outbox.created_at > since)
    )
    return int(connection.execute(query).scalar_one())


def replies_before(connection: Connection, taken: TakenMail, email: str) -> int:
    """How many mails about replies to comments by this address were added earlier on the same day (UTC)."""
    comment, parent = tables.comment.c, tables.comment.alias("parent")
    day = taken.created_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    is_earlier = or_(
        _outbox.created_at < taken.created_at,
        and_(_outbox.created_at == taken.created_at, _outbox.about < taken.about),
    )
    query = (
        select(func.count())
        .select_from(parent)
        .join(tables.comment, and_(comment.site_id == parent.c.site_id, comment.parent_id == parent.c.id))
        .join(
            tables.outbox,
            and_(_outbox.site_id == comment.site_id, _outbox.kind == MailKind.REPLY, _outbox.about == comment.id),
        )
        .where(parent.c.site_id == taken.site_id, has_email(email, parent.c), _outbox.created_at >= day, is_earlier)
    )
    return int(connection.execute(query).scalar_one())


def is_over(now: datetime) -> ColumnElement[bool]:
    """SQL condition for entries to delete: settled long ago, or too old to send."""
    given_up = and_(_outbox.done_at.is_(None), _outbox.created_at < now - FORGOTTEN_AFTER)
    return or_(_outbox.done_at < now - REMEMBERED, given_up)


def _ours(taken: TakenMail) -> tuple[ColumnElement[bool], ...]:
    """Matches the entry only while no other process has taken it since."""
    key = (_outbox.site_id == taken.site_id, _outbox.kind == taken.kind, _outbox.about == taken.about)
    return (*key, _outbox.attempts == taken.attempts, _outbox.done_at.is_(None))
