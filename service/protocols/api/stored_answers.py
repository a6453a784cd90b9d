"""Answers that are given again to a request with the same ``Idempotency-Key``, for a day.

Only what was done is kept, so a request that was refused may be sent again with the same key once it is corrected.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update

from db import tables
from db.dialect_sql import insert_if_absent

KEPT = timedelta(days=1)
UNDER_WAY = timedelta(minutes=1)
"""After that, a request that never ended no longer keeps its key."""

MOST = 1000
"""Keys of a token, or of a network, within a day."""

_stored = tables.stored_answer.c


class KeyUnusable(StrEnum):
    """Why a key cannot be used."""

    UNDER_WAY = "under way"
    OTHER = "other request"
    TOO_MANY = "too many"


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A key as it is stored: keyed hashes of who sent it, of the key, and of the request."""

    owner: bytes
    key: bytes
    request: bytes


@dataclass(frozen=True, slots=True)
class Earlier:
    """The answer that the same request was given before."""

    status: int
    answer: bytes


def begin(connection: Connection, sent: Idempotency, at: datetime) -> Earlier | KeyUnusable | None:
    """Take a key for a request. Returns None if it was free."""
    connection.execute(delete(tables.stored_answer).where(_is(sent), _stored.expires_at <= at))
    of_owner = select(func.count()).select_from(tables.stored_answer).where(_stored.owner == sent.owner)
    if connection.execute(of_owner).scalar_one() >= MOST:
        return KeyUnusable.TOO_MANY
    row = {"owner": sent.owner, "key": sent.key, "request": sent.request, "status": None, "answer": None}
    if insert_if_absent(connection, tables.stored_answer, row | {"expires_at": at + UNDER_WAY}):
        return None
    found = connection.execute(select(tables.stored_answer).where(_is(sent))).one()
    if found.request != sent.request:
        return KeyUnusable.OTHER
    return KeyUnusable.UNDER_WAY if found.status is None else Earlier(found.status, found.answer)


def finish(connection: Connection, sent: Idempotency, status: int, answer: bytes, at: datetime) -> None:
    """Keep what the request was answered."""
    values = {"status": status, "answer": answer, "expires_at": at + KEPT}
    connection.execute(update(tables.stored_answer).where(_is(sent)).values(values))


def forget(connection: Connection, sent: Idempotency) -> None:
    """Set the key of a request free that has done nothing."""
    connection.execute(delete(tables.stored_answer).where(_is(sent), _stored.status.is_(None)))


def _is(sent: Idempotency) -> ColumnElement[bool]:
    return and_(_stored.owner == sent.owner, _stored.key == sent.key)
