"""Empties the PostgreSQL database that the tests of a process share."""

import psycopg

_USED = """
    SELECT string_agg(format('SELECT %L WHERE EXISTS (SELECT FROM %I)', tablename, tablename), ' UNION ALL ')
    FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""
"""Writes the query for the tables that have rows."""

_RESTART = "SELECT setval(quote_ident(sequencename)::regclass, start_value, false) FROM pg_sequences"


class SharedPostgres:
    """The database at ``url``, with a connection of its own that is kept, since each new one starts a process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: psycopg.Connection | None = None
        self._used = b""

    def empty(self) -> None:
        """Delete all rows, but for the revision, and begin all sequences anew."""
        try:
            self._empty(self._connection or self._connect())
        except psycopg.OperationalError:  # a test ended all connections
            self._empty(self._connect())

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> psycopg.Connection:
        self.close()
        plain = self.url.replace("postgresql+psycopg://", "postgresql://")
        # as a replica's, its deletions fire no triggers, and need no order for foreign keys
        connection = psycopg.connect(plain, autocommit=True, options="-c session_replication_role=replica")
        [(used,)] = connection.execute(_USED)
        self._connection, self._used = connection, used.encode()
        return connection

    def _empty(self, connection: psycopg.Connection) -> None:
        """TRUNCATE takes four times as long: with CASCADE it makes a new file for nearly every table. Without VACUUM,
        the order of rows in a table would depend on the tests before.
        """
        used = ", ".join(f'"{name}"' for (name,) in connection.execute(self._used))
        if used:
            connection.execute("; ".join(f"DELETE FROM {name}" for name in used.split(", ")).encode())
            connection.execute(f"VACUUM {used}".encode())
        connection.execute(_RESTART)
