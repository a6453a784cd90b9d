"""Opens a database by its URL, and brings its schema up to date."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

WRITE = "begin_immediate"
"""Execution option of a connection that is going to write: SQLite then takes its lock at once, not half-way."""


def open_engine(url: str, *, pool_size: int = 8, patience: float = 30) -> Engine:
    """An engine for a SQLAlchemy URL. Makes the folder of a SQLite file if there is none, and waits ``patience``
    seconds for its locks."""
    parsed = make_url(url)
    # hide_parameters: an error that is logged must not hold what a reader typed
    if parsed.get_backend_name() != "sqlite":
        return _open_remote(parsed, pool_size)
    if not parsed.database or parsed.database == ":memory:":
        raise ValueError("a SQLite database needs a file: sqlite:///folder/name.db")
    path = Path(parsed.database)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # it holds email addresses; SQLite gives its other files the same mode
    engine = create_engine(
        parsed,
        pool_size=pool_size,
        hide_parameters=True,
        connect_args={"timeout": patience, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _open_remote(url: URL, pool_size: int) -> Engine:
    """``?pgbouncer=true``: behind PgBouncer each transaction may get another connection, so that a statement which was
    prepared on one is not there on the next."""
    behind = "pgbouncer" in url.query
    return create_engine(
        url.difference_update_query(["pgbouncer"]),
        pool_size=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"prepare_threshold": None} if behind else {},
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    _use_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-4000"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: Any) -> None:
    """Readers then do not wait for the writer. Of several that open a new file at once, SQLite tells some that it is
    locked without waiting as it does elsewhere, so they ask again.
    """
    give_up = time.monotonic() + 30
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return  # each statement stands alone
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITE) else "BEGIN")


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision. Safe to call from several processes at once: one does the work."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7264951)")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
