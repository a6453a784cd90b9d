"""Fixtures: an admin in a browser, and comments to moderate."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from httpx2 import Response
from sqlalchemy import Connection, select
from starlette.testclient import TestClient

from db import tables
from db.column_types import new_id
from db.models import Status
from service import admin_logins
from service.web.context import AppContext
from tests.conftest import Clock
from tests.writing import writing

PASSWORD = "a sentence that is easy to remember"
OURS = {"sec-fetch-site": "same-origin"}

AddComment = Callable[..., str]


class Browser:
    """A client that sends forms as a browser on our own pages does."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, path: str) -> Response:
        return self.client.get(path)

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str | list[str]) -> Response:
        return self.client.post(path, data=fields, headers=OURS if headers is None else headers)

    def log_in(self, name: str = "Ida", password: str = PASSWORD, **more: str) -> Response:
        return self.post("/admin/login", name=name, password=password, **more)

    def act(self, action: str, *keys: str, **more: str) -> Response:
        return self.post("/admin/comments", action=action, comment=list(keys), **more)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite is enough for the pages; tests/comments runs on each database."""
    return sqlite_url


CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session")
def password_hash() -> str:
    """A cheap hash, which names its own cost."""
    return CHEAP.hash(PASSWORD)


@pytest.fixture(autouse=True)
def _passwords_cost_little(monkeypatch: pytest.MonkeyPatch, password_hash: str) -> None:
    """What they cost is tested in ``test_login_page``."""
    monkeypatch.setattr(admin_logins, "_hasher", CHEAP)
    monkeypatch.setattr(admin_logins, "_NO_ADMIN", admin_logins._unmatched_hash())


@pytest.fixture
def ida(context: AppContext, clock: Clock, password_hash: str) -> int:
    """An admin."""
    admin_id = context.writer.run(admin_logins.add, "Ida", password_hash, clock())
    assert admin_id is not None
    return admin_id


@pytest.fixture
def stranger(client: TestClient) -> Browser:
    """A visitor who is not logged in."""
    return Browser(client)


@pytest.fixture
def browser(client: TestClient, ida: int) -> Browser:
    """Ida, logged in."""
    browser = Browser(client)
    assert browser.log_in().status_code == 303
    return browser


@pytest.fixture
def add(context: AppContext, clock: Clock) -> AddComment:
    """Adds a comment to https://blog.example/post and returns its key, as forms name it."""
    return lambda **more: add_comment(context, clock, **more)


def add_comment(
    context: AppContext, clock: Clock, *, url: str = "https://blog.example/post", age: int = 0, **more: object
) -> str:
    with writing(context.engine) as connection:  # the service may write too
        row: dict[str, object] = {
            "site_id": 1,
            "id": new_id(),
            "page_id": more.get("page_id") or page_of(connection, url, clock),
            "status": Status.PENDING,
            "author": "Tomás",
            "email": "tomas@ferry.example",
            "url": "",
            "text": "You see the flash and you think of the baker.",
            "format": "markdown",
            "created_at": clock() - timedelta(minutes=age),
            "score": 0.0,
            "reasons": [],
            "source": "",
            **more,
        }
        connection.execute(tables.comment.insert(), row)
    return f"{row['site_id']}-{row['id']}"


def page_of(connection: Connection, url: str, clock: Clock) -> int:
    page = tables.page
    found = connection.execute(select(page.c.id).where(page.c.key == url)).scalar()
    if found is not None:
        return int(found)
    row = {"site_id": 1, "id": new_id(), "key": url, "url": url, "title": "A post", "closed": False, "version": 1}
    connection.execute(page.insert(), row | {"created_at": clock()})
    return int(str(row["id"]))


def statuses(context: AppContext) -> dict[str, str]:
    """Key → status of all comments."""
    comment = tables.comment.c
    with context.engine.connect() as connection:
        rows = connection.execute(select(comment.site_id, comment.id, comment.status))
        return {f"{site_id}-{comment_id}": status.value for site_id, comment_id, status in rows}
