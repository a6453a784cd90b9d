"""The writer goes on when somebody no longer waits for an answer."""

from pathlib import Path
from threading import Event

from sqlalchemy import Connection

from db.engine import open_engine
from db.writer import Writer


def test_a_post_that_is_given_up_does_not_stop_the_writer(tmp_path: Path) -> None:
    """As when the server, on its way out, cancels what took too long."""
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    writer, go_on = Writer(engine), Event()

    def wait(_connection: Connection) -> bool:
        return go_on.wait(30)

    first = writer.submit(wait)
    given_up, kept = writer.submit(lambda _connection: 1), writer.submit(lambda _connection: 2)
    assert given_up.cancel()
    go_on.set()
    assert first.result(30)
    assert kept.result(30) == 2
    assert writer.run(lambda _connection: 3) == 3
    writer.close()
    engine.dispose()
