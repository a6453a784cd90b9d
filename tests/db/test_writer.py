"""Group commit: a bad job does not affect its neighbours, and closing loses no job."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, func, select
from sqlalchemy.exc import OperationalError

from db import tables
from db.engine import migrate, open_engine
from db.models import Status
from db.writer import Writer, WriterClosed, WriterFull
from tests.conftest import Clock
from tests.service_process import PATIENCE


@pytest.fixture
def writer(database_url: str) -> Iterator[Writer]:
    engine = open_engine(database_url)
    migrate(engine)
    writer = Writer(engine)
    yield writer
    if writer.alive:
        writer.close()
    engine.dispose()


def note(number: int, clock: Clock) -> dict[str, object]:
    return {"site_id": 1, "who": b"%d" % number, "at": clock()}


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(tables.recent)).scalar_one()


def test_every_job_gets_its_own_result(writer: Writer, clock: Clock) -> None:
    futures = [
        writer.submit(lambda c, n=n: c.execute(tables.recent.insert(), note(n, clock)) and n) for n in range(500)
    ]
    assert [future.result(PATIENCE) for future in futures] == list(range(500))
    assert writer.run(count) == 500


def test_a_job_that_fails_fails_alone(writer: Writer, clock: Clock) -> None:
    gate = threading.Event()
    first = writer.submit(lambda _: gate.wait(PATIENCE))

    def fail(connection: Connection) -> None:
        connection.execute(tables.recent.insert(), note(-1, clock))
        raise RuntimeError("no")

    before = writer.submit(lambda c: c.execute(tables.recent.insert(), note(1, clock)) and 1)
    bad = writer.submit(fail)
    after = writer.submit(lambda c: c.execute(tables.recent.insert(), note(2, clock)) and 2)
    gate.set()
    assert first.result(PATIENCE)
    assert (before.result(PATIENCE), after.result(PATIENCE)) == (1, 2)
    with pytest.raises(RuntimeError, match="no"):
        bad.result(PATIENCE)
    assert writer.run(count) == 2


def test_closing_finishes_what_was_queued_and_takes_no_more(writer: Writer, clock: Clock) -> None:
    futures = [writer.submit(lambda c, n=n: c.execute(tables.recent.insert(), note(n, clock))) for n in range(100)]
    writer.close()
    assert all(future.done() and not future.exception() for future in futures)
    with pytest.raises(WriterClosed):
        writer.submit(count)


def test_a_full_queue_refuses_at_once_and_keeps_what_it_has(database_url: str) -> None:
    engine = open_engine(database_url)
    writer, begun, go_on = Writer(engine, most_waiting=2), threading.Event(), threading.Event()
    writer.submit(lambda _: begun.set() or go_on.wait(PATIENCE))
    assert begun.wait(PATIENCE)
    kept = [writer.submit(lambda _, n=n: n) for n in range(2)]
    assert writer.is_full
    with pytest.raises(WriterFull):
        writer.submit(lambda _: 3)
    go_on.set()
    assert [future.result(PATIENCE) for future in kept] == [0, 1]
    assert writer.counts.refused == 1
    assert writer.run(lambda _: 4) == 4
    writer.close()
    engine.dispose()


def test_closing_gives_up_on_a_database_that_does_not_answer(database_url: str) -> None:
    engine = open_engine(database_url)
    writer, go_on = Writer(engine), threading.Event()
    writer.submit(lambda _: go_on.wait(PATIENCE))
    assert writer.close(patience=0.01) is False
    go_on.set()
    assert writer.close(patience=30) is True
    engine.dispose()


def test_one_lost_database_keeps_a_batch_waiting_once_not_each_job_in_turn(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/store.db", patience=0.2)
    locked, queued = threading.Event(), threading.Event()
    tries: list[str] = []

    def ask(statement: str) -> None:
        if locked.is_set() and statement.startswith("BEGIN"):
            tries.append(statement)
            queued.wait(PATIENCE)

    event.listen(engine, "connect", lambda connection, _record: connection.set_trace_callback(ask))
    writer = Writer(engine)
    writer.run(lambda _: 1)  # connects
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        locked.set()
        waiting = [writer.submit(lambda _: 1) for _ in range(60)]
        queued.set()
        assert {type(future.exception(30)) for future in waiting} == {OperationalError}
        locked.clear()
        assert tries in (["BEGIN IMMEDIATE"], ["BEGIN IMMEDIATE"] * 2), "what was queued first, and all the rest"
        other.execute("ROLLBACK")
        assert writer.run(lambda _: 2) == 2
    assert writer.counts.failed == 60
    writer.close()
    engine.dispose()


def test_the_writer_counts_what_it_commits(writer: Writer) -> None:
    before = writer.counts.last_commit
    writer.run(lambda _: 1)
    assert writer.counts.last_commit > before
    assert writer.counts.batches.cumulative[-1] == ("+Inf", 1)
    assert writer.counts.commits.cumulative[-1] == ("+Inf", 1)


def test_the_words_of_a_status_are_what_is_stored() -> None:
    assert [status.value for status in Status] == ["approved", "pending", "spam", "trash"]
