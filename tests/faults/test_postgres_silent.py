"""PostgreSQL stopped in its tracks: it neither answers nor closes a connection, and still no request waits for ever."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from db import watched_connection
from db.engine import open_engine
from db.postgres import LONG
from db.watched_connection import PROBE_SECONDS, QUIET_SECONDS, ServerSilent, WatchedConnection, WatchedServer
from tests.postgres_cluster import Cluster
from tests.reader import ARTICLE, Reader
from tests.service_process import PATIENCE, ServiceProcess, serving, wait_for

MANY = 40
"""More requests than there are threads and connections."""


@pytest.fixture(scope="module")
def cluster(postgres_server: str) -> Iterator[Cluster]:
    """``postgres_server`` makes the account and lets it read the programs."""
    cluster = Cluster()
    yield cluster.create().start()
    cluster.close()


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """How often somebody tried to connect."""
    made: list[bool] = []
    connect = WatchedConnection.connect

    def counted(*args: object, **options: object) -> WatchedConnection:
        made.append(True)
        return connect(*args, **options)  # type: ignore[arg-type]  # passed on as they are

    monkeypatch.setattr(WatchedConnection, "connect", counted)
    return made


def ask(engine: Engine, statement: str = "SELECT 1", **options: bool) -> object:
    with engine.connect().execution_options(**options) as connection:
        return connection.execute(text(statement)).scalar()


def status(service: ServiceProcess, path: str) -> int:
    with service.client() as client:
        return client.get(path).status_code


def test_silence_is_noticed_within_ten_seconds() -> None:
    assert QUIET_SECONDS + PROBE_SECONDS < 10


def test_threads_are_shown_and_posts_come_back(tmp_path: Path, cluster: Cluster) -> None:
    with serving(tmp_path, REPLY_DATABASE_URL=cluster.url) as [service], service.client() as client:
        reader, thread = Reader(client), f"/thread?captcha=lazy&page={ARTICLE}"
        reader.post(comment="Written before.")
        assert "Written before." in client.get(thread).text
        form = reader.fields(comment="Written to nobody.", email="b@example.org")
        cluster.suspend()
        with ThreadPoolExecutor(MANY) as threads:
            shown = threads.map(partial(status, service), [thread] * MANY)
            answer = client.post("/comments", data=form, headers={"accept": "text/html"})
            assert (status(service, "/healthz"), set(shown)) == (200, {200})
        assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
        assert "Written to nobody." in answer.text
        assert "Written before." in client.get(thread).text
        assert status(service, "/readyz") == 503
        cluster.resume()
        wait_for(lambda: client.get("/readyz").status_code == 200, "it did not come back")
        assert reader.send(form).status_code == 303
    assert cluster.ask("SELECT text FROM comment ORDER BY id") == [("Written before.",), ("Written to nobody.",)]


def test_while_it_is_silent_one_at_a_time_tries_to_connect(cluster: Cluster, connects: list[bool]) -> None:
    engine = open_engine(cluster.url)
    ask(engine)
    cluster.suspend()
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(ask, engine) for _ in range(8)]
        assert {type(each.exception(PATIENCE)) for each in asked} == {OperationalError}
    connects.clear()
    for _ in range(50):
        with pytest.raises(OperationalError):
            ask(engine)
    assert len(connects) <= 1
    cluster.resume()
    wait_for(lambda: _answers(partial(ask, engine)), "it did not come back")
    engine.dispose()


def _answers(question: Callable[[], object]) -> bool:
    try:
        return question() == 1
    except OperationalError:
        return False


def test_a_slow_statement_is_no_silence(
    postgres_url: str, connects: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched_connection, "QUIET_SECONDS", 0.1)
    engine = open_engine(postgres_url)
    ask(engine)
    before = len(connects)
    assert ask(engine, "SELECT 1 FROM pg_sleep(0.5)") == 1
    assert len(connects) > before, "nobody asked whether the server still answers"
    engine.dispose()


def test_a_single_connection_that_says_nothing_is_given_up_unless_it_may_take_long(postgres_url: str) -> None:
    engine = open_engine(postgres_url, statement_seconds=0.1)
    with engine.connect() as connection:
        backend = psutil.Process(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        backend.suspend()
        with pytest.raises(OperationalError, match="within 2 seconds"):
            connection.execute(text("SELECT 1"))
        backend.resume()
    assert ask(engine, "SELECT 1 FROM pg_sleep(2.5)", **{LONG: True}) == 1
    assert ask(engine) == 1
    engine.dispose()


def test_any_answer_to_the_probe_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    server = WatchedServer(10, lambda: now[0])
    answers: list[type[psycopg.Error]] = [psycopg.OperationalError, psycopg.errors.TooManyConnections]

    def connect(**_: object) -> WatchedConnection:
        raise answers.pop()

    monkeypatch.setattr(WatchedConnection, "connect", connect)
    for _ in range(2):
        now[0] += 3
        server.check(began=0)
    answers.append(psycopg.errors.ConnectionTimeout)
    now[0] += 3
    with pytest.raises(ServerSilent):
        server.check(began=0)
    server.heard()
    server.check(began=0)
