"""Queries by key on PostgreSQL: on connections that stay open, as long as the database leaves them open."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import OperationalError

from db.engine import is_timeout, open_engine
from db.kept_readers import KeptReaders
from tests.service_process import PATIENCE


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(postgres_url, statement_seconds=0.2)
    yield engine
    engine.dispose()


@pytest.fixture
def readers(engine: Engine) -> Iterator[KeptReaders]:
    readers = KeptReaders.of(engine)
    assert readers is not None
    yield readers
    readers.close()


def session(connection: Connection) -> int:
    return connection.execute(select(func.pg_backend_pid())).scalar_one()


def end(engine: Engine, number: int) -> None:
    with engine.begin() as connection:
        connection.execute(select(func.pg_terminate_backend(number))).all()


def test_queries_one_after_the_other_share_a_connection(readers: KeptReaders) -> None:
    assert readers.read(session) == readers.read(session)


def test_no_transaction_is_left_open(engine: Engine, readers: KeptReaders) -> None:
    number = readers.read(session)
    with engine.connect() as connection:
        state = f"SELECT state FROM pg_stat_activity WHERE pid = {number}"
        assert connection.exec_driver_sql(state).scalar() == "idle"


def test_queries_at_once_have_a_connection_each(readers: KeptReaders) -> None:
    both, used = threading.Barrier(2, timeout=PATIENCE), list[int]()

    def meet(connection: Connection) -> None:
        used.append(session(connection))
        both.wait()

    threads = [threading.Thread(target=readers.read, args=(meet,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(set(used)) == 2


def test_a_connection_that_ended_while_idle_is_replaced_and_nobody_notices(
    engine: Engine, readers: KeptReaders
) -> None:
    before = readers.read(session)
    end(engine, before)
    assert readers.read(session) != before


def test_a_connection_that_ends_each_time_is_an_error(engine: Engine, readers: KeptReaders) -> None:
    def lose(connection: Connection) -> None:
        end(engine, session(connection))
        session(connection)

    with pytest.raises(OperationalError):
        readers.read(lose)
    assert readers.read(session)


def test_a_statement_that_takes_too_long_is_ended(readers: KeptReaders) -> None:
    with pytest.raises(OperationalError) as ended:
        readers.read(lambda connection: connection.exec_driver_sql("SELECT pg_sleep(60)").all())
    assert is_timeout(ended.value)
    assert readers.read(session)


@pytest.mark.parametrize("url", ["sqlite:///{folder}/store.db", "{postgres}&pgbouncer=true"])
def test_other_databases_are_asked_otherwise(url: str, postgres_url: str, tmp_path: object) -> None:
    engine = open_engine(url.format(folder=tmp_path, postgres=postgres_url))
    assert KeptReaders.of(engine) is None
    engine.dispose()
