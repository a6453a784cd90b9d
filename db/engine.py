"""Opens a database by its URL and brings its schema up to date."""

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

from db.models import metadata

UNAVAILABLE = (OperationalError, InternalError, InterfaceError, PoolTimeout)
"""Raised when a database is locked, full, unreachable or read-only: trying again later may help."""

PATIENCE = 10.0
"""Seconds to wait for a lock, a connection, or an answer from a machine that may be down."""

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
"""A machine that lost power does not close its connections: without these they would hang for a quarter of an hour."""

WRITE = "begin_immediate"
"""Execution option of a connection that will write: SQLite takes the write lock at BEGIN, not at the first write."""


class UnknownSchema(ValueError):
    """A newer version of this program wrote the store."""


def open_engine(url: str, *, pool_size: int = 8, patience: float = PATIENCE) -> Engine:
    """An engine for a SQLAlchemy URL. Creates a SQLite file and its folder if they are missing.

    ``patience`` is the number of seconds to wait for a lock or a free connection.
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
    """``?pgbouncer=true`` turns prepared statements off: PgBouncer may give each transaction another connection, which
    does not have those that were prepared on the one before.
    """
    options: dict[str, Any] = dict(_POSTGRES) if url.get_backend_name() == "postgresql" else {}
    if url.query.get("pgbouncer") == "true":
        options["prepare_threshold"] = None
    return create_engine(
        url.difference_update_query(["pgbouncer"]),
        pool_size=pool_size,
        pool_pre_ping=True,
        pool_timeout=patience,
        hide_parameters=True,
        connect_args={name: value for name, value in options.items() if name not in url.query},
    )


def _prepare_sqlite(patience: float, connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not send BEGIN: _begin_sqlite does
    _use_wal(connection, patience)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-1000"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: Any, patience: float) -> None:
    """Turn on write-ahead logging, so that readers do not wait for the writer.

    When several processes open a new file at once, SQLite reports it as locked without its usual wait: hence the retry.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return  # each statement is its own transaction
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITE) else "BEGIN")


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision. Several processes may call this at once: one migrates, the others wait.
    A store that is up to date is not locked. Raises UnknownSchema.
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
                _create(connection)
            elif not is_current(connection):
                _upgrade(connection)
        connection.invalidate()  # so that the pool does not keep its long timeout


def is_current(connection: Connection) -> bool:
    """Whether the schema is at the newest revision. Raises UnknownSchema for a revision unknown to this version."""
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
    """A process that starts during another's migration waits for its end, which may take minutes."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA busy_timeout={_MIGRATION_PATIENCE * 1000:.0f}")


def _create(connection: Connection) -> None:
    """Create a new store from the models. A test compares the result with that of all migrations, so that a first start
    needs neither their time nor Alembic's memory.
    """
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
    from alembic import command  # not at the top: Alembic takes ten megabytes, and few starts need it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@cache
def known_revisions() -> tuple[str, ...]:
    """All revisions of the schema, newest first, from the numbers at the start of the files' names."""
    return tuple(sorted((path.stem[:4] for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py")), reverse=True))
