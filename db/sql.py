"""``INSERT … ON CONFLICT``, which each dialect has as its own."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, Text, bindparam, cast, func, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB

from db import tables
from db.models import metadata
from db.prepared import Prepared

INSERTS: dict[str, Any] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
    "cockroachdb": postgresql.insert,
}
"""By the name of the dialect."""


def insert_if_absent(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row unless one with an equal unique key is there. Returns whether it was inserted."""
    return _if_absent(connection.dialect.name, table, tuple(row)).run(connection, row) == 1


def upsert(connection: Connection, table: Table, row: dict[str, Any], change: Callable[[Any], dict[str, Any]]) -> None:
    """Insert a row. ``change`` takes the row that was to be inserted, and says what to set in the one that is there."""
    insert = INSERTS[connection.dialect.name](table).values(row)
    key = list(table.primary_key.columns)
    connection.execute(insert.on_conflict_do_update(index_elements=key, set_=change(insert.excluded)))


def record_unless_recent(
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


def rows_as_json(rows: Iterable[Sequence[int]]) -> str:
    """The parameter: the rows, in their order."""
    return json.dumps(list(rows), separators=(",", ":"))


def columns_from_json(dialect: str, name: str, number: int) -> list[ColumnElement[int]]:
    """The columns of the rows in the parameter ``name``, to select from: so many of them."""
    given = bindparam(name, type_=Text)
    if dialect == "sqlite":
        row = func.json_each(given).table_valued("value").c.value
        return [func.json_extract(row, f"$[{at}]", type_=BigInteger) for at in range(number)]
    row = func.jsonb_array_elements(cast(given, JSONB)).table_valued("value").c.value
    return [cast(func.jsonb_extract_path_text(row, str(at)), BigInteger) for at in range(number)]


_chore: Table = metadata.tables["chore"]


def take_lease(connection: Connection, name: str, at: datetime, unless_since: datetime) -> bool:
    """A job: note that this chore begins at ``at``, unless somebody began it after ``unless_since``. Returns whether
    it was noted.
    """
    row = {"name": name, "at": at, "unless_since": unless_since}
    return connection.execute(_statement(connection.dialect.name), row).rowcount == 1


@lru_cache(maxsize=2)
def _statement(dialect: str) -> Any:
    insert = INSERTS[dialect](_chore).values(name=bindparam("name"), at=bindparam("at"))
    return insert.on_conflict_do_update(
        index_elements=[_chore.c.name],
        set_={"at": insert.excluded.at},
        where=_chore.c.at <= bindparam("unless_since", type_=_chore.c.at.type),
    ).execution_options(preserve_rowcount=True)
