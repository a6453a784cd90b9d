"""What is not to be kept, and when it goes: spent tokens, marks of who posted, full buckets, old spam and trash, wishes
for mail."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, delete, exists, or_, select, tuple_, update

from db import tables
from db.models import Status
from service.comments.authors import NAMES_ARE_KEPT
from service.mail import outbox
from service.mail.subscriptions import FORGOTTEN_AFTER
from service.settings import Settings

CLIENTS_ARE_KEPT = timedelta(hours=48)
RECENT_IS_KEPT = timedelta(hours=1)
_AT_ONCE = 500
"""Rows a job, so that no comment waits behind a big clean-up."""

Job = Callable[[Connection], int]
_comment, _decision, _spent, _recent = tables.comment.c, tables.decision.c, tables.spent.c, tables.recent.c
_change, _name, _wish = tables.author_change.c, tables.known_name.c, tables.subscription.c


def chores(settings: Settings, now: datetime) -> Iterator[Job]:
    """Jobs to be written, one after the other. Each says how many rows it handled; fewer than 500 means it is done."""
    yield _delete(tables.spent, _spent.expires_at < now)
    yield _delete(tables.recent, _recent.at < now - RECENT_IS_KEPT)
    yield _delete(tables.bucket, tables.bucket.c.full_at < now.timestamp())
    yield _forget_clients(now - CLIENTS_ARE_KEPT)
    for status, days in ((Status.SPAM, settings.spam_days), (Status.TRASH, settings.trash_days)):
        if days:
            yield _delete(tables.comment, _stands_since(status, now - timedelta(days=days)))
    if settings.trash_days:
        yield _forget_first_texts(now - timedelta(days=settings.trash_days))
    yield _delete(tables.known_name, _name.seen_at < now - NAMES_ARE_KEPT)
    yield _delete(tables.subscription, _unwanted(now))
    yield _delete(tables.outbox, outbox.is_over(now))


def is_done(handled: int) -> bool:
    """Whether a job found no more to do."""
    return handled < _AT_ONCE


def _delete(table: Table, condition: ColumnElement[bool]) -> Job:
    keys = tuple(table.primary_key.columns)

    def job(connection: Connection) -> int:
        rows = connection.execute(select(*keys).where(condition).limit(_AT_ONCE)).all()
        if rows:
            connection.execute(delete(table).where(tuple_(*keys).in_([tuple(row) for row in rows])))
        return len(rows)

    return job


def _forget_clients(before: datetime) -> Job:
    """A keyed hash of a network is kept for two days, then not even that."""
    return _blank(_comment.client, _comment.created_at < before)


def _forget_first_texts(before: datetime) -> Job:
    """What an author has replaced is kept for moderators as long as the trash is."""
    return _blank(_change.first_text, _change.edited_at < before)


def _blank(column: Column[Any], condition: ColumnElement[bool]) -> Job:
    """Takes what is in a column away where the condition holds."""
    table = column.table
    keys = tuple(table.primary_key.columns)

    def job(connection: Connection) -> int:
        rows = connection.execute(select(*keys).where(column.is_not(None), condition).limit(_AT_ONCE)).all()
        if rows:
            these = tuple_(*keys).in_([tuple(row) for row in rows])
            connection.execute(update(table).where(these).values({column.name: None}))
        return len(rows)

    return job


def _unwanted(now: datetime) -> ColumnElement[bool]:
    """Wishes whose comment is gone, or is shown and was not confirmed in time. What waits may still be approved."""
    its = (_comment.site_id == _wish.site_id, _comment.id == _wish.comment_id)
    waits = exists().where(*its, _comment.status.in_([Status.PENDING, Status.SPAM]))
    late = and_(_wish.confirmed_at.is_(None), _wish.asked_at < now - FORGOTTEN_AFTER, ~waits)
    return or_(~exists().where(*its), late)


def _stands_since(status: Status, before: datetime) -> ColumnElement[bool]:
    """Comments that have had this status since then. Imported ones stay: nobody here has looked at them yet."""
    moved_later = exists().where(
        _decision.site_id == _comment.site_id, _decision.comment_id == _comment.id, _decision.at >= before
    )
    return and_(_comment.status == status, _comment.created_at < before, _comment.source == "", ~moved_later)
