"""The file of a SQLite store: prepares connections to it, and notices when it is deleted, moved or replaced.

The open connections would go on writing to a file that no longer has a name: every comment would be acknowledged and
lost with the process. A ``stat`` for each write, about a microsecond, finds out (device and inode, as
https://sqlite.org/howtocorrupt.html advises).
"""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

OPTION = "sqlite_file"
"""Execution option of an engine on SQLite: its ``SqliteFile``."""

DAMAGED = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises. Python decodes SQLite's messages and the names of columns as UTF-8, and a damaged
schema puts other bytes into them.
"""


def make_folder(folder: Path) -> None:
    """Create a folder if it is missing, but none above it. Raises OSError with a sentence for the owner."""
    try:
        folder.mkdir(exist_ok=True)
    except FileNotFoundError as error:
        reason = "cannot be created" if folder.parent.exists() else f"cannot be created: there is no {folder.parent}"
        raise OSError(f"The folder {folder} {reason}.") from error
    except FileExistsError as error:
        raise OSError(f"{folder} is a file, not a folder.") from error
    except OSError as error:
        raise OSError(f"The folder {folder} cannot be created: {error.strerror}.") from error


def create(file: Path) -> None:
    """Create a file, readable by its owner only since it will hold email addresses, unless it exists. SQLite gives its
    other files the same mode. Raises OSError with a sentence for the owner.
    """
    try:
        file.touch(mode=0o600)
    except OSError as error:
        raise OSError(f"The database {file} cannot be created or written: {error.strerror}.") from error


class SqliteFile:
    """The file at a path, as it was when it was opened."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._identity = self._current_identity()

    def check(self) -> None:
        """Raise OperationalError unless the path still leads to the same file."""
        if self._current_identity() != self._identity:
            raise OperationalError(None, None, self._error())

    def watch(self, engine: Engine) -> None:
        """Let no connection open another file, or create an empty one, in place of a missing one."""

        @event.listens_for(engine, "do_connect")
        def check_before_connecting(*_arguments: Any) -> None:
            if self._current_identity() != self._identity:
                raise self._error()  # SQLAlchemy wraps errors of the driver here

    def _current_identity(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _error(self) -> sqlite3.OperationalError:
        return sqlite3.OperationalError(
            f"{self._path} was deleted, moved or replaced while it was open. Put it back, or restart the service."
        )


def check_file(connectable: Connection | Engine) -> None:
    """Raise OperationalError if the file of a SQLite store is no longer the one that was opened."""
    file = connectable.get_execution_options().get(OPTION)
    if isinstance(file, SqliteFile):
        file.check()


def prepare_connection(patience: float, connection: Any, _record: Any) -> None:
    """Make a new connection durable, with foreign keys and without the driver's own transactions."""
    connection.isolation_level = None  # the driver must not send BEGIN: db.engine does
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
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY  # the low byte, of an extended code, too
            if not is_busy or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
