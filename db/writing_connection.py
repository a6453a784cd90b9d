"""The writer's own connection: it stays open, and its driver begins and ends the transactions.

SQLAlchemy's way through pool, ping, events, BEGIN, COMMIT and reset makes 250 calls for each transaction. This one
makes 50, and a trip to PostgreSQL less: BEGIN also shows whether the connection is still there.
"""

from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from db.postgres import limit_statements
from db.prepared_statements import Prepared
from db.sqlite_file import check_file

_BEGIN = Prepared(text("BEGIN"))
_BEGIN_WITH_LOCK = Prepared(text("BEGIN IMMEDIATE"))
"""SQLite: take the write lock now, not at the first write."""
_COMMIT, _ROLLBACK = Prepared(text("COMMIT")), Prepared(text("ROLLBACK"))


class WritingConnection:
    """One connection for one thread, whose transactions follow one another. Errors are those of SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")  # SQLAlchemy begins and commits nothing
        self._begin_statement = _BEGIN_WITH_LOCK if engine.dialect.name == "sqlite" else _BEGIN
        self._connection: Connection | None = None

    def begin(self) -> Connection:
        """Begin a transaction. A connection that was lost since the last one is replaced."""
        check_file(self._engine)
        was_open = self._connection is not None
        try:
            return self._begin()
        except DBAPIError as error:
            if was_open and error.connection_invalidated:
                return self._begin()
            raise

    def _begin(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            self._connection.begin()  # once: to SQLAlchemy all our transactions are one
        try:
            self._begin_statement.run(self._connection, {})
            limit_statements(self._connection)
        except DBAPIError:
            self.close()
            raise
        return self._connection

    def commit(self, connection: Connection) -> None:
        """Commit what ran on the connection that ``begin`` gave. If that fails, it may have been stored or not."""
        _COMMIT.run(connection, {})
        check_file(self._engine)  # a commit to a file that was deleted meanwhile must not be acknowledged

    def roll_back(self) -> None:
        """Undo what ran since ``begin``. Raises nothing."""
        if self._connection is None:
            return
        try:
            if not self._connection.invalidated:
                if self._is_in_transaction(self._connection):
                    _ROLLBACK.run(self._connection, {})
                return
        except DBAPIError:
            pass  # the server is gone
        self.close()

    @staticmethod
    def _is_in_transaction(connection: Connection) -> bool:
        """Whether something is left to undo: SQLite undoes by itself, as when the disk is full, or has committed to a
        file that was deleted meanwhile."""
        driver: Any = connection.connection.driver_connection
        return connection.dialect.name != "sqlite" or bool(driver.in_transaction)

    def close(self) -> None:
        """Close the connection. The next transaction opens another one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()  # so that the pool does not hand it out
            connection.close()
