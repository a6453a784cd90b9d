"""Comments of a blog, and a program that moderates them."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from db import tables
from db.models import Status
from service import admin_logins, app_passwords
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment
from tests.writing import writing

API = "/wp-json/wp/v2/comments"

Add = Callable[..., int]


class Program:
    """A client of WordPress's REST API with a password, or a reader without one."""

    def __init__(self, client: TestClient, login: str = "") -> None:
        self._client = client
        self._headers = {"authorization": f"Basic {base64.b64encode(login.encode()).decode()}"} if login else {}

    def ask(self, method: str, path: str = "", **more: Any) -> Any:
        headers = self._headers | {"accept": "application/json"} | more.pop("headers", {})
        return self._client.request(method, API + path, headers=headers, **more)

    def list(self, **params: Any) -> list[int]:
        """The ids of a list."""
        answer = self.ask("GET", params=params)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database will do for the faces; tests/wordpress asks its questions on each."""
    return sqlite_url


@pytest.fixture
def guest(client: TestClient) -> Program:
    return Program(client)


@pytest.fixture
def program(client: TestClient, context: AppContext, clock: Clock) -> Program:
    """With Ida's name and a password of its own."""
    ida = context.writer.run(admin_logins.add, "Ida", "no password opens this", clock())
    assert ida is not None
    password = app_passwords.new_password()
    assert context.writer.run(app_passwords.add, ida, "Phone", password, clock())
    return Program(client, f"Ida:{password}")


@pytest.fixture
def add(context: AppContext, clock: Clock) -> Add:
    """Adds an approved comment, a minute later than the one before, and returns its id."""
    minutes = iter(range(1000))

    def add(website: str = "", **more: Any) -> int:
        at = clock() - timedelta(hours=9) + timedelta(minutes=next(minutes))
        key = add_comment(context, clock, **{"status": Status.APPROVED, "created_at": at} | more)
        comment_id = int(key.partition("-")[2])
        with writing(context.engine) as connection:
            connection.execute(update(tables.comment).where(tables.comment.c.id == comment_id).values(url=website))
        return comment_id

    return add


@pytest.fixture
def imported_post(context: AppContext) -> int:
    """https://blog.example/post was post 12 of a blog."""
    row = {
        "site_id": 1,
        "post_id": 12,
        "page_key": "https://blog.example/post",
        "page_url": "https://blog.example/post",
    }
    with writing(context.engine) as connection:
        connection.execute(tables.wordpress_post.insert(), row)
    return 12
