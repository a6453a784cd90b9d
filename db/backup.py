"""Backs up a SQLite database while it is in use, and restores a backup after checking it.

SQLite's online backup restarts whenever another process writes, so on a busy store it might never end. Here it runs
inside one read transaction: in write-ahead mode a reader keeps its snapshot, so the copy is of one moment. The secret
is not part of a backup, since the two together tell which networks wrote.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from db.engine import UnknownSchema, known_revisions, upgrade
from db.sqlite_file import DAMAGED

Progress = Callable[[int, int], None]
"""Called with the number of pages copied and the total."""

_PAGES = 2000
_MAGIC = b"SQLite format 3\0"


class BadBackup(ValueError):
    """The file is not a sound copy of a database; the message says why."""


class StoreInUse(ValueError):
    """A process has the database open."""


def back_up(store: Path, target: Path, progress: Progress) -> None:
    """Copy the database as it is now into a new file, mode 0600. The file is complete and synced, or it does not exist.

    Raises FileExistsError, OSError, and sqlite3.Error when the store cannot be read.
    """
    if target.exists():
        raise FileExistsError(f"{target} already exists.")
    if not target.absolute().parent.is_dir():
        raise FileNotFoundError(f"the folder {target.parent} does not exist.")
    if not os.access(target.absolute().parent, os.W_OK):
        raise PermissionError(f"this user cannot write to the folder {target.absolute().parent}.")
    with _temporary_file(target) as temporary:
        _copy(_open_store(store), temporary, progress)
        check(temporary, "quick_check")
        os.link(temporary, target)  # fails if another process was first
    _sync_folder(target)


def restore(backup: Path, store: Path, kept: Path, progress: Progress) -> bool:
    """Replace the database by a sound backup. One that exists is kept as the file ``kept``; returns whether one did.

    Raises BadBackup, UnknownSchema, StoreInUse, OSError.
    """
    check(backup)
    _check_schema(backup)
    store.parent.mkdir(parents=True, exist_ok=True)
    with _temporary_file(store) as temporary:
        _copy(_open_copy(backup), temporary, progress)
        check(temporary, "quick_check")
        replaced = store.exists()
        if replaced:
            _checkpoint(store)
            _keep(store, kept)
        temporary.replace(store)
    _sync_folder(store)
    return replaced


def check(path: Path, pragma: str = "integrity_check") -> None:
    """Check a file with SQLite's ``integrity_check`` or the faster ``quick_check``, its foreign keys and its revision.

    Raises BadBackup unless it is a sound store, UnknownSchema for one that a newer version wrote.
    """
    if not path.is_file():
        raise BadBackup(f"{path} is not a file.")
    try:
        with closing(_open_copy(path)) as database:
            faults = [row[0] for row in database.execute(f"PRAGMA {pragma}(3)") if row[0] != "ok"]
            orphans = database.execute("PRAGMA foreign_key_check").fetchmany(3)
            revisions = [row[0] for row in database.execute("SELECT version_num FROM alembic_version")]
    except DAMAGED as error:
        raise BadBackup(f"{path} is not a readable database: {error}.") from error
    if faults or orphans:
        raise BadBackup(f"{path} is damaged: {'; '.join(faults) or f'rows without their site, {orphans}'}.")
    if len(revisions) != 1:
        raise BadBackup(f"{path} is not a database of this program.")
    if revisions[0] not in known_revisions():
        raise UnknownSchema(f"{path} is at revision {revisions[0]}, which a newer version of this program wrote.")


def _check_schema(path: Path) -> None:
    """Raise BadBackup if a table, column or index of the file's revision is missing, or there is a trigger or a view
    that is not ours to the letter.

    Without a unique index two readers could be first, and a trigger or a view would run its author's statements.
    """
    with closing(_open_copy(path)) as database:
        revision = database.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        schema, programs = _schema(database), _programs(database)
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        upgrade(connection, revision)
        driver: Any = connection.connection.driver_connection
        expected, ours = _schema(driver), _programs(driver)
    engine.dispose()
    if missing := sorted(expected - schema):
        raise BadBackup(f"{path} lacks the {' '.join(missing[0])}, which a database of revision {revision} has.")
    if foreign := sorted(programs - ours):
        raise BadBackup(f"{path} has a {' '.join(foreign[0][:2])}, which no database of ours has.")


def _programs(database: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """Kind, name and statement of every trigger and view."""
    return set(database.execute("SELECT type, name, sql FROM sqlite_schema WHERE type IN ('trigger', 'view')"))


def _schema(database: sqlite3.Connection) -> set[tuple[str, str]]:
    """Kind and name of everything in a database, columns as ``table.column``."""
    query = "SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    entries = set(database.execute(query))
    columns = (
        "SELECT 'column', entry.name || '.' || info.name FROM sqlite_schema entry, pragma_table_info(entry.name) info "
        "WHERE entry.type = 'table'"
    )
    return entries | set(database.execute(columns))


def count_comments(path: Path) -> int:
    """The number of comments in a database; 0 if the file or the table does not exist."""
    if not path.exists():
        return 0
    try:
        with closing(_open_store(path)) as database:
            return int(database.execute("SELECT count(*) FROM comment").fetchone()[0])
    except DAMAGED:
        return 0


def kept_name(store: Path, at: datetime) -> Path:
    """The name under which a database is kept when a backup replaces it."""
    return store.with_name(f"{store.name}.before-{at:%Y%m%dT%H%M%S}")


def _open_copy(path: Path) -> sqlite3.Connection:
    """Open a file that nobody writes to, without creating files next to it. A ``-wal`` copied with it is read too."""
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)


def _open_store(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=10)


def _copy(source: sqlite3.Connection, target: Path, progress: Progress) -> None:
    with closing(source) as reading, closing(sqlite3.connect(target)) as writing:
        reading.isolation_level = None
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the snapshot is taken now
        reading.backup(writing, pages=_PAGES, progress=lambda _status, left, total: progress(total - left, total))
        writing.execute("PRAGMA journal_mode=DELETE")  # a single file, without -wal and -shm
    with target.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _temporary_file(target: Path) -> Iterator[Path]:
    """An empty file next to the target, readable by its owner only, and removed at the end in any case."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.half")
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _checkpoint(store: Path) -> None:
    """Move the write-ahead log into the database file. Raises StoreInUse while a process has it open."""
    with store.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            return  # SQLite would treat it as empty and delete its -wal
    with closing(sqlite3.connect(store, timeout=0.5)) as database:
        try:
            mode = database.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
        except sqlite3.OperationalError as error:
            raise StoreInUse(f"{store} is in use. Stop the service first.") from error
        except DAMAGED:
            return  # damaged, which may be why it is being replaced
    if mode != "delete":
        raise StoreInUse(f"{store} is in use. Stop the service first.")


def _keep(store: Path, kept: Path) -> None:
    """Link the database to its second name, and move a damaged one's side files away: they must not join another's."""
    os.link(store, kept)
    for ending in ("-wal", "-shm", "-journal"):
        side_file = store.with_name(store.name + ending)
        if side_file.exists():
            side_file.rename(kept.with_name(kept.name + ending))


def _sync_folder(path: Path) -> None:
    """Sync the folder, so that the file's name survives a power cut too."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
