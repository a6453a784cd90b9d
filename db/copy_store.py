"""Copies the database of a running service to another one until both are equal (``leave-a-reply move --to URL``).

A first pass copies while the service runs. A second pass, under a write lock, writes what differs and proves that both
are equal. The lock is held until the service runs on the new database: a change in between would be lost silently. A
mark in the target distinguishes what a move brought from what was posted there.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, select

from db import tables
from db.engine import WRITE
from db.postgres import LONG
from db.table_sync import TableSync, copied_tables, count, digest, set_sequences

ReportProgress = Callable[[int], None]
"""Called with the number of rows that became equal in a step."""

_move_mark = tables.move_mark


class CopyRefused(ValueError):
    """The target holds rows of another origin, or rows that would be lost."""


class StoresDiffer(LookupError):
    """The databases should be equal but are not."""


class UnfinishedMove(ValueError):
    """A move is still filling the database."""


@dataclass(frozen=True, slots=True)
class CopySummary:
    """A table, equal in both databases: its row count and digest."""

    name: str
    rows: int
    digest: str


def refuse_unfinished_move(engine: Engine) -> None:
    """Raise UnfinishedMove if a move is still filling the database: its next run would delete what was posted there."""
    with engine.connect() as connection:
        is_unfinished = connection.execute(select(_move_mark.c.digest)).scalar() == ""
    if is_unfinished:
        engine.dispose()
        raise UnfinishedMove("“leave-a-reply move” is still filling this database. Let it finish first.")


def count_rows(connection: Connection) -> int:
    """The number of rows that a move copies."""
    return sum(count(connection, table) for table in copied_tables())


def copy(source: Engine, target: Engine, report: ReportProgress) -> int:
    """Make one pass over all tables while the service runs. Each step is committed, so an interrupted pass can resume.

    Returns the number of rows written. Raises CopyRefused.
    """
    with _snapshot(source) as from_, target.connect().execution_options(**{WRITE: True, LONG: True}) as to:
        _begin(from_, to)

        def commit_step(number: int) -> None:
            to.commit()
            report(number)

        written = TableSync(from_, to, commit_step).run()
        to.commit()
        return written


@contextmanager
def write_lock(source: Engine) -> Iterator[Connection]:
    """Yield a connection to the source and block all other writers meanwhile; readers are not affected."""
    with source.connect().execution_options(**{WRITE: True, LONG: True}) as connection, connection.begin():
        if source.dialect.name == "postgresql":
            names = ", ".join(table.name for table in copied_tables())
            connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE MODE")
        yield connection


def copy_changes(from_: Connection, target: Engine, report: ReportProgress) -> list[CopySummary]:
    """Copy what changed since the last pass, then compare the digests of all tables. ``from_`` holds the write lock.

    Raises StoresDiffer if they are unequal, and rolls this pass back.
    """
    with target.connect().execution_options(**{WRITE: True, LONG: True}) as to, to.begin():
        TableSync(from_, to, report).run()
        set_sequences(to)
        copied = [CopySummary(table.name, *digest(to, table)) for table in copied_tables()]
        for table, theirs in zip(copied_tables(), copied, strict=True):
            rows, table_digest = digest(from_, table)
            if (rows, table_digest) != (theirs.rows, theirs.digest):
                raise StoresDiffer(
                    f"{table.name} differs: {rows} rows here, {theirs.rows} there. Run the command again."
                )
        to.execute(_move_mark.update().values(digest=_digest_of_all(copied)))
        return copied


@contextmanager
def _snapshot(source: Engine) -> Iterator[Connection]:
    """A connection that sees one moment of the source. SQLite's transactions always do."""
    level: dict[str, Any] = {"isolation_level": "REPEATABLE READ"} if source.dialect.name == "postgresql" else {}
    with source.connect().execution_options(**{LONG: True, **level}) as connection:
        yield connection


def _begin(source: Connection, target: Connection) -> None:
    """Accept a target that is empty, or unchanged since earlier runs, and mark it as unfinished. Raises CopyRefused."""
    mark = target.execute(select(_move_mark.c.digest)).first()
    if mark is None:
        if count_rows(target):
            raise CopyRefused("The target holds other data. Name an empty database.")
        target.execute(_move_mark.insert().values(id=1, begun_at=datetime.now(UTC), digest=""))
        return
    site = tables.site.c
    ours, theirs = (set(store.execute(select(site.id, site.key)).all()) for store in (source, target))
    if not theirs <= ours:
        raise CopyRefused("The target was filled from another database. Name an empty database.")
    if mark.digest and mark.digest != _digest_of_all(
        [CopySummary(t.name, *digest(target, t)) for t in copied_tables()]
    ):
        raise CopyRefused("The target was filled by an earlier move, and has been in use since: that would be lost.")
    target.execute(_move_mark.update().values(digest=""))


def _digest_of_all(copied: list[CopySummary]) -> str:
    return hashlib.sha256(repr(copied).encode()).hexdigest()
