"""Opens a database by its URL and brings its schema up to date."""

import sys
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
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    InterfaceError,
    InternalError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db import sqlite_file
from db.models import metadata
from db.postgres import LONG, LONG_PATIENCE, copy_index_conditions, open_remote
from db.sqlite_file import SqliteFile
from db.word_index import create_search

UNAVAILABLE = (OperationalError, InternalError, InterfaceError, PoolTimeout)
"""Raised when a database is locked, full, unreachable or read-only: trying again later may help."""

PATIENCE = 10.0
"""Seconds to wait for a lock, a connection, or an answer from a machine that may be down."""

_VERSION_TABLE = "alembic_version"
_MIGRATIONS = Path(__file__).parent / "migrations"

_URLS = "sqlite:///folder/name.db or postgresql+psycopg://user:password@host/name"

WRITE = "begin_immediate"
"""Execution option of a connection that will write: SQLite takes the write lock at BEGIN, not at the first write."""


class BadDatabaseUrl(ValueError):
    """A URL names no database that can be used; the message says what to write, without the URL, which may hold a
    password."""


class UnknownSchema(ValueError):
    """A newer version of this program wrote the store."""


class DatabaseAway(SQLAlchemyError):
    """No connection to the database can be made; the message says which and why, in one sentence."""


def is_timeout(error: BaseException) -> bool:
    """Whether PostgreSQL gave up waiting: for a lock (55P03), or for a statement to end (57014)."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in ("55P03", "57014")


def is_conflict(error: BaseException) -> bool:
    """Whether the database ended this transaction in favour of another: a deadlock (40P01), or transactions that cannot
    have run one after the other (40001, as CockroachDB answers). Nothing of it is stored, and trying again helps."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in ("40P01", "40001")


def open_engine(
    url: str, *, pool_size: int = 8, patience: float = PATIENCE, statement_seconds: float = PATIENCE
) -> Engine:
    """An engine for a SQLAlchemy URL. Creates a SQLite file and its folder if they are missing, but no folder above
    it: a misspelt path must not become a new, empty store. Raises BadDatabaseUrl, OSError.

    ``patience`` is the number of seconds to wait for a free connection or SQLite's lock, and a fifth of it for a lock
    of PostgreSQL. A statement may take ``statement_seconds`` on PostgreSQL. A table that another session has locked
    must not hold the service up for longer.
    """
    parsed = parse_url(url)
    # hide_parameters: an error that is logged must not hold what a reader typed
    if parsed.get_backend_name() != "sqlite":
        try:
            return open_remote(parsed, pool_size, patience, statement_seconds)
        except ModuleNotFoundError as error:
            install = f"{sys.executable} -m pip install 'psycopg[binary]'"
            raise BadDatabaseUrl(f"PostgreSQL needs one more package: {install}") from error
        except NoSuchModuleError as error:
            raise BadDatabaseUrl(f"unknown driver; write {_URLS}") from error
    if not parsed.database or parsed.database == ":memory:":
        raise BadDatabaseUrl("a SQLite database needs a file: sqlite:///folder/name.db")
    path = Path(parsed.database)
    sqlite_file.make_folder(path.parent)
    sqlite_file.create(path)
    file = SqliteFile(path)
    engine = create_engine(
        parsed,
        execution_options={sqlite_file.OPTION: file},
        pool_size=pool_size,
        pool_timeout=patience,
        hide_parameters=True,
        connect_args={"timeout": patience, "check_same_thread": False},
    )
    event.listen(engine, "connect", partial(sqlite_file.prepare_connection, 3 * patience))
    event.listen(engine, "begin", _begin_sqlite)
    file.watch(engine)
    return engine


