"""Opens a database by its URL, and brings its schema up to date."""

import sqlite3
import time
from functools import cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    create_engine,
    event,
    inspect,
    make_url,
)
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

UNAVAILABLE = (OperationalError, InternalError, InterfaceError, PoolTimeout)
"""What is raised when a database is locked, full, away, or may only be read: it is worth asking again later."""

PATIENCE = 10.0
"""Seconds to wait for a lock, a connection, or an answer from a machine that may be gone."""

_MIGRATION_PATIENCE = 600.0
_VERSION_TABLE = "alembic_version"
_MIGRATIONS = Path(__file__).parent / "migrations"

_POSTGRES = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": int(PATIENCE * 1000),
}
"""A machine that lost its power says nothing: without these its connections would hang for a quarter of an hour."""

WRITE = "begin_immediate"
"""Execution option of a connection that is going to write: SQLite then takes its lock at once, not half-way."""


class UnknownSchema(ValueError):
    """The store was written by a newer version of this program."""


def open_engine(url: str, *, pool_size: int = 8, patience: float = PATIENCE) -> Engine:
    """An engine for a SQLAlchemy URL. Makes the folder of a SQLite file if there is none. Of a lock or of a free
    connection, ``patience`` is how many seconds it waits.
    """
    parsed = make_url(url)
    # hide_parameters: an error that is logged must not hold what a reader typed
    if parsed.get_backend_name() != "sqlite":
        return _open_remote(parsed, pool_size, patience)
    if not parsed.database or parsed.database == ":memory:":
        raise ValueError("a SQLite database needs a file: sqlite:///folder/name.db")
    path = Path(parsed.database)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # it holds email addresses; SQLite gives its other files the same mode
    engine = create_engine(
        parsed,
        pool_size=pool_size,
        pool_timeout=patience,
        hide_parameters=True,
        connect_args={"timeout": patience, "check_same_thread": False},
    )
    event.listen(engine, "connect", partial(_prepare_sqlite, 3 * patience))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _open_remote(url: URL, pool_size: int, patience: float) -> Engine:
    """``?pgbouncer=true``: behind PgBouncer each transaction may get another connection, so that a statement which was
    prepared on one is not there on the next."""
    given: dict[str, Any] = dict(_POSTGRES) if url.get_backend_name() == "postgresql" else {}
    if url.query.get("pgbouncer") == "true":
        given["prepare_threshold"] = None
    return create_engine(
        url.difference_update_query(["pgbouncer"]),
        pool_size=pool_size,
        pool_pre_ping=True,
        pool_timeout=patience,
        hide_parameters=True,
        connect_args={name: value for name, value in given.items() if name not in url.query},
    )


def _prepare_sqlite(patience: float, connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    _use_wal(connection, patience)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-1000"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: Any, patience: float) -> None:
    """Readers then do not wait for the writer. Of several that open a new file at once, SQLite tells some that it is
    locked without waiting as it does elsewhere, so they ask again.
    """
    give_up = time.monotonic() + patience
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
    """Bring the schema to the newest revision. Safe to call from several processes at once: one does the work, the
    others wait for it. A store that is up to date is not even locked. Raises UnknownSchema.
    """
    with engine.connect() as connection:
        if is_current(connection):
            return
    with engine.connect().execution_options(**{WRITE: True}) as connection:
        _wait_long(connection)
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7264951)")
            if not inspect(connection).has_table(_VERSION_TABLE):
                _make(connection)
            elif not is_current(connection):
                _upgrade(connection)
        connection.invalidate()  # so that its patience goes with it


def is_current(connection: Connection) -> bool:
    """Whether the schema is at the newest revision. Raises UnknownSchema for one that this program does not know."""
    revision = None
    if inspect(connection).has_table(_VERSION_TABLE):
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    newest = known_revisions()[0]
    if revision is not None and revision not in known_revisions():
        raise UnknownSchema(
            f"The store is at revision {revision}, which this version does not know ({newest} is its newest): "
            "it was written by a newer one. Install that, or restore a backup."
        )
    return revision == newest


def _wait_long(connection: Connection) -> None:
    """Whoever starts beside a migration waits until it is done, which may take minutes."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA busy_timeout={_MIGRATION_PATIENCE * 1000:.0f}")


def _make(connection: Connection) -> None:
    """A new store is made as the models have it, which is what all migrations lead to; a test says so."""
    from db.models import metadata

    metadata.create_all(connection, checkfirst=False)
    version = Table(
        _VERSION_TABLE,
        MetaData(),
        Column("version_num", String(32), nullable=False),
        PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
    )
    version.create(connection)
    connection.execute(version.insert(), {"version_num": known_revisions()[0]})


def _upgrade(connection: Connection) -> None:
    from alembic import command  # here: a store that is up to date needs none of its ten megabytes
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@cache
def known_revisions() -> tuple[str, ...]:
    """Every revision of the schema, newest first: the numbers that their files' names begin with."""
    return tuple(sorted((path.stem[:4] for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py")), reverse=True))
