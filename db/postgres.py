"""Opens PostgreSQL, or what speaks its protocol, with a limit for every wait."""

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, MetaData, Pool, create_engine, event

if TYPE_CHECKING:
    from db.watched_connection import WatchedConnection, WatchedServer

LONG = "long"
"""Execution option of a connection whose statements may take minutes, and wait as long for a lock, on PostgreSQL."""

LONG_PATIENCE = 600.0
"""Seconds that such a connection waits for a lock."""

_LIMITS = "limits"
"""Execution option of an engine: the limits that each transaction sets, in milliseconds by their names."""

_LOCK_SHARE = 1 / 5
"""The part of ``patience`` that a statement waits for a lock of PostgreSQL: a post that reads and writes several locked
tables waits up to four times, and must still be answered within ``patience``."""

_NETWORK_SECONDS = 2.0
"""Seconds by which the answer to a statement may come later than the server should have ended it."""


def open_remote(url: URL, pool_size: int, patience: float, statement_seconds: float) -> Engine:
    """An engine for a database across a network; see ``db.engine.open_engine``.

    ``?pgbouncer=true`` turns prepared statements off: PgBouncer may give each transaction another connection, which
    does not have those that were prepared on the one before.
    """
    is_postgres = url.get_backend_name() == "postgresql"
    is_pooled = url.query.get("pgbouncer") == "true"
    options: dict[str, Any] = _network_options(patience) if is_postgres else {}
    milliseconds = {"lock_timeout": patience * _LOCK_SHARE * 1000, "statement_timeout": statement_seconds * 1000}
    if is_pooled:
        options["prepare_threshold"] = None
    elif is_postgres:
        options["options"] = " ".join(f"-c {name}={value:.0f}" for name, value in milliseconds.items())
    # PgBouncer refuses options of a session, and the URL's own replace ours. Then each transaction sets them.
    in_each_transaction = is_postgres and (is_pooled or "options" in url.query)
    engine = create_engine(
        url.difference_update_query(["pgbouncer"]),
        execution_options={_LIMITS: milliseconds if in_each_transaction else {}},
        pool_size=pool_size,
        pool_pre_ping=True,
        pool_timeout=patience,
        hide_parameters=True,
        connect_args={name: value for name, value in options.items() if name not in url.query},
    )
    if is_postgres:
        longest = statement_seconds + _NETWORK_SECONDS
        if url.get_driver_name() == "psycopg":
            _watch(engine, longest)
        event.listen(engine, "begin", partial(_limit_transaction, longest))
    event.listen(engine, "engine_disposed", partial(_close_returned, engine.pool), once=True)
    return engine


def _close_returned(pool: Pool, _engine: Engine) -> None:
    """From now on close connections that come back to the pool: SQLAlchemy closes those that are in it when the engine
    is disposed of, and forgets those that a thread still holds."""
    event.listen(pool, "checkin", lambda _driver, record: record.invalidate())


def copy_index_conditions(metadata: MetaData) -> None:
    """Give PostgreSQL's indexes the conditions of SQLite's. The models name those alone: to name both would load
    SQLAlchemy's part for PostgreSQL, which takes 2 MB and a fortieth of the start."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if (condition := index.dialect_kwargs.get("sqlite_where")) is not None:
                index.dialect_kwargs["postgresql_where"] = condition


def _network_options(patience: float) -> dict[str, Any]:
    """A machine that lost power does not close its connections: without these they would hang for a quarter of an
    hour."""
    keep_alive = {"keepalives_idle": 10, "keepalives_interval": 3, "keepalives_count": 3}
    return {"connect_timeout": 5, "tcp_user_timeout": int(patience * 1000), **keep_alive}


def _watch(engine: Engine, longest: float) -> None:
    from db.watched_connection import WatchedServer  # not at the top: with SQLite the driver may be missing

    server = WatchedServer(longest)
    event.listen(engine, "do_connect", partial(_connect, server))


def _connect(
    server: "WatchedServer", _dialect: Any, _record: Any, args: list[Any], options: dict[str, Any]
) -> "WatchedConnection":
    return server.connect(args, options)


def _limit_transaction(longest: float, connection: Connection) -> None:
    options = connection.get_execution_options()
    driver: Any = connection.connection.driver_connection
    driver.longest = math.inf if options.get(LONG) else longest
    if options.get("isolation_level") != "AUTOCOMMIT":
        limit_statements(connection)


def limits_each_transaction(engine: Engine) -> bool:
    """Whether each transaction sets its limits, since the session cannot."""
    return bool(engine.get_execution_options().get(_LIMITS))


def limit_statements(connection: Connection) -> None:
    """Limit the statements of the transaction that has just begun, where the session does not."""
    options = connection.get_execution_options()
    milliseconds = options.get(_LIMITS)
    if options.get(LONG):
        milliseconds = {"lock_timeout": LONG_PATIENCE * 1000, "statement_timeout": 0}
    if milliseconds:
        settings = ", ".join(f"set_config('{name}', '{value:.0f}', true)" for name, value in milliseconds.items())
        connection.exec_driver_sql(f"SELECT {settings}")  # true: as SET LOCAL, until the transaction ends
