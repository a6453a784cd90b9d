"""Which moderators are notified of a comment, and by which mail: immediately, or in the next digest.

A comment is noted in the transaction of its cause, once for each moderator, together with the mail that will tell of
it. So nothing is lost with a process, and no comment is in two mails to the same person. The addresses of
``REPLY_NOTIFY`` are one more recipient, who has no account.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import Connection, func, select, update

from db import tables
from db.column_types import new_id
from db.dialect_sql import insert_if_absent
from db.models import Status
from service.mail import outbox
from service.mail.outbox import MailKind, TakenMail
from service.moderator_mail import MailTopic, Pace, Wish, recipients

BY_SETTING = 0
"""Stands for the addresses of ``REPLY_NOTIFY`` where others have the id of an admin."""

DIGEST_AT = 6
"""The hour (UTC) at which daily digests are sent."""

_HOUR_BITS = 24
"""A digest is about (admin, hour since 1970) in one number. Mails at once are about a new id, which is greater than
those of any digest."""

_SECONDS_PER_DAY = 86_400
_notice = tables.notice.c


def note(
    connection: Connection, key: tuple[int, int], status: Status, at: datetime, *, by_setting: bool, most_a_day: int
) -> None:
    """Note a comment for all who want mail about comments with this status.

    ``by_setting``: the addresses of ``REPLY_NOTIFY``, too. ``most_a_day``: mails at once to an address, 0 for no limit;
    what is beyond them waits for the next digest.
    """
    told = [(BY_SETTING, Wish())] if by_setting else []
    told += [(each.admin.id, each.wish) for each in recipients(connection, key[0])]
    for admin_id, wish in told:
        if wish.what is MailTopic.ALL or (wish.what is MailTopic.HELD and status is Status.PENDING):
            _note_for(connection, key, admin_id, wish.pace, at, most_a_day)


def noted_for(taken: TakenMail) -> int | None:
    """The admin whom a digest is for, by what it is about; None for a mail at once, which its notice names."""
    return taken.about >> _HOUR_BITS if taken.kind is MailKind.DIGEST else None


def _note_for(
    connection: Connection, key: tuple[int, int], admin_id: int, pace: Pace, at: datetime, most_a_day: int
) -> None:
    this = {"site_id": key[0], "comment_id": key[1], "admin_id": admin_id}
    if not insert_if_absent(connection, tables.notice, this | {"mail": 0, "added_at": at}):
        return  # told before
    today = int(at.timestamp()) // _SECONDS_PER_DAY
    if pace is Pace.NOW and 0 < most_a_day <= _at_once(connection, key[0], admin_id, today):
        pace = Pace.HOUR
    if pace is Pace.NOW:
        mail = new_id()
        outbox.enqueue(connection, key[0], MailKind.NOTICE, mail, at)
    else:
        mail = _next_digest(connection, key[0], admin_id, pace, at)
    values = {"mail": mail, "at_once_on": today if pace is Pace.NOW else None}
    is_this = [_notice[name] == value for name, value in this.items()]
    connection.execute(update(tables.notice).where(*is_this).values(values))


def _at_once(connection: Connection, site_id: int, admin_id: int, day: int) -> int:
    """How many mails at once an admin was sent on a day."""
    of_day = (_notice.admin_id == admin_id, _notice.site_id == site_id, _notice.at_once_on == day)
    return int(connection.execute(select(func.count()).select_from(tables.notice).where(*of_day)).scalar_one())


def _next_digest(connection: Connection, site_id: int, admin_id: int, pace: Pace, at: datetime) -> int:
    """The digest that tells next: one that nobody has begun to send, or a new one. Returns what it is about.

    The first of an hour goes out at once, and what comes after it with that of the next hour.
    """
    abouts = ((admin_id << _HOUR_BITS | hour, due_at) for hour, due_at in _slots(pace, at))
    return next(
        about
        for about, due_at in abouts
        if outbox.enqueue(connection, site_id, MailKind.DIGEST, about, at, max(due_at, at))
        or outbox.hold_unsent(connection, site_id, MailKind.DIGEST, about)
    )


def _slots(pace: Pace, at: datetime) -> Iterator[tuple[int, datetime]]:
    """(hour since 1970, its beginning) of each hour in which a digest may be sent."""
    hour = int(at.timestamp()) // 3600
    steps = count(hour) if pace is Pace.HOUR else count(hour + 1 + (DIGEST_AT - 1 - hour) % 24, 24)
    for each in steps:
        yield each, datetime.fromtimestamp(0, UTC) + timedelta(hours=each)
