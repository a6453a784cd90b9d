"""The writer's connection outlives its transactions, and the database may end it at any time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from db import tables
from db.engine import migrate, open_engine
from db.writer import Writer
from db.writing_connection import WritingConnection
from tests.conftest import Clock


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def writer(engine: Engine) -> Iterator[Writer]:
    writer = Writer(engine)
    yield writer
    writer.close()


def note(connection: Connection, who: bytes, clock: Clock) -> None:
    connection.execute(tables.recent.insert(), {"site_id": 1, "who": who, "at": clock()})


def noted(engine: Engine) -> list[bytes]:
    with engine.connect() as connection:
        return list(connection.execute(select(tables.recent.c.who).order_by(tables.recent.c.who)).scalars())


def end_session(connection: Connection, session: int) -> None:
    connection.execute(select(func.pg_terminate_backend(session))).all()


def session_of(connection: Connection) -> int:
    return connection.execute(select(func.pg_backend_pid())).scalar_one()


def test_all_transactions_use_one_connection(engine: Engine, writer: Writer) -> None:
    used: list[Any] = [writer.run(lambda connection: connection.connection.driver_connection) for _ in range(3)]
    assert used[0] is used[1] is used[2]
    assert engine.pool.status().endswith("Current Checked out connections: 1")


def test_each_transaction_is_seen_by_others_once_it_is_committed(engine: Engine, writer: Writer, clock: Clock) -> None:
    def look_from_outside(connection: Connection) -> list[bytes]:
        note(connection, b"b", clock)
        return noted(engine)

    writer.run(note, b"a", clock)
    assert writer.run(look_from_outside) == [b"a"]
    assert noted(engine) == [b"a", b"b"]


def test_what_a_failed_job_wrote_is_undone_and_the_connection_goes_on(
    engine: Engine, writer: Writer, clock: Clock
) -> None:
    def twice(connection: Connection) -> None:
        note(connection, b"a", clock)
        note(connection, b"a", clock)

    with pytest.raises(IntegrityError):
        writer.run(twice)
    writer.run(note, b"b", clock)
    assert noted(engine) == [b"b"]


def test_after_a_commit_to_a_deleted_file_the_pool_gets_no_connection_without_a_file(sqlite_url: str) -> None:
    """It would give it to a reader, for whom it cannot be opened again."""
    engine = open_engine(sqlite_url)
    migrate(engine)
    writing = WritingConnection(engine)
    connection = writing.begin()
    Path(sqlite_url.removeprefix("sqlite:///")).unlink()
    with pytest.raises(OperationalError, match="was deleted"):
        writing.commit(connection)
    writing.roll_back()
    assert engine.pool.status().endswith("Current Checked out connections: 1")
    writing.close()
    engine.dispose()


def test_a_closed_writer_leaves_no_connection(database_url: str) -> None:
    engine, open_connections = open_engine(database_url), list[object]()
    event.listen(engine, "connect", lambda connection, _record: open_connections.append(connection))
    event.listen(engine, "close", lambda connection, _record: open_connections.remove(connection))
    writer = Writer(engine)
    writer.run(lambda _: 1)
    assert open_connections
    writer.close()
    assert open_connections == []
    engine.dispose()


def test_a_connection_that_ended_while_idle_is_replaced_and_nobody_notices(postgres_url: str, clock: Clock) -> None:
    engine = open_engine(postgres_url)
    migrate(engine)
    writer = Writer(engine)
    with engine.begin() as other:
        end_session(other, writer.run(session_of))
    writer.run(note, b"a", clock)
    assert noted(engine) == [b"a"]
    writer.close()
    engine.dispose()


def test_a_job_whose_connection_ends_fails_and_the_next_gets_another(postgres_url: str, clock: Clock) -> None:
    engine = open_engine(postgres_url)
    migrate(engine)
    writer = Writer(engine)

    def lose(connection: Connection) -> None:
        note(connection, b"lost", clock)
        with engine.begin() as other:
            end_session(other, session_of(connection))
        note(connection, b"lost, too", clock)

    with pytest.raises(OperationalError):
        writer.run(lose)
    writer.run(note, b"a", clock)
    assert noted(engine) == [b"a"]
    writer.close()
    engine.dispose()
