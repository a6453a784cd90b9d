"""Makes one store a copy of another, table by table: compares rows by key and writes only what differs.

There is no log of changes to follow. A comparison finds every change, however it was made and wherever an earlier run
was stopped, and a second run has little left to write. It covers every table of the metadata.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, select, text, tuple_, update

from db.models import MoveMark, metadata

AT_ONCE = 500
"""Rows read and written at a time."""

Row = tuple[Any, ...]
Key = tuple[Any, ...]


def copied_tables() -> list[Table]:
    """Every table but the mark of a move, parents before children."""
    return [table for table in metadata.sorted_tables if table.name != MoveMark.__tablename__]


@dataclass(slots=True)
class TableSync:
    """Copies between two connections. ``report`` gets the number of rows that a step made equal, and may commit."""

    source: Connection
    target: Connection
    report: Callable[[int], None] = lambda _number: None

    def run(self) -> int:
        """Make all tables equal. Returns the number of rows written.

        Rows that differ are deleted first, children before parents: a unique value may have moved from one row to
        another, and what is then inserted cannot collide, since it does not in the source.
        """
        tables = copied_tables()
        parents = {key.column.table for table in tables for key in table.foreign_keys}
        written = sum(self._delete_differing(table, is_parent=table in parents) for table in reversed(tables))
        return written + sum(self._insert_missing(table) for table in tables)

    def _delete_differing(self, table: Table, *, is_parent: bool) -> int:
        """Delete rows that the source lacks or has otherwise. A row that others may refer to is updated instead."""
        written = 0
        for theirs in _pages(self.target, table):
            ours = _by_key(table, _find(self.source, table, [_key(table, row) for row in theirs]))
            differing = [key for row in theirs if ours.get(key := _key(table, row)) != row]
            changed = [ours[key] for key in differing if is_parent and key in ours]
            gone = [key for key in differing if not is_parent or key not in ours]
            if changed:
                self.target.execute(_update(table), [_by_column(table, row, "b_") for row in changed])
            if gone:
                self.target.execute(delete(table).where(tuple_(*table.primary_key.columns).in_(gone)))
            written += len(changed)
            self.report(len(theirs) - len(gone))
        return written

    def _insert_missing(self, table: Table) -> int:
        """Insert rows that are missing."""
        missing = count(self.source, table) - count(self.target, table)
        if not missing:
            return 0
        for ours in _pages(self.source, table):
            existing = _by_key(table, _find(self.target, table, [_key(table, row) for row in ours]))
            new = [_by_column(table, row) for row in ours if _key(table, row) not in existing]
            if new:
                self.target.execute(table.insert(), new)
                self.report(len(new))
        return missing


def count(connection: Connection, table: Table) -> int:
    """The number of rows in a table."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def digest(connection: Connection, table: Table) -> tuple[int, str]:
    """The number of rows and the sum of their hashes, which does not depend on the database's order."""
    number = total = 0
    for rows in _pages(connection, table):
        number += len(rows)
        total += sum(int.from_bytes(hashlib.sha256(repr(row).encode()).digest()[:16], "big") for row in rows)
    return number, f"{total % 2**128:032x}"


def set_sequences(connection: Connection) -> None:
    """Move PostgreSQL's id sequences past the copied ids, which they have not seen."""
    if connection.dialect.name != "postgresql":
        return
    for table in copied_tables():
        column = table.autoincrement_column
        if column is not None and len(table.primary_key.columns) == 1:
            largest, sequence = f"max({column.name})", f"pg_get_serial_sequence('{table.name}', '{column.name}')"
            statement = f"SELECT setval({sequence}, {largest}) FROM {table.name} HAVING {largest} IS NOT NULL"  # noqa: S608
            connection.execute(text(statement))


def _pages(connection: Connection, table: Table) -> Iterator[list[Row]]:
    key = tuple(table.primary_key.columns)
    query = select(table).order_by(*key).limit(AT_ONCE)
    rows = _rows(connection, query)
    while rows:
        yield rows
        last = [
            bindparam(None, value, type_=column.type) for column, value in zip(key, _key(table, rows[-1]), strict=True)
        ]
        rows = _rows(connection, query.where(tuple_(*key) > tuple_(*last))) if len(rows) == AT_ONCE else []


def _find(connection: Connection, table: Table, keys: Sequence[Key]) -> list[Row]:
    return _rows(connection, select(table).where(tuple_(*table.primary_key.columns).in_(keys)))


def _rows(connection: Connection, query: Any) -> list[Row]:
    return [tuple(row) for row in connection.execute(query)]


def _by_key(table: Table, rows: Sequence[Row]) -> dict[Key, Row]:
    return {_key(table, row): row for row in rows}


def _key(table: Table, row: Row) -> Key:
    return tuple(value for column, value in zip(table.columns, row, strict=True) if column.primary_key)


def _by_column(table: Table, row: Row, prefix: str = "") -> dict[str, Any]:
    return {prefix + column.name: value for column, value in zip(table.columns, row, strict=True)}


def _update(table: Table) -> Any:
    conditions = [column == bindparam(f"b_{column.name}") for column in table.primary_key.columns]
    values: dict[str, Any] = {
        column.name: bindparam(f"b_{column.name}") for column in table.columns if not column.primary_key
    }
    return update(table).where(*conditions).values(values)
