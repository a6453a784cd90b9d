"""A backup is a snapshot of a store in use. A restore accepts only a sound one."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from db import backup
from db.engine import UnknownSchema, migrate, open_engine
from tests.service_process import PATIENCE


def quiet(_done: int, _total: int) -> None:
    """Report no progress."""


def write(store: Path, first: int, count: int) -> None:
    """Two rows in one transaction for each number, so that half a transaction would show."""
    with closing(sqlite3.connect(store, isolation_level=None, timeout=30)) as database:
        for number in range(first, first + count):
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO chore VALUES (?, '2026-11-24')", (f"left {number}",))
            database.execute("INSERT INTO chore VALUES (?, '2026-11-24')", (f"right {number}",))
            database.execute("COMMIT")


def rows(store: Path) -> list[str]:
    with closing(sqlite3.connect(store)) as database:
        return [name for (name,) in database.execute("SELECT name FROM chore")]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with one pair of rows, not open in any process."""
    path = tmp_path / "var" / "comments.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    write(path, 0, 1)
    return path


@pytest.fixture
def copy(store: Path, tmp_path: Path) -> Path:
    backup.back_up(store, tmp_path / "copy.db", quiet)
    return tmp_path / "copy.db"


@pytest.fixture
def writing(store: Path) -> Iterator[Event]:
    """Another connection that writes without pause. The event is set after its first write."""
    begun, stop = Event(), Event()

    def work() -> None:
        number = 1
        while not stop.is_set():
            write(store, number, 1)
            number += 1
            begun.set()

    thread = Thread(target=work)
    thread.start()
    yield begun
    stop.set()
    thread.join()


def test_a_backup_during_writes_is_one_moment_and_comes_to_an_end(
    store: Path, writing: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_PAGES", 1)  # so that the writes come in between
    assert writing.wait(PATIENCE)
    progress: list[tuple[int, int]] = []
    before = len(rows(store))
    backup.back_up(store, tmp_path / "copy.db", lambda done, total: progress.append((done, total)))
    after = rows(store)
    copied = rows(tmp_path / "copy.db")
    assert before <= len(copied) <= len(after)
    assert {name.split()[1] for name in copied if "left" in name} == {
        name.split()[1] for name in copied if "right" in name
    }
    assert progress[-1] == (len(progress), len(progress))


def test_a_backup_is_one_file_for_its_owner_alone(copy: Path) -> None:
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [path.name for path in copy.parent.iterdir() if path.is_file()] == ["copy.db"]
    assert len(rows(copy)) == 2


def test_a_backup_never_replaces_a_file(store: Path, copy: Path) -> None:
    before = copy.read_bytes()
    with pytest.raises(FileExistsError, match="already exists"):
        backup.back_up(store, copy, quiet)
    assert copy.read_bytes() == before


def test_a_backup_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"no store" * 1000)
    with pytest.raises((ValueError, sqlite3.Error)):
        backup.back_up(tmp_path / "store.db", tmp_path / "copy.db", quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["store.db"]


def test_a_restore_puts_the_backup_in_place_and_keeps_what_was_there(store: Path, copy: Path) -> None:
    write(store, 1, 1)
    kept = store.with_name("kept.db")
    assert backup.restore(copy, store, kept, quiet) is True
    assert (len(rows(store)), len(rows(kept))) == (2, 4)
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    assert len(rows(copy)) == 2, "the backup itself stays"


def test_a_restore_into_an_empty_folder_makes_the_store(copy: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "new" / "comments.db"
    assert backup.restore(copy, fresh, tmp_path / "kept.db", quiet) is False
    migrate(open_engine(f"sqlite:///{fresh}"))
    assert len(rows(fresh)) == 2


def test_a_store_that_a_process_has_open_is_not_replaced(store: Path, copy: Path) -> None:
    engine = open_engine(f"sqlite:///{store}")
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1 FROM chore")
    with pytest.raises(backup.StoreInUse, match="Stop the service first"):
        backup.restore(copy, store, store.with_name("kept.db"), quiet)
    engine.dispose()
    assert not store.with_name("kept.db").exists()
    assert backup.restore(copy, store, store.with_name("kept.db"), quiet) is True


@pytest.mark.parametrize("damage", ["cut", "scribbled", "text", "empty", "missing"])
def test_a_damaged_backup_is_refused_and_the_store_stays(store: Path, copy: Path, damage: str) -> None:
    content = copy.read_bytes()
    copy.unlink()
    spoilt = {
        "cut": content[: len(content) // 2],
        "scribbled": content[:8192] + os.urandom(len(content) - 8192),
        "text": b"-- PostgreSQL database dump",
        "empty": b"",
    }
    if damage in spoilt:
        copy.write_bytes(spoilt[damage])
    with pytest.raises(backup.BadBackup):
        backup.restore(copy, store, store.with_name("kept.db"), quiet)
    assert len(rows(store)) == 2
    assert [path.name for path in store.parent.iterdir()] == ["comments.db"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("DROP TABLE comment", "lacks the .*comment"),
        ("DROP TABLE subscription", "lacks the .*subscription"),
        ("DROP INDEX uq_admin_first", "lacks the index uq_admin_first"),
        ("ALTER TABLE page DROP COLUMN closed", "lacks the column page.closed"),
        ("CREATE TRIGGER all_gone AFTER INSERT ON page BEGIN DELETE FROM comment; END", "has a trigger all_gone"),
        (
            "DROP TRIGGER comment_search_deleted; CREATE TRIGGER comment_search_deleted "
            "AFTER INSERT ON page BEGIN DELETE FROM comment; END",
            "has a trigger comment_search_deleted",
        ),
        ("CREATE VIEW everything AS SELECT * FROM comment", "has a view everything"),
    ],
)
def test_a_file_with_another_schema_is_refused_and_the_store_stays(
    store: Path, copy: Path, change: str, sentence: str
) -> None:
    with closing(sqlite3.connect(copy)) as database, database:
        database.executescript(change)
    with pytest.raises(backup.BadBackup, match=sentence):
        backup.restore(copy, store, store.with_name("kept.db"), quiet)
    assert len(rows(store)) == 2
    assert [path.name for path in store.parent.iterdir()] == ["comments.db"]


def test_an_index_and_statistics_of_the_owners_are_restored(store: Path, copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as database, database:
        database.execute("CREATE INDEX of_the_owner ON comment (author)")
        database.execute("ANALYZE")
    assert backup.restore(copy, store, store.with_name("kept.db"), quiet) is True


def test_a_backup_of_a_newer_version_is_refused(store: Path, copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UnknownSchema, match="9999"):
        backup.restore(copy, store, store.with_name("kept.db"), quiet)


def test_a_damaged_store_can_be_replaced_and_none_of_it_gets_into_the_new_one(store: Path, copy: Path) -> None:
    store.write_bytes(b"broken" * 1000)
    store.with_name("comments.db-wal").write_bytes(b"old pages")
    assert backup.restore(copy, store, store.with_name("kept.db"), quiet) is True
    assert len(rows(store)) == 2
    assert store.with_name("kept.db").read_bytes().startswith(b"broken")
    assert store.with_name("kept.db-wal").read_bytes() == b"old pages"
