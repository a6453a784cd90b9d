"""Makes one store the mirror of another, table by table: compares by key, and writes only what differs.

It may be stopped anywhere and run again, and it works for a store that goes on changing: the second run has little to
do. Whatever the tables are, they are taken from the metadata, parents before children.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Connection, String, Table, bindparam, delete, func, select, text, tuple_, update

from db.models import metadata

AT_ONCE = 1000
Row = tuple[Any, ...]
Key = tuple[Any, ...]


@dataclass(slots=True)
class Difference:
    """What had to be written to make a table equal."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(slots=True)
class Mirror:
    """From one connection to another. ``tell`` hears after each step how many rows of the source were compared."""

    source: Connection
    target: Connection
    tell: Callable[[int], None] = lambda _number: None
    _surplus: list[tuple[Table, list[Key]]] = field(default_factory=list)

    def run(self) -> dict[str, Difference]:
        """Make all tables equal. Returns what was different, by table. The caller commits."""
        found = {table.name: self._table(table) for table in metadata.sorted_tables}
        for table, keys in reversed(self._surplus):  # children before parents
            self.target.execute(delete(table).where(tuple_(*table.primary_key.columns).in_(keys)))
        self._surplus.clear()
        return found

    def _table(self, table: Table) -> Difference:
        difference, last = Difference(), None
        while True:
            ours = _page(self.source, table, last, None)
            upper = _key_of(table, ours[-1]) if len(ours) == AT_ONCE else None
            self._compare(table, ours, _page(self.target, table, last, upper), difference)
            self.tell(len(ours))
            if upper is None:
                return difference
            last = upper

    def _compare(self, table: Table, ours: list[Row], theirs: list[Row], difference: Difference) -> None:
        wanted = {_key_of(table, row): row for row in ours}
        there = {_key_of(table, row): row for row in theirs}
        names = [column.name for column in table.columns]
        missing = [dict(zip(names, row, strict=True)) for key, row in wanted.items() if key not in there]
        other = [dict(zip(names, row, strict=True)) for key, row in wanted.items() if there.get(key, row) != row]
        surplus = [key for key in there if key not in wanted]
        if missing:
            self.target.execute(table.insert(), missing)
        if other:
            self.target.execute(_update(table), [{f"b_{name}": value for name, value in row.items()} for row in other])
        if surplus:
            self._surplus.append((table, surplus))
        difference.added += len(missing)
        difference.changed += len(other)
        difference.removed += len(surplus)


def rows_of(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    }


def digest(connection: Connection, table: Table) -> tuple[int, str]:
    """The number of rows, and a digest of all of them in the order of their keys: the same on every database."""
    number, hashed, last = 0, hashlib.sha256(), None
    while rows := _page(connection, table, last, None):
        for row in rows:
            hashed.update(repr(row).encode("utf-8", "surrogatepass"))
        number += len(rows)
        last = _key_of(table, rows[-1])
    return number, hashed.hexdigest()[:16]


def set_sequences(connection: Connection) -> None:
    """PostgreSQL counts ids by itself, and has not seen those that were copied."""
    if connection.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None and len(table.primary_key.columns) == 1:
            named = f"pg_get_serial_sequence('{table.name}', '{column.name}')"
            connection.execute(
                text(f"SELECT setval({named}, greatest((SELECT max({column.name}) FROM {table.name}), 1))")  # noqa: S608
            )


def _page(connection: Connection, table: Table, after: Key | None, upto: Key | None) -> list[Row]:
    query = select(table)
    ordered = list(_ordered(table, connection))
    if after is not None:
        query = query.where(tuple_(*ordered) > tuple_(*_values(table, after)))
    if upto is not None:
        query = query.where(tuple_(*ordered) <= tuple_(*_values(table, upto)))
    query = query.order_by(*ordered)
    return [tuple(row) for row in connection.execute(query if upto is not None else query.limit(AT_ONCE))]


def _ordered(table: Table, connection: Connection) -> Iterator[Any]:
    """The columns of the key, texts in the order of their bytes on every database."""
    for column in table.primary_key.columns:
        is_text = isinstance(column.type, String) and connection.dialect.name == "postgresql"
        yield column.collate("C") if is_text else column


def _values(table: Table, key: Key) -> list[Any]:
    columns: Sequence[Column[Any]] = list(table.primary_key.columns)
    return [bindparam(None, value, type_=column.type) for column, value in zip(columns, key, strict=True)]


def _key_of(table: Table, row: Row) -> Key:
    places = [at for at, column in enumerate(table.columns) if column.primary_key]
    return tuple(row[at] for at in places)


def _update(table: Table) -> Any:
    conditions = [column == bindparam(f"b_{column.name}") for column in table.primary_key.columns]
    values: dict[str, Any] = {
        column.name: bindparam(f"b_{column.name}") for column in table.columns if not column.primary_key
    }
    return update(table).where(*conditions).values(values or {"site_id": bindparam("b_site_id")})
