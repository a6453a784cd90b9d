"""The databases of other systems, opened so that nothing in them or beside them is changed."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from db.sqlite_file import DAMAGED
from service.importers.import_sentences import ImportSentence
from service.importers.source_file import BadSource, Opening, Source

_MAGIC = b"SQLite format 3\0"
_LONGEST = 32 * 1024 * 1024
"""Bytes of a value or a row. SQLite's own limit is 1 GB."""

_STORED = (0, 3)
"""What ``table_xinfo`` says of columns that are in the file. Others are worked out on reading, from any formula."""


class ForeignDatabase:
    """An open database. Only what is stored is read: a view, or a virtual table upon one, may run forever."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.tables = _tables(connection)

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """The rows of a table, by the names of their columns in lower case; none if there is no such table.

        Raises BadSource where the file is damaged.
        """
        if table.lower() not in self.tables:
            return
        try:
            names = _columns(self._connection, table)
            if not names:
                return
            wanted = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
            keys = [name.lower() for name in names]
            # One row at a time: many of the longest would fill the memory.
            for row in self._connection.execute(f'SELECT {wanted} FROM "{table}"'):  # noqa: S608 - quoted above
                yield dict(zip(keys, row, strict=True))
        except (*DAMAGED, MemoryError) as error:
            raise BadSource(ImportSentence.DATABASE_DAMAGED % {"reason": error}) from error


@contextmanager
def open_sqlite(source: Source) -> Iterator[ForeignDatabase]:
    """Open a source as a database. Raises BadSource if it is none."""
    if not source.opening().data.startswith(_MAGIC):
        raise BadSource(ImportSentence.NO_DATABASE % {"problem": ImportSentence.NO_BEGINNING})
    with tempfile.TemporaryDirectory(prefix="leave-a-reply-") as folder:
        try:
            with closing(_connect(source, Path(folder) / "copy.db")) as connection:
                yield ForeignDatabase(connection)
        except DAMAGED as error:
            raise BadSource(ImportSentence.NO_DATABASE % {"problem": error}) from error


def has_columns(opening: Opening, *columns: str) -> bool:
    """Whether a source is a database that seems to hold these columns, such as ``threads.uri``.

    Of a database without a path only the tables are looked for: its first bytes hold how they were made.
    """
    if not opening.data.startswith(_MAGIC):
        return False
    if opening.path and opening.path.is_file():
        with suppress(*DAMAGED, BadSource), closing(_open(opening.path)) as connection:
            return all(_has_column(connection, *column.split(".")) for column in columns)
    start = opening.data.replace(b'"', b"")
    return all(f"TABLE {column.partition('.')[0]}".encode() in start for column in columns)


def _has_column(connection: sqlite3.Connection, table: str, column: str) -> bool:
    if table.lower() not in _tables(connection):
        return False
    return column.lower() in (name.lower() for name in _columns(connection, table))


def _tables(connection: sqlite3.Connection) -> set[str]:
    """The real tables, in lower case: SQLite writes the others, which are virtual, with another beginning.

    ``PRAGMA table_list`` would tell them apart, too, but works out every view: thirty, each of the last one twice, take
    minutes.
    """
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE %'")
    return {str(row[0]).lower() for row in found}


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """The columns of a table, which is named in our code, that are stored."""
    return [str(row[1]) for row in connection.execute(f'PRAGMA main.table_xinfo("{table}")') if row[6] in _STORED]


def _connect(source: Source, copy: Path) -> sqlite3.Connection:
    if source.path and _is_plain(source.path):
        try:
            return _open(source.path)
        except sqlite3.OperationalError:  # its log cannot be read from a folder where nothing may be written
            for ending in ("", "-wal"):
                with suppress(FileNotFoundError):
                    shutil.copyfile(f"{source.path}{ending}", f"{copy}{ending}")
            return _open(copy)
    with copy.open("wb") as file:
        shutil.copyfileobj(source.binary(), file)
    return _open(copy)


def _is_plain(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _open(path: Path) -> sqlite3.Connection:
    """Open read-only, without locks and files of its own where there is no log to be read (``immutable``)."""
    logs = [Path(f"{path}{ending}") for ending in ("-wal", "-journal")]
    fixed = "" if any(log.exists() and log.stat().st_size for log in logs) else "&immutable=1"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{fixed}", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except DAMAGED:
        connection.close()
        raise
    return connection
