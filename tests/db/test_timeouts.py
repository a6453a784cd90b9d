"""A PostgreSQL that lets us wait: each statement and each wait for a lock has an end, and one that is away is named."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError

from db import tables
from db.engine import DatabaseAway, migrate, open_engine
from db.writer import Writer
from service.app import open_context
from service.settings import Settings
from service.web.context import AppContext
from tests.reader import Reader
from tests.service_process import serving

PATIENCE = 1.5


@pytest.fixture(
    params=["", "&pgbouncer=true", "&options=-c%20application_name%3Dreply"], ids=["direct", "pooled", "own"]
)
def database_url(request: pytest.FixtureRequest, postgres_url: str) -> str:
    """PostgreSQL, where the limits belong to a session, and where each transaction has to set them."""
    return f"{postgres_url}{request.param}"


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.app.open_engine", partial(open_engine, patience=PATIENCE))


@contextmanager
def locked(url: str, *names: str) -> Iterator[None]:
    """Another session has locked these tables, as a migration or VACUUM FULL would."""
    engine = open_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
        yield
    engine.dispose()


def test_a_post_to_a_locked_table_gets_its_form_back_and_is_taken_later(
    reader: Reader, context: AppContext, database_url: str
) -> None:
    reader.post(comment="Written before.")
    form = reader.fields(comment="Written to a locked table.")
    with locked(database_url, "comment", "page"):
        answer = reader.send(form)
        assert answer.status_code == 503
        assert "Written to a locked table." in answer.text
    assert reader.send(form).status_code == 303
    with context.engine.connect() as connection:
        texts = connection.execute(select(tables.comment.c.text).order_by(tables.comment.c.id)).scalars().all()
    assert texts == ["Written before.", "Written to a locked table."]


def test_a_batch_waits_for_a_lock_once_not_for_each_of_its_jobs(database_url: str) -> None:
    engine = open_engine(database_url, patience=PATIENCE)
    writer, queued, tries = Writer(engine), threading.Event(), []

    def write(number: int, connection: Connection) -> None:
        tries.append(number)
        connection.execute(tables.recent.insert(), {"site_id": 1, "who": b"%d" % number, "at": None})

    writer.submit(lambda _: queued.wait(PATIENCE))
    with locked(database_url, "recent"):
        futures = [writer.submit(partial(write, number)) for number in range(20)]
        queued.set()
        assert {type(future.exception(30)) for future in futures} == {OperationalError}
    assert tries == [0]
    writer.close()
    engine.dispose()


def test_a_statement_has_an_end(database_url: str) -> None:
    engine = open_engine(database_url, statement_seconds=0.2)
    with engine.connect() as connection, pytest.raises(OperationalError, match="statement timeout"):
        connection.exec_driver_sql("SELECT pg_sleep(60)")
    engine.dispose()


def test_a_migration_waits_for_another_for_as_long_as_it_takes(database_url: str) -> None:
    one, other = open_engine(database_url), open_engine(database_url, patience=0.03, statement_seconds=0.01)
    migrate(one)
    with one.begin() as connection:
        newest = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0013'")
    try:
        with one.connect() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7264951)")
            waiting = threading.Thread(target=lambda: migrate(other))
            waiting.start()
            connection.exec_driver_sql("SELECT pg_sleep(0.3)")
            assert waiting.is_alive()
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{newest}'")
            connection.commit()
        waiting.join(PATIENCE)
        assert not waiting.is_alive()
    finally:
        one.dispose()
        other.dispose()


def test_a_server_that_is_away_at_the_start_is_a_sentence(settings: Settings) -> None:
    away = settings.model_copy(update={"database_url": "postgresql+psycopg://reply:word@127.0.0.1:1/reply"})
    with pytest.raises(DatabaseAway, match=r"^REPLY_DATABASE_URL: no connection .*127\.0\.0\.1.*port 1.*$") as caught:
        open_context(away)
    assert "\n" not in str(caught.value)
    assert "word" not in str(caught.value)
    assert "sqlalche.me" not in str(caught.value)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_service_says_so_and_ends(tmp_path: Path, workers: str) -> None:
    url = "postgresql+psycopg://reply:word@127.0.0.1:1/reply"
    running = serving(tmp_path, REPLY_DATABASE_URL=url, REPLY_WORKERS=workers)
    with pytest.raises(RuntimeError, match="the service ended with 1") as caught, running:
        pass
    said = str(caught.value)
    assert "REPLY_DATABASE_URL: no connection to PostgreSQL: " in said
    assert "Traceback" not in said
    assert "word" not in said
