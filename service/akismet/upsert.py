"""Insert, or change what is there, in one statement: on SQLite and PostgreSQL alike."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Table

from db.insert import INSERTS


def upsert(connection: Connection, table: Table, row: dict[str, Any], change: Callable[[Any], dict[str, Any]]) -> None:
    """Insert a row. ``change`` takes the row that was to be inserted, and says what to set in the one that is there."""
    insert = INSERTS[connection.dialect.name](table).values(row)
    key = list(table.primary_key.columns)
    connection.execute(insert.on_conflict_do_update(index_elements=key, set_=change(insert.excluded)))
