"""Statements of the hot path: compiled once for each dialect, then handed to the driver as they are.

``Connection.execute`` looks a statement up in a cache, builds a context and spells out every ``IN`` anew, each time.
For a question of a row or two that takes ten times as long as the database does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.selectable import ReturnsRows
from sqlalchemy.types import NullType

Values = Mapping[str, Any]
Row = tuple[Any, ...]
_Process = Callable[[Any], Any] | None

_OPTIONS = {"preserve_rowcount": True}


class Prepared:
    """A statement whose parameters are all named by ``bindparam``, or by ``columns`` for a plain insert."""

    def __init__(self, statement: Executable, columns: Iterable[str] = ()) -> None:
        self._statement = statement
        self._columns = list(columns) or None
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, values: Values) -> int:
        """Run it once. Returns the number of rows that it changed."""
        return self._execute(connection, values).rowcount

    def run_many(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Run it once for each of these."""
        compiled = self._for(connection)
        connection.exec_driver_sql(compiled.sql, [compiled.parameters(values) for values in rows])

    def rows(self, connection: Connection, values: Values) -> list[Row]:
        """The rows that it finds, as tuples of its columns."""
        found = self._execute(connection, values)
        read = self._for(connection).reader(found)
        return [read(row) for row in found.fetchall()]

    def first(self, connection: Connection, values: Values) -> Row | None:
        """The first row that it finds."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def _execute(self, connection: Connection, values: Values) -> CursorResult[Any]:
        compiled = self._for(connection)
        return connection.exec_driver_sql(compiled.sql, compiled.parameters(values), _OPTIONS)

    def _for(self, connection: Connection) -> "_Compiled":
        name = connection.dialect.name
        if name not in self._compiled:
            self._compiled[name] = _Compiled(self._statement, self._columns, connection)
        return self._compiled[name]


class _Compiled:
    """SQL of one dialect, with what turns values into the driver's and back."""

    def __init__(self, statement: Any, columns: list[str] | None, connection: Connection) -> None:
        dialect = connection.dialect
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        self.sql = str(compiled)
        self._positional: bool = compiled.positional
        names = compiled.positiontup if self._positional else list(binds)
        self._binds: list[tuple[str, str, Any, _Process]] = [
            (name, binds[name].key, binds[name].value, _impl(binds[name], dialect).bind_processor(dialect))
            for name in names
        ]
        self._dialect = dialect
        self._columns = list(statement.exported_columns) if isinstance(statement, ReturnsRows) else []
        self._results: list[_Process] | None = None  # not before the driver has said which types it sends

    def parameters(self, values: Values) -> Any:
        """As the driver takes them: in their order for SQLite, by their names for PostgreSQL."""
        get = values.get
        if self._positional:
            return tuple(
                [
                    get(key, default) if process is None else process(get(key, default))
                    for _, key, default, process in self._binds
                ]
            )
        return {
            name: get(key, default) if process is None else process(get(key, default))
            for name, key, default, process in self._binds
        }

    def reader(self, result: CursorResult[Any]) -> Callable[[Sequence[Any]], Row]:
        """Makes of a row of the driver's values of the columns' types."""
        if self._results is None:
            sent = [column[1] for column in result.cursor.description or ()]
            self._results = [
                _impl(column, self._dialect).result_processor(self._dialect, kind)
                for column, kind in zip(self._columns, sent, strict=True)
            ]
        return self._read

    def _read(self, row: Sequence[Any]) -> Row:
        return tuple(
            [
                value if process is None else process(value)
                for value, process in zip(row, self._results or (), strict=True)
            ]
        )


def _impl(typed: Any, dialect: Any) -> Any:
    if isinstance(typed.type, NullType):
        raise TypeError(f"say of which type “{typed.key}” is")  # else the driver guesses, each its own way
    return typed.type.dialect_impl(dialect)
