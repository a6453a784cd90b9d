"""``leave-a-reply move --to URL``: a running store, copied to another database until both are equal."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, select

from db import tables
from db.engine import WRITE
from db.models import metadata
from db.table_sync import TableSync, copied_tables, count, digest, set_sequences

ReportProgress = Callable[[int], None]
_moved = metadata.tables["moved"]


class CopyRefused(ValueError):
    """The target holds something that does not come from this store, or would be lost."""


class StoresDiffer(LookupError):
    """Both stores should be equal, and are not."""


class UnfinishedMove(ValueError):
    """The store is being filled by a move that has not come to its end."""


@dataclass(frozen=True, slots=True)
class CopySummary:
    """A table as it is in both stores."""

    name: str
    rows: int
    digest: str


def refuse_unfinished_move(engine: Engine) -> None:
    """Nobody may post to a store that is still being filled: the next run would take it away. Raises HalfMoved."""
    with engine.connect() as connection:
        is_half_moved = connection.execute(select(_moved.c.digest)).scalar() == ""
    if is_half_moved:
        engine.dispose()
        raise UnfinishedMove("This store is being filled by “leave-a-reply move”. Let that come to its end first.")


def count_rows(connection: Connection) -> int:
    """How many rows a move has to bring."""
    return sum(count(connection, table) for table in copied_tables())


def copy(source: Engine, target: Engine, tell: ReportProgress) -> int:
    """One pass over everything, beside the running service. What was copied is kept wherever it is stopped.

    Returns how many rows had to be written. Raises Refused.
    """
    with _snapshot(source) as from_, target.connect().execution_options(**{WRITE: True}) as to:
        _begin(from_, to)

        def keep(number: int) -> None:
            to.commit()
            tell(number)

        written = TableSync(from_, to, keep).run()
        to.commit()
        return written


@contextmanager
def write_lock(source: Engine) -> Iterator[Connection]:
    """A connection to the source for as long as nobody else may write to it; readers are not disturbed."""
    with source.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        if source.dialect.name == "postgresql":
            names = ", ".join(table.name for table in copied_tables())
            connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE MODE")
        yield connection


def copy_changes(from_: Connection, target: Engine, tell: ReportProgress) -> list[CopySummary]:
    """The last pass, while nobody writes to the source: what has changed since, then the proof that both are equal.

    Raises Unequal if they are not; then nothing of this pass is kept.
    """
    with target.connect().execution_options(**{WRITE: True}) as to, to.begin():
        TableSync(from_, to, tell).run()
        set_sequences(to)
        copied = [CopySummary(table.name, *digest(to, table)) for table in copied_tables()]
        for table, theirs in zip(copied_tables(), copied, strict=True):
            number, hashed = digest(from_, table)
            if (number, hashed) != (theirs.rows, theirs.digest):
                raise StoresDiffer(
                    f"{table.name} differs: {number} rows here, {theirs.rows} there. Run the command again."
                )
        to.execute(_moved.update().values(digest=_of_all(copied)))
        return copied


@contextmanager
def _snapshot(source: Engine) -> Iterator[Connection]:
    """All of it as it is at one moment. SQLite's transactions are like that by themselves."""
    options: dict[str, Any] = {"isolation_level": "REPEATABLE READ"} if source.dialect.name == "postgresql" else {}
    with source.connect().execution_options(**options) as connection:
        yield connection


def _begin(source: Connection, target: Connection) -> None:
    """A target may be empty, or hold what earlier runs have brought, untouched. Then leave the mark of a move."""
    mark = target.execute(select(_moved.c.digest)).first()
    if mark is None:
        if count_rows(target):
            raise CopyRefused("The target holds other data. Name an empty database.")
        target.execute(_moved.insert().values(id=1, begun_at=datetime.now(UTC), digest=""))
        return
    site = tables.site.c
    ours, theirs = (set(each.execute(select(site.id, site.key)).all()) for each in (source, target))
    if not theirs <= ours:
        raise CopyRefused("The target was filled from another store. Name an empty database.")
    if mark.digest and mark.digest != _of_all([CopySummary(t.name, *digest(target, t)) for t in copied_tables()]):
        raise CopyRefused("The target was filled by an earlier move, and has been in use since: that would be lost.")
    target.execute(_moved.update().values(digest=""))


def _of_all(copied: list[CopySummary]) -> str:
    return hashlib.sha256(repr(copied).encode()).hexdigest()
