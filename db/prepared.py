"""Statements of the hot path: compiled once for each dialect, then handed to the driver as they are.

``Connection.execute`` looks a statement up in a cache, builds a context, spells out every ``IN`` anew and wraps the
driver's cursor in a result, each time. For a question of a row or two that takes ten times as long as the database
does. What the driver raises is raised as SQLAlchemy would.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.selectable import ReturnsRows
from sqlalchemy.types import NullType

from db.engine import open_engine

Values = Mapping[str, Any]
Row = tuple[Any, ...]
_Process = Callable[[Any], Any] | None
_Cursor = Any
"""The driver's (PEP 249)."""


class Prepared:
    """A statement whose parameters are all named by ``bindparam``, or by ``columns`` for a plain insert.

    A column that is left out gets its default in Python, if that is a plain value; any other is refused, by TypeError,
    when the statement is first run.
    """

    def __init__(self, statement: Executable, columns: Iterable[str] = ()) -> None:
        self._statement = statement
        self._columns = list(columns) or None
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, values: Values) -> int:
        """Run it once. Returns the number of rows that it changed."""
        compiled = self._for(connection)
        return int(compiled.execute(connection, compiled.parameters(values)).rowcount)

    def run_many(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Run it once for each of these."""
        compiled = self._for(connection)
        compiled.execute(connection, [compiled.parameters(values) for values in rows], many=True)

    def rows(self, connection: Connection, values: Values) -> list[Row]:
        """The rows that it finds, as tuples of its columns."""
        compiled = self._for(connection)
        return compiled.read(connection, compiled.execute(connection, compiled.parameters(values)))

    def first(self, connection: Connection, values: Values) -> Row | None:
        """The first row that it finds."""
        found = self.rows(connection, values)
        return found[0] if found else None

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
        defaults = _defaults(compiled)
        self.sql = str(compiled)
        self._positional: bool = compiled.positional
        names = compiled.positiontup if self._positional else list(binds)
        self._binds: list[tuple[str, str, Any, _Process]] = [
            (
                name,
                (key := binds[name].key),
                defaults.get(key, binds[name].value),
                _impl(binds[name], dialect).bind_processor(dialect),
            )
            for name in names
        ]
        self._dialect = dialect
        self._error: type[Exception] = dialect.loaded_dbapi.Error
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

    def execute(self, connection: Connection, parameters: Any, *, many: bool = False) -> _Cursor:
        """The driver's cursor, once it has run the statement. Raises what SQLAlchemy would (DBAPIError)."""
        if not connection.in_transaction():
            connection.begin()  # as SQLAlchemy does at a connection's first statement
        cursor: _Cursor = None
        try:
            cursor = connection.connection.cursor()
            if many:
                cursor.executemany(self.sql, parameters)
            else:
                cursor.execute(self.sql, parameters)
        except self._error as error:
            raise self._wrapped(connection, cursor, error) from error
        return cursor

    def _wrapped(self, connection: Connection, cursor: _Cursor, error: Any) -> BaseException:
        lost = self._dialect.is_disconnect(error, connection.connection.driver_connection, cursor)
        if lost:
            connection.invalidate(error)
        wrapped: BaseException = DBAPIError.instance(
            self.sql,
            None,
            error,
            self._error,
            hide_parameters=True,  # a log must not hold what a reader typed
            connection_invalidated=lost,
            dialect=self._dialect,
        )
        return wrapped

    def read(self, connection: Connection, cursor: _Cursor) -> list[Row]:
        """The driver's rows, with values of the columns' types. Raises as ``execute``: SQLite still works then."""
        try:
            found = cursor.fetchall()
        except self._error as error:
            raise self._wrapped(connection, cursor, error) from error
        if not found:
            return []
        processes = self._processes(cursor)
        return [
            tuple([value if process is None else process(value) for value, process in zip(row, processes, strict=True)])
            for row in found
        ]

    def _processes(self, cursor: _Cursor) -> list[_Process]:
        if self._results is None:
            sent = [column[1] for column in cursor.description]
            self._results = [
                _impl(column, self._dialect).result_processor(self._dialect, kind)
                for column, kind in zip(self._columns, sent, strict=True)
            ]
        return self._results


def _defaults(compiled: Any) -> dict[str, Any]:
    """Parameter → the value of a column that is not named and has one in Python, as ``Field(default="")`` gives it.

    Looked up once, it costs a statement nothing when it runs. Raises TypeError where it would be another each time.
    """
    fresh = [(column, column.default) for column in compiled.insert_prefetch]
    fresh += [(column, column.onupdate) for column in compiled.update_prefetch]
    for column, default in fresh:
        if not default.is_scalar:
            raise TypeError(
                f"The default of {column.table}.{column.name} is worked out for each row, which Prepared does not do. "
                "Name the column among the values of this statement, or give it a plain value as its default."
            )
    return {column.key: default.arg for column, default in fresh}


def _impl(typed: Any, dialect: Any) -> Any:
    if isinstance(typed.type, NullType):
        raise TypeError(f"say of which type “{typed.key}” is")  # else the driver guesses, each its own way
    return typed.type.dialect_impl(dialect)


T = TypeVar("T")


class InlineReader:
    """A connection for one thread alone. It is in no transaction: of two statements, the second may see more."""

    def __init__(self, url: str) -> None:
        engine = open_engine(url, pool_size=1, patience=0)  # whoever has to wait for a lock needs a thread after all
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None

    @classmethod
    def of(cls, url: str) -> "InlineReader | None":
        """For SQLite; None for a database that is across a network."""
        return cls(url) if make_url(url).get_backend_name() == "sqlite" else None

    def read(self, question: Callable[[Connection], T]) -> T:
        """The answer. Raises what the question raises, OperationalError among it while the file is locked."""
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            return question(self._connection)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file. The next question opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.dispose()
