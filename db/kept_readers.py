"""Connections to PostgreSQL for queries by a few keys. They stay open, each for one thread at a time.

A query by key costs less than what SQLAlchemy's pool does around it: a ping, BEGIN and ROLLBACK are trips of their own.
Here each statement is its own transaction, as with ``InlineReader``, so a second one may see newer rows than the first.
"""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from db.postgres import limits_each_transaction

T = TypeVar("T")


class KeptReaders:
    """As many connections as threads read at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._idle: list[Connection] = []

    @classmethod
    def of(cls, engine: Engine) -> "KeptReaders | None":
        """None for SQLite, and where only a transaction's own settings limit how long a statement may take."""
        return cls(engine) if engine.dialect.name == "postgresql" and not limits_each_transaction(engine) else None

    def read(self, query: Callable[[Connection], T]) -> T:
        """The result of the query, which runs again if its connection was lost since the last one."""
        try:
            kept = self._idle.pop()
        except IndexError:
            return self._read_on(self._engine.connect(), query)
        try:
            return self._read_on(kept, query)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return self._read_on(self._engine.connect(), query)

    def _read_on(self, connection: Connection, query: Callable[[Connection], T]) -> T:
        try:
            result = query(connection)
        except BaseException:
            _close(connection)
            raise
        self._idle.append(connection)
        return result

    def close(self) -> None:
        """Close those that nobody uses."""
        while self._idle:
            _close(self._idle.pop())


def _close(connection: Connection) -> None:
    connection.invalidate()  # so that the pool does not hand it out
    connection.close()
