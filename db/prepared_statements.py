"""Statements of the hot path, compiled once for each dialect and then passed straight to the driver.

``Connection.execute`` looks a statement up in a cache, builds a context, expands every ``IN`` and wraps the driver's
cursor each time. A query for a row or two takes over 30 microseconds that way, 4 this way, and 3 in SQLite itself.
Errors of the driver are raised as SQLAlchemy would raise them.
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
Result = list[Row] | int
"""The rows of a statement, or the number of rows changed if it returns none."""
_Process = Callable[[Any], Any] | None
_Cursor = Any
"""The driver's cursor (PEP 249)."""


class Prepared:
    """A statement whose parameters are all named by ``bindparam``, or by ``columns`` for a plain insert.

    A column that is left out gets its Python default if that is a plain value. Any other default raises TypeError when
    the statement first runs.
    """

    def __init__(self, statement: Executable, columns: Iterable[str] = ()) -> None:
        self._statement = statement
        self._columns = list(columns) or None
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, values: Values) -> int:
        """Run the statement once. Returns the number of rows changed."""
        compiled = self._for(connection)
        return int(compiled.execute(connection, compiled.parameters(values)).rowcount)

    def run_many(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Run the statement once for each of these rows."""
        compiled = self._for(connection)
        compiled.execute(connection, [compiled.parameters(values) for values in rows], many=True)

    def rows(self, connection: Connection, values: Values) -> list[Row]:
        """The resulting rows, as tuples of columns."""
        compiled = self._for(connection)
        return compiled.read(connection, compiled.execute(connection, compiled.parameters(values)))

    def first(self, connection: Connection, values: Values) -> Row | None:
        """The first resulting row, or None."""
        rows = self.rows(connection, values)
        return rows[0] if rows else None

    def result(self, connection: Connection, values: Values) -> Result:
        """What the statement is for: its rows, or the number of rows changed."""
        compiled = self._for(connection)
        return compiled.result(connection, compiled.execute(connection, compiled.parameters(values)))

    def results(self, connection: Connection, several: Sequence[Values]) -> list[Result]:
        """``result`` for each of these values. Psycopg sends all before it waits for the first answer
        (https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html), which saves nothing below three."""
        if len(several) < 3 or connection.dialect.driver != "psycopg":
            return [self.result(connection, values) for values in several]
        compiled = self._for(connection)
        parameters = [compiled.parameters(values) for values in several]
        cursor = compiled.execute(connection, parameters, many=True, returning=True)
        found = [compiled.result(connection, cursor)]
        while cursor.nextset():
            found.append(compiled.result(connection, cursor))
        return found

    def _for(self, connection: Connection) -> "_Compiled":
        name = connection.dialect.name
        if name not in self._compiled:
            self._compiled[name] = _Compiled(self._statement, self._columns, connection)
        return self._compiled[name]


class _Compiled:
    """A statement in SQL of one dialect, with the processors of its parameters and results."""

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
        self._results: list[_Process] | None = None  # known once the driver has named the types of a result

    def parameters(self, values: Values) -> Any:
        """The parameters as the driver takes them: by position for SQLite, by name for PostgreSQL."""
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

    def execute(self, connection: Connection, parameters: Any, *, many: bool = False, **options: bool) -> _Cursor:
        """Run the statement and return the driver's cursor. Raises DBAPIError as SQLAlchemy would. ``options`` are
        those of the driver's ``executemany``."""
        if not connection.in_transaction():
            connection.begin()  # as SQLAlchemy does at a connection's first statement
        cursor: _Cursor = None
        try:
            cursor = connection.connection.cursor()
            if many:
                cursor.executemany(self.sql, parameters, **options)
            else:
                cursor.execute(self.sql, parameters)
        except self._error as error:
            raise self._wrapped(connection, cursor, error) from error
        return cursor

    def _wrapped(self, connection: Connection, cursor: _Cursor, error: Any) -> BaseException:
        is_lost = self._dialect.is_disconnect(error, connection.connection.driver_connection, cursor)
        if is_lost:
            connection.invalidate(error)
        wrapped: BaseException = DBAPIError.instance(
            self.sql,
            None,
            error,
            self._error,
            hide_parameters=True,  # a log must not hold what a reader typed
            connection_invalidated=is_lost,
            dialect=self._dialect,
        )
        return wrapped

    def result(self, connection: Connection, cursor: _Cursor) -> Result:
        """The rows, or the number of rows changed if the statement returns none."""
        return self.read(connection, cursor) if self._columns else int(cursor.rowcount)

    def read(self, connection: Connection, cursor: _Cursor) -> list[Row]:
        """The rows, with values of the columns' types. Raises as ``execute``: SQLite runs on while rows are read."""
        try:
            rows = cursor.fetchall()
        except self._error as error:
            raise self._wrapped(connection, cursor, error) from error
        if not rows:
            return []
        processes = self._processes(cursor)
        return [
            tuple([value if process is None else process(value) for value, process in zip(row, processes, strict=True)])
            for row in rows
        ]

    def _processes(self, cursor: _Cursor) -> list[_Process]:
        if self._results is None:
            types = [column[1] for column in cursor.description]
            self._results = [
                _impl(column, self._dialect).result_processor(self._dialect, kind)
                for column, kind in zip(self._columns, types, strict=True)
            ]
        return self._results


def _defaults(compiled: Any) -> dict[str, Any]:
    """Parameter → default of each column that is left out and has a plain default in Python (``Field(default="")``).

    They are looked up once, when the statement is compiled. Raises TypeError for a default that is computed each time.
    """
    defaults = [(column, column.default) for column in compiled.insert_prefetch]
    defaults += [(column, column.onupdate) for column in compiled.update_prefetch]
    for column, default in defaults:
        if not default.is_scalar:
            raise TypeError(
                f"The default of {column.table}.{column.name} is worked out for each row, which Prepared does not do. "
                "Name the column among the values of this statement, or give it a plain value as its default."
            )
    return {column.key: default.arg for column, default in defaults}


def _impl(element: Any, dialect: Any) -> Any:
    if isinstance(element.type, NullType):
        raise TypeError(f"say of which type “{element.key}” is")  # else each driver guesses in its own way
    return element.type.dialect_impl(dialect)


T = TypeVar("T")


class InlineReader:
    """A connection for a single thread, by which the event loop itself queries SQLite.

    SQLite answers a query by key in 20 microseconds, sooner than a thread wakes up. Statements are in no transaction,
    so a second one may see newer rows than the first.
    """

    def __init__(self, url: str) -> None:
        engine = open_engine(url, pool_size=1, patience=0)  # never wait for a lock on the loop: a thread retries
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None

    @classmethod
    def of(cls, url: str) -> "InlineReader | None":
        """A reader for SQLite; None for a database across a network."""
        return cls(url) if make_url(url).get_backend_name() == "sqlite" else None

    def read(self, query: Callable[[Connection], T]) -> T:
        """The result of the query. Raises what the query raises, such as OperationalError while the file is locked."""
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            return query(self._connection)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file. The next query opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.dispose()
