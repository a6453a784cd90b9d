"""Insert first, look second: the database's own uniqueness decides who was first, on SQLite and PostgreSQL alike."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, or_

from db import tables
from db.insert import INSERTS
from db.prepared import Prepared


def insert_if_absent(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row unless one with an equal unique key is there. Returns whether it was inserted."""
    return _if_absent(connection.dialect.name, table, tuple(row)).run(connection, row) == 1


def upsert(connection: Connection, table: Table, row: dict[str, Any], change: Callable[[Any], dict[str, Any]]) -> None:
    """Insert a row. ``change`` takes the row that was to be inserted, and says what to set in the one that is there."""
    insert = INSERTS[connection.dialect.name](table).values(row)
    key = list(table.primary_key.columns)
    connection.execute(insert.on_conflict_do_update(index_elements=key, set_=change(insert.excluded)))


def note_unless_recent(
    connection: Connection, site_id: int, who: Sequence[bytes], at: datetime, limit: datetime
) -> bool:
    """Note in ``recent`` that these post at ``at``, unless one of them did after ``limit``; then nothing is noted.

    The condition is part of the statement, so that two at once cannot both be first. What was noted in a future that
    no other clock could have seen was noted before the clock was put back: it does not count.
    """
    future = at + (at - limit)
    values = {"site_id": site_id, "at": at, "limit": limit, "future": future} | {
        f"who_{n}": each for n, each in enumerate(who)
    }
    if _note(connection.dialect.name, len(who)).run(connection, values) == len(who):
        return True
    # What we did note replaced nothing, or something too old to matter: taking it away restores what was there.
    noted = tables.recent.c
    connection.execute(
        tables.recent.delete().where(noted.site_id == site_id, noted.who.in_(who), noted.at == at),
    )
    return False


@lru_cache(maxsize=64)
def _if_absent(dialect: str, table: Table, columns: tuple[str, ...]) -> Prepared:
    return Prepared(INSERTS[dialect](table).on_conflict_do_nothing(), columns)


@lru_cache(maxsize=8)
def _note(dialect: str, number: int) -> Prepared:
    noted = tables.recent.c

    def named(column: Any, name: str) -> Any:
        return bindparam(name, type_=column.type)

    common = {"site_id": named(noted.site_id, "site_id"), "at": named(noted.at, "at")}
    rows = [common | {"who": named(noted.who, f"who_{n}")} for n in range(number)]
    insert = INSERTS[dialect](tables.recent).values(rows)
    return Prepared(
        insert.on_conflict_do_update(
            index_elements=[noted.site_id, noted.who],
            set_={"at": insert.excluded.at},
            where=or_(noted.at <= named(noted.at, "limit"), noted.at > named(noted.at, "future")),
        )
    )
