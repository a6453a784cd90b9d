"""Questions asked on the event loop itself: never waiting, never keeping an old view of the file."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError

from db import tables
from db.engine import migrate, open_engine
from db.prepared_statements import InlineReader
from tests.conftest import Clock


def number(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(tables.recent)).scalar_one()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


def test_each_question_sees_what_was_written_before_it(url: str, clock: Clock) -> None:
    engine = open_engine(url)
    migrate(engine)
    inline_reader = InlineReader(url)
    assert inline_reader.read(number) == 0
    with engine.begin() as connection:
        connection.execute(tables.recent.insert(), {"site_id": 1, "who": b"a", "at": clock()})
        assert inline_reader.read(number) == 0
    assert inline_reader.read(number) == 1
    inline_reader.close()
    engine.dispose()


def test_a_locked_file_is_told_at_once_and_the_next_question_is_answered(url: str, tmp_path: Path) -> None:
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    inline_reader = InlineReader(url)
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("DELETE FROM recent")
    other.execute("COMMIT")
    with pytest.raises(OperationalError, match="locked"):
        inline_reader.read(number)
    other.close()
    assert inline_reader.read(number) == 0
    inline_reader.close()


def test_a_database_across_a_network_is_not_near() -> None:
    assert InlineReader.of("postgresql+psycopg://db.example/reply") is None
