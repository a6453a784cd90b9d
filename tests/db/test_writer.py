"""Group commit: one bad job takes nothing from its neighbours, and closing loses nothing."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, func, select

from db import tables
from db.engine import migrate, open_engine
from db.models import Status
from db.writer import Writer, WriterClosed
from tests.conftest import Clock


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
    assert [future.result(10) for future in futures] == list(range(500))
    assert writer.run(count) == 500


def test_a_job_that_fails_fails_alone(writer: Writer, clock: Clock) -> None:
    gate = threading.Event()
    first = writer.submit(lambda _: gate.wait(5))

    def fail(connection: Connection) -> None:
        connection.execute(tables.recent.insert(), note(-1, clock))
        raise RuntimeError("no")

    before = writer.submit(lambda c: c.execute(tables.recent.insert(), note(1, clock)) and 1)
    bad = writer.submit(fail)
    after = writer.submit(lambda c: c.execute(tables.recent.insert(), note(2, clock)) and 2)
    gate.set()
    assert first.result(10)
    assert (before.result(10), after.result(10)) == (1, 2)
    with pytest.raises(RuntimeError, match="no"):
        bad.result(10)
    assert writer.run(count) == 2


def test_closing_finishes_what_was_queued_and_takes_no_more(writer: Writer, clock: Clock) -> None:
    futures = [writer.submit(lambda c, n=n: c.execute(tables.recent.insert(), note(n, clock))) for n in range(100)]
    writer.close()
    assert all(future.done() and not future.exception() for future in futures)
    with pytest.raises(WriterClosed):
        writer.submit(count)


def test_the_words_of_a_status_are_what_is_stored() -> None:
    assert [status.value for status in Status] == ["approved", "pending", "spam", "trash"]
