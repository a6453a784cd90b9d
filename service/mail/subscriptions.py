"""Subscriptions of readers to replies to their own comments.

A subscription names a comment and holds no address: mail goes to the address of that comment, once it has confirmed.
Only direct replies are sent, each once. The request to confirm goes out when the comment is shown, so pending comments
and spam cause no mail.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, tuple_, update

from db import tables
from db.dialect_sql import insert_if_absent
from db.models import Status
from service.comment_row import has_email, select_comments
from service.mail import outbox
from service.mail.outbox import MailKind
from service.page_address import comment_url

CONFIRM_WITHIN = timedelta(days=2)
FORGOTTEN_AFTER = CONFIRM_WITHIN + outbox.GIVE_UP
"""Unconfirmed subscriptions are deleted after this time."""

MOST_A_DAY = 3
"""Confirmation mails per day to one address on one site, so that nobody can flood a stranger's mailbox."""

Key = tuple[int, int]
"""(site_id, comment_id)"""

_comment, _subscription = tables.comment.c, tables.subscription.c
_parent = tables.comment.alias("parent")
_parent_subscription = tables.subscription.alias("parent_subscription")


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """``proof_id`` is the comment of the proof that the browser sent; 0 for none."""

    email: str
    lang: str
    proof_id: int


def subscribe(connection: Connection, key: Key, request: SubscriptionRequest, at: datetime) -> None:
    """Add a subscription in the transaction of its comment. It counts as confirmed if this browser confirmed before."""
    row = {"site_id": key[0], "comment_id": key[1], "proof_id": request.proof_id or None, "lang": request.lang[:20]}
    confirmed_at = at if _is_confirmed(connection, key[0], request) else None
    insert_if_absent(connection, tables.subscription, {**row, "asked_at": at, "confirmed_at": confirmed_at})


def published(connection: Connection, keys: Iterable[Key], at: datetime) -> None:
    """Call when comments become visible: asks their authors to confirm, and notifies the authors they reply to."""
    query = (
        select(
            _comment.site_id,
            _comment.id,
            _comment.email,
            _subscription.comment_id.label("subscription"),
            _subscription.confirmed_at,
        )
        .add_columns(
            _parent_subscription.c.comment_id.label("parent_subscription"), _parent.c.email.label("parent_email")
        )
        .select_from(tables.comment)
        .outerjoin(
            tables.subscription,
            and_(_subscription.site_id == _comment.site_id, _subscription.comment_id == _comment.id),
        )
        .outerjoin(_parent, and_(_parent.c.site_id == _comment.site_id, _parent.c.id == _comment.parent_id))
        .outerjoin(
            _parent_subscription,
            and_(
                _parent_subscription.c.site_id == _parent.c.site_id,
                _parent_subscription.c.comment_id == _parent.c.id,
                _parent_subscription.c.confirmed_at.is_not(None),
            ),
        )
        .where(
            tuple_(_comment.site_id, _comment.id).in_(list(keys)),
            or_(_subscription.comment_id.is_not(None), _parent_subscription.c.comment_id.is_not(None)),
        )
    )
    for row in connection.execute(query).all():
        if row.subscription and row.confirmed_at is None:
            _ask_to_confirm(connection, row, at)
        if row.parent_subscription and row.email != row.parent_email:
            outbox.enqueue(connection, row.site_id, MailKind.REPLY, row.id, at)


def confirm(connection: Connection, key: Key, at: datetime) -> bool:
    """Confirm a subscription. False if it no longer exists."""
    this = (_subscription.site_id == key[0], _subscription.comment_id == key[1])
    statement = update(tables.subscription).where(*this, _subscription.confirmed_at.is_(None)).values(confirmed_at=at)

    connection.execute(statement)
    return connection.execute(select(_subscription.comment_id).where(*this)).first() is not None


def permalink(connection: Connection, key: Key) -> str:
    """The URL of a comment on its article; empty if it is not shown."""
    shown = (_comment.site_id == key[0], _comment.id == key[1], _comment.status == Status.APPROVED)
    page = connection.execute(select_comments().where(*shown)).first()
    return comment_url(page.page_url, page.id) if page else ""


def unsubscribe(connection: Connection, key: Key, *, everything: bool = False) -> None:
    """Delete the subscription of this comment, or with ``everything`` those of the same address on the site."""
    these = _subscription.comment_id == key[1]
    if everything:
        own = tables.comment.alias("own")
        email = select(own.c.email).where(own.c.site_id == key[0], own.c.id == key[1], own.c.email != "")
        same = select(_comment.id).where(_comment.site_id == key[0], has_email(email.scalar_subquery()))
        these = or_(these, _subscription.comment_id.in_(same))
    statement = delete(tables.subscription).where(_subscription.site_id == key[0], these)

    connection.execute(statement)


def _ask_to_confirm(connection: Connection, row: Any, at: datetime) -> None:
    sent_today = outbox.sent_since(connection, row.site_id, row.email, MailKind.CONFIRM, at - timedelta(days=1))
    if sent_today < MOST_A_DAY and outbox.enqueue(connection, row.site_id, MailKind.CONFIRM, row.id, at):
        this = (_subscription.site_id == row.site_id, _subscription.comment_id == row.id)
        connection.execute(update(tables.subscription).where(*this).values(asked_at=at))


def _is_confirmed(connection: Connection, site_id: int, request: SubscriptionRequest) -> bool:
    """Whether this address confirmed a subscription of the same browser. The address alone is no proof: anybody can
    type it."""
    if not request.proof_id:
        return False
    query = (
        select(_subscription.comment_id)
        .join(tables.comment, and_(_comment.site_id == _subscription.site_id, _comment.id == _subscription.comment_id))
        .where(_comment.site_id == site_id, has_email(request.email), _subscription.confirmed_at.is_not(None))
        .where(or_(_subscription.comment_id == request.proof_id, _subscription.proof_id == request.proof_id))
        .limit(1)
    )
    return connection.execute(query).first() is not None
