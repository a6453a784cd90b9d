"""Buckets in the database, the fallback while Valkey is unavailable."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, case, select

from db import tables
from db.dialect_sql import insert_into
from db.prepared_statements import Prepared
from db.writer import Writer
from service.ratelimit.token_buckets import Bucket, Rate, Rates

_bucket = tables.bucket.c


class DatabaseLimits:
    """``clock`` returns seconds since an epoch that all processes share."""

    is_local = False
    away = False

    def __init__(self, rates: Rates, engine: Engine, writer: Writer, clock: Callable[[], float]) -> None:
        self._rates, self._engine, self._writer, self._clock = rates, engine, writer, clock

    def take(self, *buckets: Bucket) -> float:
        """See ``Limits``."""
        limited = sorted((bucket, self._rates[bucket[0]]) for bucket in buckets if self._rates[bucket[0]].burst)
        return self._writer.run(_take, limited, self._clock()) if limited else 0.0

    def taken(self, bucket: Bucket) -> float:
        """See ``Limits``."""
        rate = self._rates[bucket[0]]
        if not rate.burst:
            return 0.0
        with self._engine.connect() as connection:
            missing = _full_at(connection, bucket) - self._clock()
        return missing / rate.interval if 0 < missing <= _longest(rate) else 0.0

    def ask(self, take: Sequence[Bucket], look: Bucket) -> tuple[float, float]:
        """See ``Limits``."""
        return self.take(*take), self.taken(look)

    def close(self) -> None:
        """Nothing to close: the engine belongs to the caller."""


def _take(connection: Connection, limited: list[tuple[Bucket, Rate]], now: float) -> float:
    """Take one token from each bucket, or none. Returns 0, or the seconds to wait."""
    changed: list[tuple[Bucket, Rate]] = []
    for bucket, rate in limited:
        if not _take_one(connection, bucket, rate, now):
            for other, its_rate in changed:
                _GIVE_BACK.run(connection, _key(other) | {"interval": its_rate.interval})
            return max(0.001, rate.wait(rate.next(_full_at(connection, bucket), now), now))
        changed.append((bucket, rate))
    return 0.0


def _take_one(connection: Connection, bucket: Bucket, rate: Rate, now: float) -> bool:
    values = {
        "now": now,
        "interval": rate.interval,
        "first": now + rate.interval,
        "latest": now + rate.seconds,
        "future": now + _longest(rate),
    }
    return _upsert(connection.dialect.name).run(connection, _key(bucket) | values) == 1


def _longest(rate: Rate) -> float:
    """Seconds until a bucket is full, at most. One emptier than possible was written before the clock was put back, or
    by another program. It must not lock people out until then."""
    return 2 * rate.seconds


def _full_at(connection: Connection, bucket: Bucket) -> float:
    row = _FULL_AT.first(connection, _key(bucket))
    return 0.0 if row is None else float(row[0])


def _key(bucket: Bucket) -> dict[str, Any]:
    return {"use": bucket[0], "who": bucket[1]}


_THIS = (_bucket.use == bindparam("use"), _bucket.who == bindparam("who"))
_FULL_AT = Prepared(select(_bucket.full_at).where(*_THIS))
_GIVE_BACK = Prepared(
    tables.bucket.update()
    .where(*_THIS)
    .values(full_at=_bucket.full_at - bindparam("interval", type_=_bucket.full_at.type))
)


@lru_cache(maxsize=4)
def _upsert(dialect: str) -> Prepared:
    """Takes a token in a single statement, so two processes cannot both take the last one."""

    def seconds(name: str) -> Any:
        return bindparam(name, type_=_bucket.full_at.type)

    was_put_back = _bucket.full_at > seconds("future")
    begins = case(
        (was_put_back, seconds("now")), (_bucket.full_at > seconds("now"), _bucket.full_at), else_=seconds("now")
    )
    later = begins + seconds("interval")
    insert = insert_into(dialect, tables.bucket).values(
        use=bindparam("use", type_=_bucket.use.type),
        who=bindparam("who", type_=_bucket.who.type),
        full_at=seconds("first"),
    )
    return Prepared(
        insert.on_conflict_do_update(
            index_elements=[_bucket.use, _bucket.who], set_={"full_at": later}, where=later <= seconds("latest")
        )
    )
