"""Messages to send, written in the transaction of their cause, as ``service.mail.outbox`` does for mail.

Taking a message postpones it by ``LEASE``, so two processes do not send the same, and one taken by a killed process is
taken again. HTTP has no transactions: if a process dies between sending and marking, the message goes out twice, with
the same ``webhook-id``, by which receivers know it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, or_, select, tuple_, update

from db import tables
from db.column_types import new_id
from db.dialect_sql import insert_if_absent
from db.prepared_statements import Prepared
from service.webhooks.site_webhooks import BUILD_EVENT, COLUMNS, TEST_EVENT, Event, SiteWebhook, webhook_of

Key = tuple[int, int]
"""(site_id, comment_id): which comment; or (site_id, webhook_id): which webhook."""

LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 26
"""With the waits below, the last one is three days after the first."""

FORGOTTEN_AFTER = timedelta(days=7)
REMEMBERED = timedelta(days=30)
"""Settled messages and the log of attempts are kept this long."""

GATHERED_FOR = timedelta(minutes=1)
"""Changes within this time cause one build."""

GRACE = timedelta(seconds=10)
"""A build is sent this long after it takes no more changes, so that a transaction that counts on it has ended."""

AT_ONCE = 20
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
_hook, _delivery, _attempt = tables.webhook.c, tables.webhook_delivery.c, tables.webhook_attempt.c
_LISTENS = (_hook.site_id == bindparam("b_site"), _hook.stopped_at.is_(None))
_LISTENING = Prepared(select(*COLUMNS).where(*_LISTENS).order_by(_hook.id))
HAS_LISTENERS = exists().where(*_LISTENS).label("has_listeners")
"""Whether ``happened`` would tell anybody of the site ``b_site``: a column for statements that run anyway."""


@dataclass(frozen=True, slots=True)
class TakenMessage:
    """A message that this process may send until its lease ends. ``attempts`` counts this one."""

    site_id: int
    id: int
    webhook_id: int
    event: str
    comment_id: int
    attempts: int
    created_at: datetime

    @property
    def message_id(self) -> str:
        """Its ``webhook-id``: the same at each attempt."""
        return f"msg_{self.id}"


_TAKEN = tuple(_delivery[name] for name in TakenMessage.__slots__)


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """What came of an attempt. ``status``: None without an answer; ``said``: why it failed."""

    status: int | None
    milliseconds: int
    said: str = ""


def happened(
    connection: Connection, events: Sequence[tuple[Event, Key]], changed_sites: Collection[int], at: datetime
) -> None:
    """Queue what the webhooks are to hear: ``events`` of comments, and that readers of ``changed_sites`` see a change.

    Costs one short query for each site without webhooks.
    """
    sites = {site_id for _, (site_id, _) in events} | set(changed_sites)
    for site_id in sorted(sites):
        for hook in map(webhook_of, _LISTENING.rows(connection, {"b_site": site_id})):
            if hook.kind.is_build:
                if site_id in changed_sites:
                    _gather(connection, hook, at)
                continue
            for event, (of_site, comment_id) in events:
                if of_site == site_id and event in hook.events:
                    enqueue(connection, hook, event, at, comment_id)


def enqueue(connection: Connection, hook: SiteWebhook, event: str, at: datetime, comment_id: int = 0) -> None:
    """Queue one message."""
    connection.execute(tables.webhook_delivery.insert(), _new_row(hook, event, at) | {"comment_id": comment_id})


def enqueue_taken(connection: Connection, hook: SiteWebhook, event: str, at: datetime) -> TakenMessage:
    """Queue one message and take it, for a caller that sends it at once and settles it."""
    row = _new_row(hook, event, at) | {"attempts": 1, "due_at": at + LEASE}
    connection.execute(tables.webhook_delivery.insert(), row)
    return TakenMessage(hook.site_id, row["id"], hook.id, event, 0, 1, at)


def _gather(connection: Connection, hook: SiteWebhook, at: datetime) -> None:
    """Queue a build, unless one waits already for further changes."""
    row = _new_row(hook, BUILD_EVENT, at) | {"gathers": True, "due_at": at + GATHERED_FOR}
    insert_if_absent(connection, tables.webhook_delivery, row)


def _new_row(hook: SiteWebhook, event: str, at: datetime) -> dict[str, Any]:
    key = {"site_id": hook.site_id, "id": new_id(), "webhook_id": hook.id, "event": event, "comment_id": 0}
    return {
        **key,
        "gathers": None,
        "created_at": at,
        "due_at": at,
        "attempts": 0,
        "done_at": None,
        "delivered": False,
    }


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(_delivery.done_at.is_(None), _delivery.due_at <= now)


def anything_due(connection: Connection, now: datetime) -> bool:
    """Whether a message is due. It reads only, so that an idle service does not write."""
    return bool(connection.execute(select(exists().where(_is_due(now)))).scalar_one())


def take_due(
    connection: Connection, now: datetime, busy: Collection[Key] = (), most: int = AT_ONCE
) -> dict[Key, list[TakenMessage]]:
    """Take up to ``most`` due messages, the longest due first, but none of the webhooks in ``busy``.

    Returns them by webhook, each in the order of the events.
    """
    _close_builds(connection, now)
    query = select(*_TAKEN).where(_is_due(now), _delivery.gathers.is_(None))
    if busy:
        query = query.where(tuple_(_delivery.site_id, _delivery.webhook_id).not_in(list(busy)))
    query = query.order_by(_delivery.due_at, _delivery.id).limit(most).with_for_update(skip_locked=True)
    rows = connection.execute(query).all()
    taken: dict[Key, list[TakenMessage]] = {}
    for row in rows:
        message = TakenMessage(**dict(row._mapping) | {"attempts": row.attempts + 1})
        taken.setdefault((row.site_id, row.webhook_id), []).append(message)
    if rows:
        keys = tuple_(_delivery.site_id, _delivery.id).in_([(row.site_id, row.id) for row in rows])
        lease = {"attempts": _delivery.attempts + 1, "due_at": now + LEASE}
        connection.execute(update(tables.webhook_delivery).where(keys).values(lease))
    return {key: sorted(messages, key=lambda each: each.id) for key, messages in taken.items()}


def _close_builds(connection: Connection, now: datetime) -> None:
    """Builds whose minute is over take no more changes: the next one queues a new build."""
    closed = update(tables.webhook_delivery).where(_is_due(now), _delivery.gathers.is_not(None))
    connection.execute(closed.values(gathers=None, due_at=now + GRACE))


def settle(connection: Connection, message: TakenMessage, now: datetime, *, delivered: bool) -> None:
    """Mark a message as delivered, or given up."""
    done = update(tables.webhook_delivery).where(*_ours(message)).values(done_at=now, delivered=delivered)
    connection.execute(done)


def postpone(connection: Connection, message: TakenMessage, now: datetime) -> None:
    """Retry it later: after one minute, two, four, … up to four hours."""
    later = {"due_at": next_attempt(now, message.attempts)}
    connection.execute(update(tables.webhook_delivery).where(*_ours(message)).values(later))


def next_attempt(now: datetime, attempts: int) -> datetime:
    """When to try again what failed just now."""
    wait: timedelta = min(_FIRST_WAIT * 2 ** min(attempts - 1, 20), _LONGEST_WAIT)
    return now + wait


def untried(connection: Connection, messages: Sequence[TakenMessage], due_at: datetime) -> None:
    """Give back messages that were taken and not sent, so that the attempt does not count."""
    for message in messages:
        values = {"due_at": due_at, "attempts": message.attempts - 1}
        connection.execute(update(tables.webhook_delivery).where(*_ours(message)).values(values))


def record(connection: Connection, message: TakenMessage, outcome: AttemptOutcome, at: datetime) -> None:
    """Write an attempt into the log."""
    key = {"site_id": message.site_id, "id": new_id(), "delivery_id": message.id, "at": at}
    said = outcome.said[:300]
    row = {**key, "status": outcome.status, "milliseconds": outcome.milliseconds, "said": said}
    connection.execute(tables.webhook_attempt.insert(), row)


def replay(connection: Connection, hook: SiteWebhook, now: datetime, delivery_id: int | None = None) -> int:
    """Send a settled message again with the same id; without ``delivery_id`` all that were given up, but for tests.
    Returns how many."""
    given_up = and_(_delivery.delivered.is_(False), _delivery.event != TEST_EVENT)
    which = _delivery.id == delivery_id if delivery_id else given_up
    settled = (_delivery.site_id == hook.site_id, _delivery.webhook_id == hook.id, _delivery.done_at.is_not(None))
    again = {"done_at": None, "due_at": now, "attempts": 0, "delivered": False}
    return connection.execute(update(tables.webhook_delivery).where(*settled, which).values(again)).rowcount


def log(connection: Connection, hook: SiteWebhook, most: int) -> list[Any]:
    """The newest messages of a webhook, each with its last attempt: ``id``, ``event``, ``comment_id``, ``created_at``,
    ``due_at``, ``attempts``, ``done_at``, ``delivered``, ``at``, ``status``, ``milliseconds``, ``said``."""
    later = tables.webhook_attempt.alias("later")
    is_newest = ~exists().where(
        later.c.site_id == _attempt.site_id, later.c.delivery_id == _attempt.delivery_id, later.c.id > _attempt.id
    )
    of_delivery = and_(_attempt.site_id == _delivery.site_id, _attempt.delivery_id == _delivery.id, is_newest)
    query = (
        select(*_TAKEN, _delivery.due_at, _delivery.done_at, _delivery.delivered)
        .add_columns(_attempt.at, _attempt.status, _attempt.milliseconds, _attempt.said)
        .select_from(tables.webhook_delivery.outerjoin(tables.webhook_attempt, of_delivery))
        .where(_delivery.site_id == hook.site_id, _delivery.webhook_id == hook.id)
    )
    return list(connection.execute(query.order_by(_delivery.id.desc()).limit(most)))


def is_over(now: datetime) -> ColumnElement[bool]:
    """SQL condition for messages to delete: settled long ago, or not sent in time, as nobody sends them."""
    late = and_(_delivery.done_at.is_(None), _delivery.due_at < now - FORGOTTEN_AFTER)
    return or_(_delivery.done_at < now - REMEMBERED, late)


def _ours(message: TakenMessage) -> tuple[ColumnElement[bool], ...]:
    """Matches the message only while no other process has taken it since."""
    key = (_delivery.site_id == message.site_id, _delivery.id == message.id)
    return (*key, _delivery.attempts == message.attempts, _delivery.done_at.is_(None))
