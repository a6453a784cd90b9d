"""The current service on a store written by version 0.1.0, see ``make_store.py``."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from tests.conftest import run_on_postgres
from tests.forked_service import ForkedService
from tests.mail.conftest import MailServer
from tests.reader import Reader
from tests.service_process import PATIENCE

HERE = Path(__file__).parent
TOLD: dict[str, Any] = json.loads((HERE / "store-0.1.0.json").read_text())
PUBLIC_URL, BLOG, SHOP = "http://comments.test", "https://blog.example", "https://shop.example"
OURS = {"sec-fetch-site": "same-origin"}


class Later:
    """A clock that starts an hour after the last write to the old store."""

    def __init__(self) -> None:
        self.now = datetime.fromisoformat(TOLD["clock"])

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


def old_store(folder: Path) -> Path:
    """Make the store of version 0.1.0."""
    path = folder / "comments.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((HERE / "store-0.1.0.sql").read_text())
    return path


def command(folder: Path, *words: str) -> str:
    """The output of ``leave-a-reply WORDS``."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REPLY_")}
    settings = {"REPLY_DATA": str(folder), "REPLY_SECRET": TOLD["secret"], "REPLY_DEMO": "false"}
    said = folder.parent / "said.txt"
    said.write_text("")
    status = ForkedService([*words], inherited | settings, said).wait(PATIENCE)
    assert status == 0, said.read_text()
    return said.read_text()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The old store on SQLite, or moved to PostgreSQL."""
    folder = tmp_path_factory.mktemp("old")
    path = old_store(folder)
    if request.param == "sqlite":
        yield f"sqlite:///{path}"
        return
    server: str = request.getfixturevalue("postgres_server")
    run_on_postgres(server, "CREATE DATABASE upgraded")
    moved = server.replace("/postgres?", "/upgraded?")
    assert "Both databases are equal." in command(folder, "move", "--to", moved, "--no-wait")
    yield moved
    run_on_postgres(server, "DROP DATABASE upgraded WITH (FORCE)")


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
    """The current service on that store. Its tests build on one another."""
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