def file_of(url: str) -> Path | None:
    """The file of a SQLite database; None for another database, and for a URL that opening it would refuse."""
    try:
        parsed = parse_url(url)
    except BadDatabaseUrl:
        return None
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def parse_url(url: str) -> URL:
    """A SQLAlchemy URL of a database that can be used. Raises BadDatabaseUrl."""
    try:
        parsed = make_url(url.replace("postgres://", "postgresql+psycopg://", 1))  # as some hosts write it
        backend = parsed.get_backend_name()
    except ArgumentError as error:
        raise BadDatabaseUrl(f"not a database URL; write {_URLS}") from error
    if backend not in ("sqlite", "postgresql", "cockroachdb"):
        raise BadDatabaseUrl(f"{backend} is not supported; write {_URLS}")
    return parsed


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return  # each statement is its own transaction
    if options.get(WRITE):
        sqlite_file.check_file(connection)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITE) else "BEGIN")


def at_one_moment(connection: Connection) -> Connection:
    """The connection, its queries from now on all of the store of one moment. It must not have begun a transaction.
    SQLite's transactions are so anyway."""
    if connection.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="REPEATABLE READ")
    return connection


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision. Several processes may call this at once: one migrates, the others wait.
    A store that is up to date is not locked. Raises UnknownSchema, DatabaseAway."""
    with _connect(engine) as connection:
        if is_current(connection):
            return
    with engine.connect().execution_options(**{WRITE: True, LONG: True}) as connection:
        _prepare_migration(connection)
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7264951)")
            if not inspect(connection).has_table(_VERSION_TABLE):
                _create(connection)
            elif not is_current(connection):
                upgrade(connection)
                _check_foreign_keys(connection)
        connection.invalidate()  # so that the pool does not keep what was set for the migration


def _connect(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except UNAVAILABLE as error:
        if engine.dialect.name == "sqlite":
            raise  # its own sentence names the file
        reason = str(getattr(error, "orig", error)).strip().partition("\n")[0].removeprefix("connection failed: ")
        raise DatabaseAway(f"REPLY_DATABASE_URL: no connection to PostgreSQL: {reason}") from error
    except DatabaseError as error:
        raise DatabaseAway(f"{engine.url.database} is not a SQLite database, or is damaged.") from error


def is_current(connection: Connection) -> bool:
    """Whether the schema is at the newest revision. Raises UnknownSchema for a revision unknown to this version."""
    revision = None
    if inspect(connection).has_table(_VERSION_TABLE):
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    newest = known_revisions()[0]
    if revision is not None and revision not in known_revisions():
        raise UnknownSchema(
            f"The database is at revision {revision}, which this version does not know ({newest} is its newest): "
            "a newer version wrote it. Install that version, or restore a backup."
        )
    return revision == newest


def _prepare_migration(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        # a process that starts during another's migration waits for its end, which may take minutes
        driver.execute(f"PRAGMA busy_timeout={LONG_PATIENCE * 1000:.0f}")
        # SQLite changes a column by making its table again, and its rows may be referred to meanwhile. Within a
        # transaction this has no effect (https://sqlite.org/lang_altertable.html, section 7).
        driver.execute("PRAGMA foreign_keys=OFF")


def _check_foreign_keys(connection: Connection) -> None:
    """What SQLite did not check during the migration. Raises RuntimeError, and nothing of it is kept."""
    if connection.dialect.name == "sqlite":
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(3)
        if orphans:
            raise RuntimeError(f"The migration would leave rows without what they refer to: {orphans}")


def _create(connection: Connection) -> None:
    """Create a new store from the models. A test compares the result with that of all migrations, so that a first start
    needs neither their time nor Alembic's memory."""
    if connection.dialect.name != "sqlite":
        copy_index_conditions(metadata)
    metadata.create_all(connection, checkfirst=False)
    create_search(connection)
    version = Table(
        _VERSION_TABLE,
        MetaData(),
        Column("version_num", String(32), nullable=False),
        PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
    )
    version.create(connection)
    connection.execute(version.insert(), {"version_num": known_revisions()[0]})


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to a revision, within the connection's transaction."""
    from alembic import command  # not at the top: Alembic takes ten megabytes, and few starts need it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@cache
def known_revisions() -> tuple[str, ...]:
    """All revisions of the schema, newest first, from the numbers at the start of the files' names."""
    return tuple(sorted((path.stem[:4] for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py")), reverse=True))
