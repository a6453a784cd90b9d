"""The writer goes on when somebody no longer waits, and does not get in the way of another process."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Connection, Engine

from db.engine import open_engine
from db.writer import Writer
from tests.service_process import PATIENCE


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    yield engine
    engine.dispose()


def test_a_post_that_is_given_up_does_not_stop_the_writer(engine: Engine) -> None:
    """As when the server, on its way out, cancels what took too long."""
    writer, go_on = Writer(engine), Event()

    def wait(_connection: Connection) -> bool:
        return go_on.wait(PATIENCE)

    first = writer.submit(wait)
    given_up, kept = writer.submit(lambda _connection: 1), writer.submit(lambda _connection: 2)
    assert given_up.cancel()
    go_on.set()
    assert first.result(PATIENCE)
    assert kept.result(PATIENCE) == 2
    assert writer.run(lambda _connection: 3) == 3
    writer.close()


def test_a_batch_locks_its_rows_in_one_order_in_every_process(engine: Engine) -> None:
    writer, go_on, done = Writer(engine), Event(), list[str]()

    def note(page: str) -> Callable[[Connection], None]:
        return lambda _connection: done.append(page)

    writer.submit(lambda _connection: go_on.wait(PATIENCE))
    for page in "cab":
        writer.submit(note(page), page)
    go_on.set()
    writer.close()
    assert done == ["a", "b", "c"]
