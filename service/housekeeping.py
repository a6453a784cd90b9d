"""Deletes what has expired: used tokens, times of posts, full buckets, unconfirmed subscriptions, words in the log,
keys of pages by old rules, old entries of outboxes, and what ``service.retention`` keeps for a time only.

The service runs it every ten minutes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, or_, select, tuple_, update

from db import tables
from db.models import Status
from service import action_log
from service.action_log import Act, ActKind, Actor
from service.comments import report_rows, side_effects
from service.comments.page_actions import close_old_pages
from service.comments.returning_authors import NAMES_ARE_KEPT
from service.mail import outbox
from service.mail.subscriptions import FORGOTTEN_AFTER
from service.retention import Kept, Period, periods
from service.settings import Settings
from service.ways_to_undo import AT_LEAST
from service.webhooks import message_queue

RECENT_IS_KEPT = timedelta(hours=1)
REFUSALS_ARE_KEPT = timedelta(days=400)
ENDED_TOKENS_ARE_KEPT = timedelta(days=30)
"""So that an admin sees which of them has ended."""
_AT_ONCE = 500
"""Rows of a job, so that no comment waits for a long clean-up."""

Job = Callable[[Connection], int]
_comment, _spent, _recent = tables.comment.c, tables.spent.c, tables.recent.c
_name, _subscription = tables.known_name.c, tables.subscription.c
_entry, _content = tables.log_entry.c, tables.log_content.c
_SAME_ENTRY = and_(_entry.site_id == _content.site_id, _entry.id == _content.entry_id)
_NOTES_CHANGES = exists().where(_SAME_ENTRY, _entry.action == ActKind.CHANGES_NOTED)


def chores(settings: Settings, now: datetime) -> Iterator[Job]:
    """Jobs for the writer, one after the other. Each returns the number of rows that it handled: see ``is_done``."""
    yield _delete(tables.spent, _spent.expires_at < now)
    yield _delete(tables.recent, _recent.at < now - RECENT_IS_KEPT)
    yield _delete(tables.bucket, tables.bucket.c.full_at < now.timestamp())
    for period in periods(settings):
        if (due := period.due(now)) is not None:
            yield _end(period, due, now)
    if settings.trash_days:
        kept = timedelta(days=settings.trash_days)
        yield _delete(tables.log_content, and_(_content.at < now - max(kept, AT_LEAST), ~_NOTES_CHANGES))
        if kept < AT_LEAST:
            yield _forget_edits(now - kept, now)
    yield lambda connection: close_old_pages(connection, now)
    yield _delete(tables.site_block, tables.site_block.c.until < now)
    yield _delete(tables.page_alias, tables.page_alias.c.expires_at < now)
    yield _delete(tables.stored_answer, tables.stored_answer.c.expires_at < now)
    yield _delete(tables.api_token, tables.api_token.c.expires_at < now - ENDED_TOKENS_ARE_KEPT)
    yield _delete(tables.invitation, tables.invitation.c.expires_at < now)
    yield _delete(tables.known_name, _name.seen_at < now - NAMES_ARE_KEPT)
    yield _delete(tables.refusal_day, tables.refusal_day.c.day < f"{now - REFUSALS_ARE_KEPT:%Y-%m-%d}")
    yield _delete(tables.subscription, _is_over(now))
    yield _delete(tables.outbox, outbox.is_over(now))
    yield _delete(tables.notice, tables.notice.c.added_at < now - outbox.REMEMBERED)
    yield _delete(tables.webhook_delivery, message_queue.is_over(now))
    yield _delete(tables.webhook_attempt, tables.webhook_attempt.c.at < now - message_queue.REMEMBERED)


def is_done(handled: int) -> bool:
    """Whether a job that handled that many rows has nothing left to do."""
    return handled < _AT_ONCE


def _end(period: Period, due: ColumnElement[bool], now: datetime) -> Job:
    """The job that ends a period: it clears values, or deletes comments, or other rows."""
    if period.cleared:
        return _clear(period, due, now)
    if period.table is tables.comment:
        return _purge(Status(period.what), due, now)
    return _delete(period.table, due)


def _delete(table: Table, condition: ColumnElement[bool]) -> Job:
    keys = tuple(table.primary_key.columns)

    def job(connection: Connection) -> int:
        rows = connection.execute(select(*keys).where(condition).limit(_AT_ONCE)).all()
        if rows:
            connection.execute(delete(table).where(tuple_(*keys).in_([tuple(row) for row in rows])))
        return len(rows)

    return job


def _purge(status: Status, due: ColumnElement[bool], now: datetime) -> Job:
    """Delete comments whose time is over, with all words about them in the log, and log that."""

    def job(connection: Connection) -> int:
        query = select(_comment.site_id, _comment.id).where(due).limit(_AT_ONCE)
        by_site: defaultdict[int, list[int]] = defaultdict(list)
        for site_id, comment_id in connection.execute(query):
            by_site[site_id].append(comment_id)
        for site_id, ids in by_site.items():
            connection.execute(delete(tables.comment).where(_comment.site_id == site_id, _comment.id.in_(ids)))
            action_log.erase(connection, site_id, ids, now)
            report_rows.forget(connection, site_id, ids)
            act = Act(ActKind.PURGE, now, actor=Actor.SERVICE, number=len(ids), content={"status": status.value})
            action_log.record(connection, site_id, act)
        return sum(map(len, by_site.values()))

    return job


def _clear(period: Period, due: ColumnElement[bool], now: datetime) -> Job:
    """Remove what a period is about from the rows whose time is over."""
    table = period.table
    keys = tuple(table.primary_key.columns)

    def job(connection: Connection) -> int:
        rows = connection.execute(select(*keys, table.c.page_id).where(due).limit(_AT_ONCE)).all()
        if rows:
            if period.what is Kept.WEBSITE:  # readers see it, and pages are locked before comments
                side_effects.pages_changed(connection, [(row.site_id, row.page_id) for row in rows], now)
            these = tuple_(*keys).in_([tuple(row)[: len(keys)] for row in rows])
            connection.execute(update(table).where(these).values(**period.cleared))
        return len(rows)

    return job


def _forget_edits(before: datetime, now: datetime) -> Job:
    """Erase the words of edited comments from the log. What else an undo needs is kept for ``AT_LEAST``; the time of
    these is the owner's to say."""
    is_edit = _entry.action.in_([ActKind.EDIT, ActKind.AUTHOR_EDIT])
    due = select(_content.site_id, _content.entry_id).join(tables.log_entry, _SAME_ENTRY)

    def job(connection: Connection) -> int:
        by_site: defaultdict[int, list[int]] = defaultdict(list)
        for site_id, entry_id in connection.execute(due.where(_content.at < before, is_edit).limit(_AT_ONCE)):
            by_site[site_id].append(entry_id)
        for site_id, entry_ids in by_site.items():
            action_log.erase_words(connection, site_id, entry_ids, now)
        return sum(map(len, by_site.values()))

    return job


def _is_over(now: datetime) -> ColumnElement[bool]:
    """Subscriptions whose comment is gone, and unconfirmed ones that are too old, unless the comment is still held."""
    same_comment = (_comment.site_id == _subscription.site_id, _comment.id == _subscription.comment_id)
    is_held = exists().where(*same_comment, _comment.status.in_([Status.PENDING, Status.SPAM]))
    is_late = and_(_subscription.confirmed_at.is_(None), _subscription.asked_at < now - FORGOTTEN_AFTER, ~is_held)
    return or_(~exists().where(*same_comment), is_late)
