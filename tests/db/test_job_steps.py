"""Jobs in steps: those of a batch run side by side on PostgreSQL, and have the same results as one after the other."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.exc import IntegrityError

from db import tables
from db.dialect_sql import step_of_insert
from db.engine import migrate, open_engine
from db.job_steps import JobInSteps, Step, Steps
from db.prepared_statements import Prepared
from db.watched_connection import WatchedConnection
from db.writer import Writer
from tests.conftest import Clock
from tests.service_process import PATIENCE

WHO = tables.recent.c.who
FIND = Prepared(select(WHO).where(bindparam("b_who", type_=WHO.type) == WHO))
INSERT = Prepared(tables.recent.insert(), ("site_id", "who", "at"))


@pytest.fixture
def writer(database_url: str) -> Iterator[Writer]:
    engine = open_engine(database_url)
    migrate(engine)
    writer = Writer(engine)
    yield writer
    writer.close()
    engine.dispose()


class Batch:
    """Jobs that the writer gets all at once."""

    def __init__(self, writer: Writer) -> None:
        self._jobs: list[tuple[Callable[[Connection], Any], str]] = []
        self._writer = writer

    def add(self, job: Callable[[Connection], Any], row: str) -> None:
        self._jobs.append((job, row))

    def run(self) -> list[Any]:
        """The result of each, or its error."""
        queued = threading.Event()
        self._writer.submit(lambda _: queued.wait(PATIENCE))
        futures = [self._writer.submit(job, row) for job, row in self._jobs]
        queued.set()
        return [future.exception(PATIENCE) or future.result() for future in futures]


def add_and_find(connection: Connection, who: bytes, clock: Clock, log: list[str]) -> Steps[tuple[int, Any]]:
    log.append(f"{who.decode()} adds")
    added = yield step_of_insert(connection, tables.recent, {"site_id": 1, "who": who, "at": clock()})
    log.append(f"{who.decode()} looks")
    found = yield Step(FIND, {"b_who": who})
    return added, found


def test_each_job_gets_the_results_of_its_own_statements(writer: Writer, clock: Clock) -> None:
    batch, names = Batch(writer), [b"%d" % number for number in range(40)]
    writer.run(JobInSteps(partial(add_and_find, who=names[7], clock=clock, log=[])))
    for who in names:
        batch.add(JobInSteps(partial(add_and_find, who=who, clock=clock, log=[])), who.decode())
    assert batch.run() == [(int(who != names[7]), [(who,)]) for who in names]


def test_jobs_of_one_row_follow_one_another(writer: Writer, clock: Clock) -> None:
    batch, log = Batch(writer), list[str]()
    for who, row in ((b"a", "1"), (b"b", "1"), (b"c", "2"), (b"d", "3"), (b"e", "4")):
        batch.add(JobInSteps(partial(add_and_find, who=who, clock=clock, log=log)), row)
    assert [added for added, _ in batch.run()] == [1] * 5
    assert log.index("a looks") < log.index("b adds")


def test_other_jobs_keep_their_place_among_them(writer: Writer, clock: Clock) -> None:
    batch, log = Batch(writer), list[str]()
    for row in "abcdef":
        if row == "d":
            batch.add(lambda _: log.append("d is done"), row)
        else:
            batch.add(JobInSteps(partial(add_and_find, who=row.encode(), clock=clock, log=log)), row)
    batch.run()
    before, after = log[: log.index("d is done")], log[log.index("d is done") + 1 :]
    assert {each[0] for each in before} == {"a", "b", "c"}
    assert {each[0] for each in after} == {"e", "f"}


@pytest.mark.parametrize("bad", ["the database refuses it", "it is wrong itself"])
def test_a_job_that_fails_at_a_step_fails_alone(writer: Writer, clock: Clock, bad: str) -> None:
    def add_again(connection: Connection) -> Steps[None]:
        row = {"site_id": 1, "who": b"bad", "at": clock()}
        yield step_of_insert(connection, tables.recent, row)
        if bad == "it is wrong itself":
            raise KeyError(bad)
        yield Step(INSERT, row)

    batch = Batch(writer)
    for number in range(6):
        job = add_again if number == 3 else partial(add_and_find, who=b"%d" % number, clock=clock, log=[])
        batch.add(JobInSteps(job), str(number))
    results = batch.run()
    assert isinstance(results.pop(3), IntegrityError if bad == "the database refuses it" else KeyError)
    assert results == [(1, [(b"%d" % number,)]) for number in (0, 1, 2, 4, 5)]
    assert writer.run(lambda connection: connection.execute(select(func.count(WHO))).scalar()) == 5


def test_on_postgres_the_statements_of_a_batch_travel_together(
    postgres_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, wait = [0], WatchedConnection.wait

    def counted(self: WatchedConnection, *args: Any, **more: Any) -> Any:
        waits[-1] += 1
        return wait(self, *args, **more)

    monkeypatch.setattr(WatchedConnection, "wait", counted)
    engine = open_engine(postgres_url)
    migrate(engine)
    writer = Writer(engine)
    writer.run(lambda _: None)  # connects
    for size in (4, 40):
        waits.append(0)
        batch = Batch(writer)
        for number in range(size):
            who = b"%d of %d" % (number, size)
            batch.add(JobInSteps(partial(add_and_find, who=who, clock=clock, log=[])), who.decode())
        assert [added for added, _ in batch.run()] == [1] * size
    assert waits[1] == waits[2]
    writer.close()
    engine.dispose()
