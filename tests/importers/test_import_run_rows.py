"""Imports as rows, and the lease by which one process at a time works on them, on each database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from db.engine import migrate, open_engine
from db.writer import Writer
from service import sites
from service.importers import import_run_rows
from service.importers.import_run_rows import RunState, Stopped, WorkLease

NOW = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def writer(engine: Engine) -> Iterator[Writer]:
    writer = Writer(engine)
    writer.run(sites.register, "https://new.example", NOW)
    yield writer
    writer.close()


def test_the_oldest_import_whose_file_is_here_is_next(engine: Engine, writer: Writer) -> None:
    far, near, other = (
        writer.run(import_run_rows.create, 1, NOW, state=RunState.CHECK, uploaded=True, file=f"{name}.xml")
        for name in "abc"
    )
    with engine.connect() as connection:
        assert import_run_rows.to_do(connection, [near, other]) == (1, near)
        assert import_run_rows.to_do(connection, []) is None
        assert [run.file for run in import_run_rows.newest(connection)] == ["c.xml", "b.xml", "a.xml"]
        assert import_run_rows.newest(connection, [2]) == []
        assert not import_run_rows.has_written(connection, (1, near))
        assert import_run_rows.files_needed(connection, [far, near, 5], NOW - timedelta(days=7)) == {far, near}
        assert import_run_rows.files_needed(connection, [far], NOW + timedelta(days=7)) == set()
    assert writer.run(import_run_rows.change, (1, near), [RunState.CHECK], RunState.UNDO, NOW)
    assert not writer.run(import_run_rows.change, (1, near), [RunState.CHECK], RunState.WRITE, NOW)
    with engine.connect() as connection:
        assert import_run_rows.to_do(connection, []) == (1, near), "an undo needs no file"
        assert import_run_rows.files_needed(connection, [near], NOW - timedelta(days=7)) == set()


def test_a_beat_of_work_that_is_over_stops_it(engine: Engine, writer: Writer) -> None:
    run_id = writer.run(import_run_rows.create, 1, NOW, state=RunState.WRITE)
    writer.run(import_run_rows.beat, (1, run_id), RunState.WRITE, NOW, done=5, total=9)
    with engine.connect() as connection:
        found = import_run_rows.find_by_id(connection, run_id)
    assert found is not None
    assert (found.done, found.total, found.beat_at) == (5, 9, NOW)
    writer.run(import_run_rows.change, (1, run_id), [RunState.WRITE], RunState.STOPPED, NOW)
    with pytest.raises(Stopped):
        writer.run(import_run_rows.beat, (1, run_id), RunState.WRITE, NOW)


def test_the_lease_is_one_process_own_until_it_is_silent(writer: Writer) -> None:
    first, second = WorkLease(), WorkLease()
    assert writer.run(first.take, NOW)
    later = NOW + timedelta(seconds=50)
    assert not writer.run(second.take, later)
    first.renewed(writer.run(first.renew, later))
    assert not writer.run(second.take, NOW + timedelta(seconds=70)), "it was renewed"
    assert writer.run(second.take, later + timedelta(seconds=61))
    with pytest.raises(Stopped):
        writer.run(first.renew, later + timedelta(seconds=62))
    writer.run(first.give_back)  # it is no longer its own
    assert not writer.run(first.take, later + timedelta(seconds=63))
    writer.run(second.give_back)
    assert writer.run(first.take, later + timedelta(seconds=64))
