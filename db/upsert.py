"""Insert first, look second: the database's own uniqueness decides who was first, on SQLite and PostgreSQL alike."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from db import tables

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_if_absent(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row unless one with an equal unique key is there. Returns whether it was inserted."""
    return connection.execute(_if_absent(connection.dialect.name, table), row).rowcount == 1


def note_unless_recent(
    connection: Connection, site_id: int, who: Sequence[bytes], at: datetime, limit: datetime
) -> bool:
    """Note in ``recent`` that these post at ``at``, unless one of them did after ``limit``; then nothing is noted.

    The condition is part of the statement, so that two at once cannot both be first.
    """
    rows = [{"site_id": site_id, "who": each, "at": at} for each in who]
    statement = _note(connection.dialect.name).values(rows)
    if connection.execute(statement, {"limit_": limit}).rowcount == len(rows):
        return True
    # What we did note replaced nothing, or something too old to matter: taking it away restores what was there.
    noted = tables.recent.c
    connection.execute(
        tables.recent.delete().where(noted.site_id == site_id, noted.who.in_(who), noted.at == at),
    )
    return False


@lru_cache(maxsize=64)
def _if_absent(dialect: str, table: Table) -> Any:
    return _INSERTS[dialect](table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


@lru_cache(maxsize=4)
def _note(dialect: str) -> Any:
    insert = _INSERTS[dialect](tables.recent).execution_options(preserve_rowcount=True)
    return insert.on_conflict_do_update(
        index_elements=[tables.recent.c.site_id, tables.recent.c.who],
        set_={"at": insert.excluded.at},
        where=tables.recent.c.at <= bindparam("limit_", type_=tables.recent.c.at.type),
    )
