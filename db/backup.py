"""Copies of a SQLite store, made while it is in use, and put back only when they are sound.

SQLite's online backup begins anew whenever another process writes. Here it reads within one transaction, so that it
copies the store as it stood at one moment, however much is written meanwhile, and never has to begin anew.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from db.engine import UnknownSchema, known_revisions

Progress = Callable[[int, int], None]
"""Told the pages that are copied, and how many there are."""

_PAGES = 2000
_MAGIC = b"SQLite format 3\0"


class BadBackup(ValueError):
    """The file is no sound copy of a store. Its sentence says why."""


class StoreInUse(ValueError):
    """A process has the store open."""


def back_up(store: Path, target: Path, progress: Progress) -> None:
    """Copy the store as it stands now into one new file, mode 0600, which is complete and on the disk, or is not there.

    Raises FileExistsError, OSError, and sqlite3.Error when the store cannot be read.
    """
    if target.exists():
        raise FileExistsError(f"{target} is there already.")
    with _half(target) as half:
        _copy(_open_store(store), half, progress)
        check(half, "quick_check")
        os.link(half, target)  # fails if somebody else was first
    _sync_folder(target)


def restore(backup: Path, store: Path, kept: Path, progress: Progress) -> bool:
    """Put a sound backup in the store's place. A store that is there is kept as the file ``kept``; returns whether
    there was one.

    Raises BadBackup, UnknownSchema, StoreInUse, OSError.
    """
    check(backup)
    store.parent.mkdir(parents=True, exist_ok=True)
    with _half(store) as half:
        _copy(_open_copy(backup), half, progress)
        check(half, "quick_check")
        replaced = store.exists()
        if replaced:
            _settle(store)
            _keep(store, kept)
        half.replace(store)
    _sync_folder(store)
    return replaced


def check(path: Path, how: str = "integrity_check") -> None:
    """Raises BadBackup unless the file is a sound store, UnknownSchema for one that a newer program wrote."""
    if not path.is_file():
        raise BadBackup(f"{path} is no file.")
    try:
        with closing(_open_copy(path)) as database:
            wrong = [row[0] for row in database.execute(f"PRAGMA {how}(3)") if row[0] != "ok"]
            orphans = database.execute("PRAGMA foreign_key_check").fetchmany(3)
            revisions = [row[0] for row in database.execute("SELECT version_num FROM alembic_version")]
    except sqlite3.Error as error:
        raise BadBackup(f"{path} is no store that can be read: {error}.") from error
    if wrong or orphans:
        raise BadBackup(f"{path} is damaged: {'; '.join(wrong) or f'rows without their site, {orphans}'}.")
    if len(revisions) != 1:
        raise BadBackup(f"{path} holds no revision of a schema.")
    if revisions[0] not in known_revisions():
        raise UnknownSchema(f"{path} is at revision {revisions[0]}, which a newer version of this program wrote.")


def count_comments(path: Path) -> int:
    """How many comments a store holds; 0 if there is none or it has no table of them."""
    if not path.exists():
        return 0
    try:
        with closing(_open_store(path)) as database:
            return int(database.execute("SELECT count(*) FROM comment").fetchone()[0])
    except sqlite3.Error:
        return 0


def kept_name(store: Path, at: datetime) -> Path:
    """Where a store is kept that another takes the place of."""
    return store.with_name(f"{store.name}.before-{at:%Y%m%dT%H%M%S}")


def _open_copy(path: Path) -> sqlite3.Connection:
    """A file that nobody writes, without a trace of files beside it; but one that was copied with its ``-wal`` is read
    with that.
    """
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)


def _open_store(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=10)


def _copy(source: sqlite3.Connection, target: Path, progress: Progress) -> None:
    with closing(source) as reading, closing(sqlite3.connect(target)) as writing:
        reading.isolation_level = None
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # now the moment is fixed
        reading.backup(writing, pages=_PAGES, progress=lambda _status, left, all_: progress(all_ - left, all_))
        writing.execute("PRAGMA journal_mode=DELETE")  # one file, with no other beside it
    with target.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _half(target: Path) -> Iterator[Path]:
    """A file beside the target, for its owner alone, that is gone afterwards whatever happens."""
    half = target.with_name(f".{target.name}.{os.getpid()}.half")
    os.close(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield half
    finally:
        half.unlink(missing_ok=True)


def _settle(store: Path) -> None:
    """All of the store into its one file. Raises StoreInUse while a process has it open, which would write there."""
    with store.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            return  # SQLite would take it for an empty one, and remove what stands beside it
    with closing(sqlite3.connect(store, timeout=0.5)) as database:
        try:
            mode = database.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
        except sqlite3.OperationalError as error:
            raise StoreInUse(f"{store} is in use. Stop the service first.") from error
        except sqlite3.DatabaseError:
            return  # damaged: that may be why another takes its place
    if mode != "delete":
        raise StoreInUse(f"{store} is in use. Stop the service first.")


def _keep(store: Path, kept: Path) -> None:
    """The store under a second name, and what stands beside a damaged one out of the way: it belongs to no other."""
    os.link(store, kept)
    for ending in ("-wal", "-shm", "-journal"):
        beside = store.with_name(store.name + ending)
        if beside.exists():
            beside.rename(kept.with_name(kept.name + ending))


def _sync_folder(path: Path) -> None:
    """The name too is on the disk."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
