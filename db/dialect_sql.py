"""Statements that each dialect spells its own way.

- ``insert_if_absent`` and ``upsert``: ``INSERT … ON CONFLICT`` for any table; ``insert_into`` for one's own.
- ``record_unless_recent`` and ``take_lease``: upserts whose condition is part of the statement.
- ``rows_as_json`` and ``columns_from_json``: many rows as a single parameter.

The database decides who is first. A query before an insert passes every test and fails under load, so each of these is
one statement on a unique key, and behaves alike on SQLite and PostgreSQL.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, Text, bindparam, cast, func, or_
from sqlalchemy.dialects import sqlite

from db import tables
from db.job_steps import Step, Steps
from db.prepared_statements import Prepared


def insert_into(dialect: str, table: Table) -> Any:
    """The ``insert`` of a dialect, which has ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # not at the top: with SQLite, its 2 MB are not needed

    return postgresql.insert(table)


def insert_if_absent(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row unless one with an equal unique key exists. Returns whether it was inserted."""
    return _insert_if_absent(connection.dialect.name, table, tuple(row)).run(connection, row) == 1


def step_of_insert(connection: Connection, table: Table, row: dict[str, Any]) -> Step:
    """The same for a job in steps. Its result is 1 if the row was inserted, else 0."""
    return Step(_insert_if_absent(connection.dialect.name, table, tuple(row)), row)


@lru_cache(maxsize=64)
def _insert_if_absent(dialect: str, table: Table, columns: tuple[str, ...]) -> Prepared:
    return Prepared(insert_into(dialect, table).on_conflict_do_nothing(), columns)


def upsert(connection: Connection, table: Table, row: dict[str, Any], change: Callable[[Any], dict[str, Any]]) -> None:
    """Insert a row, or update the one with the same primary key. ``change`` takes the row that was to be inserted and
    returns the values to set.
    """
    insert = insert_into(connection.dialect.name, table).values(row)
    key = list(table.primary_key.columns)
    connection.execute(insert.on_conflict_do_update(index_elements=key, set_=change(insert.excluded)))


def record_unless_recent(
    connection: Connection, site_id: int, who: Sequence[bytes], at: datetime, limit: datetime
) -> Steps[bool]:
    """Record in ``recent`` that each of ``who`` posted at ``at``, unless one of them posted after ``limit``; then
    nothing is recorded. Returns whether it was.
    """
    # A time further ahead than any clock runs was recorded before the clock was set back. If it counted, it would lock
    # its client out until that time.
    future = at + (at - limit)
    values = {"site_id": site_id, "at": at, "limit": limit, "future": future} | {
        f"who_{number}": pseudonym for number, pseudonym in enumerate(who)
    }
    if (yield Step(_record_unless_recent(connection.dialect.name, len(who)), values)) == len(who):
        return True
    # The rows written just now replaced nothing, or times too old to matter: deleting them restores what was there.
    recent = tables.recent.c
    connection.execute(
        tables.recent.delete().where(recent.site_id == site_id, recent.who.in_(who), recent.at == at),
    )
    return False


@lru_cache(maxsize=8)
def _record_unless_recent(dialect: str, count: int) -> Prepared:
    recent = tables.recent.c

    def parameter(column: Any, name: str) -> Any:
        return bindparam(name, type_=column.type)

    common = {"site_id": parameter(recent.site_id, "site_id"), "at": parameter(recent.at, "at")}
    rows = [common | {"who": parameter(recent.who, f"who_{number}")} for number in range(count)]
    insert = insert_into(dialect, tables.recent).values(rows)
    return Prepared(
        insert.on_conflict_do_update(
            index_elements=[recent.site_id, recent.who],
            set_={"at": insert.excluded.at},
            where=or_(recent.at <= parameter(recent.at, "limit"), recent.at > parameter(recent.at, "future")),
        )
    )


def take_lease(connection: Connection, name: str, at: datetime, unless_since: datetime) -> bool:
    """Record that this process begins the task ``name`` at ``at``, unless some process began it after
    ``unless_since``. Returns whether it was recorded.
    """
    row = {"name": name, "at": at, "unless_since": unless_since}
    return connection.execute(_take_lease(connection.dialect.name), row).rowcount == 1


@lru_cache(maxsize=2)
def _take_lease(dialect: str) -> Any:
    lease = tables.lease.c
    insert = insert_into(dialect, tables.lease).values(name=bindparam("name"), at=bindparam("at"))
    return insert.on_conflict_do_update(
        index_elements=[lease.name],
        set_={"at": insert.excluded.at},
        where=lease.at <= bindparam("unless_since", type_=lease.at.type),
    ).execution_options(preserve_rowcount=True)


def rows_as_json(rows: Iterable[Sequence[int]]) -> str:
    """Rows of whole numbers as the value of the parameter that ``columns_from_json`` reads, in their order."""
    return json.dumps(list(rows), separators=(",", ":"))


def columns_from_json(dialect: str, name: str, number: int) -> list[ColumnElement[int]]:
    """The first ``number`` columns of the rows in the parameter ``name``, to select from."""
    rows = bindparam(name, type_=Text)
    if dialect == "sqlite":
        row = func.json_each(rows).table_valued("value").c.value
        return [func.json_extract(row, f"$[{at}]", type_=BigInteger) for at in range(number)]
    from sqlalchemy.dialects.postgresql import JSONB

    row = func.jsonb_array_elements(cast(rows, JSONB)).table_valued("value").c.value
    return [cast(func.jsonb_extract_path_text(row, str(at)), BigInteger) for at in range(number)]
