"""Who is told of replies: the author of a comment, at the address given with it, once that address has confirmed.

Told of are the replies to the comment itself, each once. A confirmation goes out when the comment is shown, never
before: so what waits or is spam makes us write to nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, tuple_, update

from db import tables
from db.sql import insert_if_absent
from service.mail import outbox
from service.mail.outbox import MailKind

CONFIRM_WITHIN = timedelta(days=2)
FORGOTTEN_AFTER = CONFIRM_WITHIN + outbox.GIVE_UP
"""A wish that was not confirmed by then is forgotten."""

MOST_A_DAY = 3
"""Confirmations to one address on one site, so that nobody can have us fill a stranger's mailbox."""

Key = tuple[int, int]
"""(site_id, comment_id)"""

_comment, _wish = tables.comment.c, tables.subscription.c
_parent = tables.comment.alias("parent")
_theirs = tables.subscription.alias("theirs")


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """A reader wants to be told of replies. ``proof_id`` is the comment whose proof the browser showed; 0 for none."""

    email: str
    lang: str
    proof_id: int


def subscribe(connection: Connection, key: Key, wish: SubscriptionRequest, at: datetime) -> None:
    """Note the wish, in the transaction of the comment. It is confirmed already if this browser's was before."""
    row = {"site_id": key[0], "comment_id": key[1], "proof_id": wish.proof_id or None, "lang": wish.lang[:20]}
    confirmed_at = at if _is_confirmed(connection, key[0], wish) else None
    insert_if_absent(connection, tables.subscription, {**row, "asked_at": at, "confirmed_at": confirmed_at})


def published(connection: Connection, keys: Iterable[Key], at: datetime) -> None:
    """These comments are shown now: ask their authors to confirm, and tell those who are answered."""
    query = (
        select(_comment.site_id, _comment.id, _comment.email, _wish.comment_id.label("wish"), _wish.confirmed_at)
        .add_columns(_theirs.c.comment_id.label("theirs"), _parent.c.email.label("their_email"))
        .select_from(tables.comment)
        .outerjoin(tables.subscription, and_(_wish.site_id == _comment.site_id, _wish.comment_id == _comment.id))
        .outerjoin(_parent, and_(_parent.c.site_id == _comment.site_id, _parent.c.id == _comment.parent_id))
        .outerjoin(
            _theirs,
            and_(
                _theirs.c.site_id == _parent.c.site_id,
                _theirs.c.comment_id == _parent.c.id,
                _theirs.c.confirmed_at.is_not(None),
            ),
        )
        .where(
            tuple_(_comment.site_id, _comment.id).in_(list(keys)),
            or_(_wish.comment_id.is_not(None), _theirs.c.comment_id.is_not(None)),
        )
    )
    for row in connection.execute(query).all():
        if row.wish and row.confirmed_at is None:
            _ask(connection, row, at)
        if row.theirs and row.email != row.their_email:
            outbox.enqueue(connection, row.site_id, MailKind.REPLY, row.id, at)


def confirm(connection: Connection, key: Key, at: datetime) -> bool:
    """A job for whoever has the link. False when there is nothing to confirm any more."""
    here = (_wish.site_id == key[0], _wish.comment_id == key[1])
    statement = update(tables.subscription).where(*here, _wish.confirmed_at.is_(None)).values(confirmed_at=at)

    connection.execute(statement)
    return connection.execute(select(_wish.comment_id).where(*here)).first() is not None


def unsubscribe(connection: Connection, key: Key, *, everything: bool = False) -> None:
    """End it: for this comment, or for every comment of the same address on the site."""
    these = _wish.comment_id == key[1]
    if everything:
        own = tables.comment.alias("own")
        email = select(own.c.email).where(own.c.site_id == key[0], own.c.id == key[1], own.c.email != "")
        same = select(_comment.id).where(_comment.site_id == key[0], _comment.email == email.scalar_subquery())
        these = or_(these, _wish.comment_id.in_(same))
    statement = delete(tables.subscription).where(_wish.site_id == key[0], these)

    connection.execute(statement)


def _ask(connection: Connection, row: Any, at: datetime) -> None:
    asked = outbox.sent_since(connection, row.site_id, row.email, MailKind.CONFIRM, at - timedelta(days=1))
    if asked < MOST_A_DAY and outbox.enqueue(connection, row.site_id, MailKind.CONFIRM, row.id, at):
        here = (_wish.site_id == row.site_id, _wish.comment_id == row.id)
        connection.execute(update(tables.subscription).where(*here).values(asked_at=at))


def _is_confirmed(connection: Connection, site_id: int, wish: SubscriptionRequest) -> bool:
    """Whether this address has confirmed a wish of this very browser. An address alone anybody can type."""
    if not wish.proof_id:
        return False
    query = (
        select(_wish.comment_id)
        .join(tables.comment, and_(_comment.site_id == _wish.site_id, _comment.id == _wish.comment_id))
        .where(_comment.site_id == site_id, _comment.email == wish.email, _wish.confirmed_at.is_not(None))
        .where(or_(_wish.comment_id == wish.proof_id, _wish.proof_id == wish.proof_id))
        .limit(1)
    )
    return connection.execute(query).first() is not None
