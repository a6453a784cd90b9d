"""A program with a token, whose every answer is compared with the document."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from httpx2 import Response
from starlette.testclient import TestClient

from service import admin_accounts, admin_logins, api_tokens
from service.admin_rights import Role
from service.api_tokens import NewToken, Scope
from service.protocols.api.document_routes import DOCUMENTED
from service.protocols.api.openapi import Problem
from service.protocols.api.operation import AnyOperation
from service.web.context import AppContext
from service.web.http.api_problems import API, MEDIA_TYPE
from tests.conftest import Clock
from tests.web.admin.conftest import PASSWORD, AddComment, add_comment

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def operation_of(method: str, path: str) -> AnyOperation:
    """The operation of a path with values in it."""
    asked = path.partition("?")[0].split("/")
    for operation in DOCUMENTED:
        parts = operation.path.split("/")
        fits = len(parts) == len(asked) and all(part in ("{id}", asked[at]) for at, part in enumerate(parts))
        if operation.method == method and fits:
            return operation
    raise LookupError((method, path))


def check_answer(operation: AnyOperation, answer: Response) -> None:
    """An answer has the status, the type and the members that the document says, and no others."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status_code >= 400:
        assert kind == MEDIA_TYPE
        problem = Problem.model_validate_json(answer.content)
        assert (problem.status, bool(problem.detail)) == (answer.status_code, True)
    elif answer.status_code != 304:
        assert answer.status_code == operation.status
        if operation.answer is None:
            assert kind == operation.media_type or not answer.content
        else:
            assert kind == "application/json"
            operation.answer.model_validate_json(answer.content)


class Program:
    """A client of the API. ``path`` is without ``/api/v1``."""

    def __init__(self, client: TestClient, token: str = "") -> None:
        self.client, self.token = client, token

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> Response:
        bearer = {"authorization": f"Bearer {self.token}"} if self.token else {}
        answer = self.client.request(
            method, API + path, headers={"accept": "*/*", **bearer, **(headers or {})}, **options
        )
        check_answer(operation_of(method, path), answer)
        return answer

    def get(self, path: str, **params: Any) -> Response:
        return self.ask("GET", path, params=params)

    def post(self, path: str, headers: dict[str, str] | None = None, **body: Any) -> Response:
        return self.ask("POST", path, headers=headers, **({"json": body} if body else {}))

    def change(self, path: str, **body: Any) -> Response:
        """A PATCH of what is there now."""
        tag = self.get(path).headers["etag"]
        return self.ask("PATCH", path, headers={"if-match": tag}, json=body)

    def delete(self, path: str, **headers: str) -> Response:
        return self.ask("DELETE", path, headers={name.replace("_", "-"): value for name, value in headers.items()})


MakeToken = Callable[..., str]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite; ``test_stores`` tries what is written on PostgreSQL too."""
    return sqlite_url


def make_token(
    context: AppContext, clock: Clock, *scopes: Scope, name: str = "robot", admin_id: int, days: int = 30
) -> str:
    new = NewToken(name, scopes or tuple(Scope), clock() + timedelta(days=days))
    made = context.writer.run(api_tokens.add, context.keyring, admin_id, new, clock())
    assert made
    return made[1]


def make_admin(
    context: AppContext, clock: Clock, name: str, role: Role = Role.OWNER, sites: set[int] | None = None
) -> int:
    admin_id = context.writer.run(admin_logins.add, name, CHEAP, clock())
    assert admin_id
    if role is not Role.OWNER:
        context.writer.run(admin_accounts.set_role, admin_id, role, sites, None, clock())
    return admin_id


@pytest.fixture
def owner(client: TestClient, context: AppContext, clock: Clock) -> Program:
    """A program with every scope, of the owner Ida."""
    return Program(client, make_token(context, clock, admin_id=make_admin(context, clock, "Ida")))


@pytest.fixture
def anybody(client: TestClient) -> Program:
    """A program without a token."""
    return Program(client)


@pytest.fixture
def add(context: AppContext, clock: Clock) -> AddComment:
    """Adds a comment to https://blog.example/post and returns its key."""
    return lambda **more: add_comment(context, clock, **more)
