"""Column types that behave alike on every database, and ids that sort by time."""

import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import DateTime, Dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeDecorator, TypeEngine


class _IsoDateTime(sqlite.DATETIME):
    """The same text as SQLAlchemy's own type stores in SQLite, written and read in a third of the time."""

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], str | None]:
        return lambda value: None if value is None else value.replace(tzinfo=None).isoformat(" ", "microseconds")

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[str | None], datetime | None]:
        return lambda value: None if value is None else datetime.fromisoformat(value)


_ISO_DATETIME = _IsoDateTime()  # type: ignore[no-untyped-call]  # its parent's constructor has no types


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC. SQLite stores no time zone, so it is removed on writing and added on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        return dialect.type_descriptor(_ISO_DATETIME if dialect.name == "sqlite" else self.impl_instance)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        processor = super().bind_processor(dialect)
        return processor and lru_cache(maxsize=256)(processor)  # a batch repeats the same few instants

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


EPOCH = 1_767_225_600_000
"""2026-01-01T00:00:00Z in Unix milliseconds."""

_RANDOM_BITS = 12
_id_lock = threading.Lock()
_last_id = 0


def new_id() -> int:
    """A time-ordered id, greater than any that this process has drawn.

    Milliseconds since 2026 and 12 random bits make 53 bits, which JavaScript reads exactly. An id is known before the
    insert without coordination, and is above the small ids of other systems, so an import keeps theirs. Two processes
    may draw the same id; the insert then fails and draws again.
    """
    global _last_id
    drawn_id = (time.time_ns() // 1_000_000 - EPOCH) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    with _id_lock:
        _last_id = max(drawn_id, _last_id + 1)
        return _last_id
