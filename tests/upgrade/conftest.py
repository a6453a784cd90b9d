"""The service of today on a store that version 0.1.0 left, see ``make_store.py``."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from tests.mail.conftest import MailServer
from tests.reader import Reader

HERE = Path(__file__).parent
TOLD: dict[str, Any] = json.loads((HERE / "store-0.1.0.json").read_text())
PUBLIC_URL, BLOG, SHOP = "http://comments.test", "https://blog.example", "https://shop.example"
OURS = {"sec-fetch-site": "same-origin"}


class Later:
    """An hour after the store was left."""

    def __init__(self) -> None:
        self.now = datetime.fromisoformat(TOLD["clock"])

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


def old_store(folder: Path) -> Path:
    """The store, as it was left."""
    path = folder / "comments.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((HERE / "store-0.1.0.sql").read_text())
    return path


def command(folder: Path, *words: str) -> str:
    """What ``leave-a-reply WORDS`` says."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("REPLY_")}
    done = subprocess.run(
        [sys.executable, "-m", "service", *words],
        env={**own, "REPLY_DATA": str(folder), "REPLY_SECRET": TOLD["secret"], "REPLY_DEMO": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The store, where it was or moved to PostgreSQL."""
    folder = tmp_path_factory.mktemp("old")
    path = old_store(folder)
    if request.param == "sqlite":
        yield f"sqlite:///{path}"
        return
    server: str = request.getfixturevalue("postgres_server")
    on_postgres(server, "CREATE DATABASE upgraded")
    moved = server.replace("/postgres?", "/upgraded?")
    assert "Both are equal." in command(folder, "move", "--to", moved, "--no-wait")
    yield moved
    on_postgres(server, "DROP DATABASE upgraded WITH (FORCE)")


def on_postgres(url: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(scope="module")
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def clock() -> Later:
    return Later()


@pytest.fixture(scope="module")
def client(
    url: str, clock: Later, mail_server: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """The service of today, on that store; its tests follow one another."""
    settings = Settings(
        data=tmp_path_factory.mktemp("data"),
        database_url=url,
        secret=TOLD["secret"],
        public_url=PUBLIC_URL,
        demo=False,
        flood_seconds=0,
        rate_post="0/minute",
        rate_login="0/minute",
        smtp_url=mail_server.url,
        mail_from="comments@blog.example",
    )
    app = create_app(settings, clock)
    with TestClient(app, base_url=PUBLIC_URL, follow_redirects=False, headers={"accept": "text/html"}) as client:
        yield client


@pytest.fixture
def reader(client: TestClient, clock: Later) -> Reader:
    return Reader(client, clock)


@pytest.fixture
def admin(client: TestClient) -> Iterator[TestClient]:
    """Ida, logged in."""
    login = {"name": TOLD["admin"], "password": TOLD["password"]}
    assert client.post("/admin/login", data=login, headers=OURS).status_code == 303
    yield client
    client.cookies.clear()
