"""Deletes what has expired: used tokens, times of posts, full buckets, old spam and trash, unconfirmed subscriptions,
words in the log, and old entries of outboxes.

The service runs it every ten minutes. The periods are those of docs/design.md, "Privacy".
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, delete, exists, or_, select, tuple_, update

from db import tables
from db.models import Status
from service import action_log
from service.action_log import Act, Action, Actor
from service.comments.authors import NAMES_ARE_KEPT
from service.comments.page_actions import close_old_pages
from service.mail import outbox
from service.mail.subscriptions import FORGOTTEN_AFTER
from service.settings import Settings
from service.webhooks import queue

CLIENTS_ARE_KEPT = timedelta(hours=48)
RECENT_IS_KEPT = timedelta(hours=1)
ENDED_TOKENS_ARE_KEPT = timedelta(days=30)
"""So that an admin sees which of them has ended."""
_AT_ONCE = 500
"""Rows of a job, so that no comment waits for a long clean-up."""

Job = Callable[[Connection], int]
_comment, _decision, _spent, _recent = tables.comment.c, tables.decision.c, tables.spent.c, tables.recent.c
_change, _name, _subscription = tables.author_change.c, tables.known_name.c, tables.subscription.c


def chores(settings: Settings, now: datetime) -> Iterator[Job]:
    """Jobs for the writer, one after the other. Each returns the number of rows that it handled: see ``is_done``."""
    yield _delete(tables.spent, _spent.expires_at < now)
    yield _delete(tables.recent, _recent.at < now - RECENT_IS_KEPT)
    yield _delete(tables.bucket, tables.bucket.c.full_at < now.timestamp())
    yield _forget_clients(now - CLIENTS_ARE_KEPT)
    for status, days in ((Status.SPAM, settings.spam_days), (Status.TRASH, settings.trash_days)):
        if days:
            yield _purge(status, now - timedelta(days=days), now)
    if settings.trash_days:
        yield _forget_first_texts(now - timedelta(days=settings.trash_days))
        yield _delete(tables.log_content, tables.log_content.c.at < now - timedelta(days=settings.trash_days))
    yield lambda connection: close_old_pages(connection, now)
    yield _delete(tables.stored_answer, tables.stored_answer.c.expires_at < now)
    yield _delete(tables.api_token, tables.api_token.c.expires_at < now - ENDED_TOKENS_ARE_KEPT)
    yield _delete(tables.invitation, tables.invitation.c.expires_at < now)
    yield _delete(tables.known_name, _name.seen_at < now - NAMES_ARE_KEPT)
    yield _delete(tables.subscription, _is_over(now))
    yield _delete(tables.outbox, outbox.is_over(now))
    yield _delete(tables.webhook_delivery, queue.is_over(now))
    yield _delete(tables.webhook_attempt, tables.webhook_attempt.c.at < now - queue.REMEMBERED)


def is_done(handled: int) -> bool:
    """Whether a job that handled that many rows has nothing left to do."""
    return handled < _AT_ONCE


def _delete(table: Table, condition: ColumnElement[bool]) -> Job:
    keys = tuple(table.primary_key.columns)

    def job(connection: Connection) -> int:
        rows = connection.execute(select(*keys).where(condition).limit(_AT_ONCE)).all()
        if rows:
            connection.execute(delete(table).where(tuple_(*keys).in_([tuple(row) for row in rows])))
        return len(rows)

    return job


def _purge(status: Status, before: datetime, now: datetime) -> Job:
    """Delete comments that have had a status since then, with all words about them in the log, and log that."""

    def job(connection: Connection) -> int:
        query = select(_comment.site_id, _comment.id).where(_has_status_since(status, before)).limit(_AT_ONCE)
        by_site: defaultdict[int, list[int]] = defaultdict(list)
        for site_id, comment_id in connection.execute(query):
            by_site[site_id].append(comment_id)
        for site_id, ids in by_site.items():
            connection.execute(delete(tables.comment).where(_comment.site_id == site_id, _comment.id.in_(ids)))
            action_log.erase(connection, site_id, ids)
            act = Act(Action.PURGE, now, actor=Actor.SERVICE, number=len(ids), content={"status": status.value})
            action_log.record(connection, site_id, act)
        return sum(map(len, by_site.values()))

    return job


def _forget_clients(before: datetime) -> Job:
    """Of a network only a keyed hash is stored, and that for two days."""
    return _set_null(_comment.client, _comment.created_at < before)


def _forget_first_texts(before: datetime) -> Job:
    """The text before an author's edit is kept for moderators as long as the trash."""
    return _set_null(_change.first_text, _change.edited_at < before)


def _set_null(column: Column[Any], condition: ColumnElement[bool]) -> Job:
    """Set a column to NULL where the condition holds."""
    table = column.table
    keys = tuple(table.primary_key.columns)

    def job(connection: Connection) -> int:
        rows = connection.execute(select(*keys).where(column.is_not(None), condition).limit(_AT_ONCE)).all()
        if rows:
            these = tuple_(*keys).in_([tuple(row) for row in rows])
            connection.execute(update(table).where(these).values({column.name: None}))
        return len(rows)

    return job


def _is_over(now: datetime) -> ColumnElement[bool]:
    """Subscriptions whose comment is gone, and unconfirmed ones that are too old, unless the comment is still held."""
    same_comment = (_comment.site_id == _subscription.site_id, _comment.id == _subscription.comment_id)
    is_held = exists().where(*same_comment, _comment.status.in_([Status.PENDING, Status.SPAM]))
    is_late = and_(_subscription.confirmed_at.is_(None), _subscription.asked_at < now - FORGOTTEN_AFTER, ~is_held)
    return or_(~exists().where(*same_comment), is_late)


def _has_status_since(status: Status, before: datetime) -> ColumnElement[bool]:
    """Comments with this status since then. Imported ones are kept, since no moderator here has seen them."""
    decided_later = exists().where(
        _decision.site_id == _comment.site_id, _decision.comment_id == _comment.id, _decision.at >= before
    )
    return and_(_comment.status == status, _comment.created_at < before, _comment.source == "", ~decided_later)
