"""PgBouncer in transaction mode: the service keeps no state in a session, which may differ in the next transaction."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import Engine, event, literal, make_url, select

from db.engine import open_engine
from service.app import create_app
from service.settings import Settings
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock
from tests.faults.storm import SETTINGS, Storm
from tests.reader import Reader
from tests.service_process import PATIENCE, free_port, serving, wait_for

POSTS = 8

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
OF_A_SESSION = re.compile(
    r"^\s*(SET (?!LOCAL|TRANSACTION)|PREPARE|LISTEN|LOAD|DISCARD|CREATE TEMP)|WITH HOLD|pg_(try_)?advisory_lock",
    re.IGNORECASE,
)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement sent to any database."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def used(settings: Settings, clock: Clock) -> Iterator[Engine]:
    """Start a service, post to it and read. Yields its engine."""
    with AppClient(create_app(settings, clock), base_url=PUBLIC_URL, follow_redirects=False) as client:
        reader = Reader(client, clock)
        for number in range(POSTS):
            assert reader.post(comment=f"Thought {number}", email=f"{number}@example.org").status_code == 303
        assert "Thought 7<" in reader.read()
        yield client.app_state["context"].engine


def prepared(engine: Engine) -> int:
    """How many statements the driver prepares when it sends the same one repeatedly."""
    with engine.connect() as connection:
        for number in range(10):
            connection.execute(select(literal(number)))
        return int(connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar_one())


@pytest.fixture
def settings(settings: Settings, postgres_url: str) -> Settings:
    return settings.model_copy(update={"database_url": f"{postgres_url}&pgbouncer=true"})


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


def test_nothing_is_set_or_locked_in_a_session(settings: Settings, clock: Clock, statements: list[str]) -> None:
    with used(settings, clock) as engine, engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")  # what is set for a transaction ends with it
        changed = "SELECT name FROM pg_settings WHERE source = 'session' AND name <> 'transaction_isolation'"
        assert connection.exec_driver_sql(changed).scalars().all() == []
    assert [each for each in statements if OF_A_SESSION.search(each)] == []
    assert len(statements) > POSTS


@pytest.mark.parametrize(("more", "number"), [("&pgbouncer=true", 0), ("", 1)])
def test_statements_are_prepared_only_where_sessions_are_ours(postgres_url: str, more: str, number: int) -> None:
    engine = open_engine(postgres_url + more)
    assert prepared(engine) == number
    engine.dispose()


if PGBOUNCER:  # where the program is at hand; no test is ever skipped

    @contextmanager
    def pooling(folder: Path, postgres_url: str) -> Iterator[str]:
        """PgBouncer with two sessions for everybody. Yields the address of the store through it."""
        folder.chmod(0o755)
        server, port = make_url(postgres_url), free_port()
        options = {
            "listen_addr": "127.0.0.1", "listen_port": port, "unix_socket_dir": "", "auth_type": "any",
            "pool_mode": "transaction", "default_pool_size": 2, "min_pool_size": 2,
        }  # fmt: skip
        ini = folder / "pgbouncer.ini"
        database = f"host={server.query['host']} dbname={server.database} user={server.username}"
        lines = [f"{name} = {value}" for name, value in options.items()]
        ini.write_text("\n".join(["[databases]", f"reply = {database}", "[pgbouncer]", *lines, ""]))
        user = "pgserver" if os.geteuid() == 0 else None
        with (folder / "pgbouncer.log").open("wb") as log:
            process = subprocess.Popen([str(PGBOUNCER), ini], user=user, stdout=log, stderr=log)
        try:
            wait_for(lambda: "process up" in (folder / "pgbouncer.log").read_text(), "PgBouncer did not start")
            yield f"postgresql+psycopg://reply@127.0.0.1:{port}/reply?pgbouncer=true"
        finally:
            process.terminate()
            process.wait(PATIENCE)

    def test_two_processes_post_through_two_sessions(tmp_path: Path, postgres_url: str) -> None:
        storm = Storm()
        with (
            TemporaryDirectory(prefix="reply-pgbouncer-") as folder,
            pooling(Path(folder), postgres_url) as url,
            serving(tmp_path, 2, REPLY_DATABASE_URL=url, **SETTINGS) as (one, other),
        ):
            with storm.blowing(one), storm.blowing(other):
                storm.wait_for(100)
            assert storm.refused == []
            assert "Traceback" not in one.log + other.log
