"""Statements for SQLite are compiled once in a process of tests, not again for the engine of each test."""

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache


def share_compiled_statements() -> None:
    """Let all engines on SQLite use one cache of compiled statements. Its keys are dialect and statement, and the
    dialects differ in nothing that SQL depends on.
    """
    shared: LRUCache[object, object] = LRUCache(2000)

    def use_shared(connection: Connection) -> None:
        if isinstance(connection.dialect, SQLiteDialect_pysqlite):
            connection.execution_options(compiled_cache=shared)

    event.listen(Engine, "engine_connect", use_shared)
    SQLiteDialect_pysqlite.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]  # by identity
    SQLiteDialect_pysqlite.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]  # goes with it
