"""Column types that mean the same on every database."""

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


class _Iso(sqlite.DATETIME):
    """What SQLAlchemy keeps in SQLite, letter for letter, written and read in a third of the time."""

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], str | None]:
        return lambda value: None if value is None else value.replace(tzinfo=None).isoformat(" ", "microseconds")

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[str | None], datetime | None]:
        return lambda value: None if value is None else datetime.fromisoformat(value)


_ISO = _Iso()  # type: ignore[no-untyped-call]  # its parent's constructor has no types


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, in UTC. SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        return dialect.type_descriptor(_ISO if dialect.name == "sqlite" else self.impl_instance)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        written = super().bind_processor(dialect)
        return written and lru_cache(maxsize=256)(written)  # a batch says the same few instants again and again

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

_CHANCE_BITS = 12
_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """A fresh identifier, above every other that this process has drawn."""
    global _last
    drawn = (time.time_ns() // 1_000_000 - EPOCH) << _CHANCE_BITS | secrets.randbits(_CHANCE_BITS)
    with _lock:
        _last = max(drawn, _last + 1)
        return _last
