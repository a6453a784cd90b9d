"""All routes that read a body share one time limit, and refuse a slow body in their own format."""

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.endpoints import HTTPEndpoint
from starlette.routing import Route
from starlette.testclient import TestClient

from service import admin_logins, api_tokens, app_passwords
from service.api_tokens import NewToken, Scope
from service.app import create_app
from service.protocols.api.document_routes import DOCUMENTED
from service.secret_keys import sign_comment
from service.settings import Settings
from service.web.admin import admin_session, import_upload
from service.web.context import AppContext
from service.web.http import form_pairs, request_body
from service.web.http.api_problems import API
from service.web.http.error_handlers import MESSAGES
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment

METHODS = ("POST", "PUT", "PATCH", "DELETE")
KINDS = (b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x", b"application/json")

TAKES_NO_BODY = {
    ("POST", "/admin/logout"),
    ("POST", "/admin/logout-everywhere"),
    ("POST", "/mail/confirm"),
    *((each.method, API + each.path) for each in DOCUMENTED if each.method in METHODS and not each.has_body),
}
"""Routes whose parameters are all in the address or the cookie."""

Message = dict[str, Any]


def routes() -> Iterator[tuple[str, str]]:
    """All routes that may read a body, as (method, path)."""
    for route in create_app(Settings(sites=("https://blog.example",))).routes:
        assert isinstance(route, Route), "whatever else takes a body wants a test of its own"
        for method in METHODS:
            if isinstance(route.endpoint, type) and issubclass(route.endpoint, HTTPEndpoint):
                takes = hasattr(route.endpoint, method.lower())
            else:
                takes = method in (route.methods or ())
            if takes:
                yield method, route.path


class SlowClient:
    """A client with all credentials that sends only the first bytes of a body."""

    def __init__(self, client: TestClient, context: AppContext, clock: Clock) -> None:
        self._client, self._core, self._clock = client, context, clock
        self._ida = context.writer.run(admin_logins.add, "Ida", "no password opens this", clock())
        password = app_passwords.new_password()
        context.writer.run(app_passwords.add, self._ida or 0, "Phone", password, clock())
        self._login = base64.b64encode(f"Ida:{password}".encode())
        new = NewToken("Robot", tuple(Scope), clock() + timedelta(days=1))
        made = context.writer.run(api_tokens.add, context.keyring, self._ida or 0, new, clock())
        assert made
        self._bearer = f"Bearer {made[1]}".encode()
        self._comment = add_comment(context, clock).partition("-")[2]
        self._token = sign_comment(context.keyring, "mail-unsubscribe", 1, int(self._comment))

    def ask(self, method: str, path: str, kind: bytes) -> tuple[bool, Message, bytes]:
        """(whether the body was read, the start of the answer, the answer's body)."""
        cookie = self._core.writer.run(admin_logins.open_session, self._ida or 0, self._clock())
        whole = path.replace("{site}", "blog.example").replace("{id}", self._comment)
        headers = {
            b"host": b"comments.test",
            b"content-type": kind,
            b"content-length": b"400",
            b"cookie": f"{admin_session.cookie_name(self._core)}={cookie}".encode(),
            b"authorization": self._bearer if path.startswith(API) else b"Basic " + self._login,
            b"sec-fetch-site": b"same-origin",
        }
        scope = {
            "type": "http",
            "method": method,
            "path": whole,
            "query_string": b"" if path.startswith(API) else b"token=" + self._token.encode(),
            "headers": [*headers.items()],
            "state": dict(self._client.app_state),
        }
        return self._client.portal.call(self._run, scope)

    async def _run(self, scope: Message) -> tuple[bool, Message, bytes]:
        asked, sent = 0, list[Message]()
        begun = b"--x" if (b"content-type", KINDS[1]) in scope["headers"] else b"{"

        async def receive() -> Message:
            nonlocal asked
            asked += 1
            assert self._core.admission.waits_since is not None, "read it by service.web.http.request_body"
            if asked > 1:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": begun, "more_body": True}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._client.app(scope, receive, send)
        return asked > 0, sent[0], b"".join(message["body"] for message in sent[1:])


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def slow(client: TestClient, context: AppContext, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> SlowClient:
    monkeypatch.setattr(request_body, "MAX_SECONDS", 0)
    monkeypatch.setattr(import_upload, "SECONDS_BETWEEN", 0)
    return SlowClient(client, context, clock)


def test_every_route_that_takes_a_body_gives_up_on_a_slow_client(slow: SlowClient) -> None:
    reading = set()
    for method, path in routes():
        for kind in KINDS:
            asked, start, _ = slow.ask(method, path, kind)
            if asked:
                reading.add((method, path))
                assert start["status"] == 408, (method, path, kind)
                assert (b"connection", b"close") in start["headers"], (method, path, kind)
    assert {*routes()} - reading == TAKES_NO_BODY


def test_a_slow_client_is_answered_in_the_format_of_the_route(slow: SlowClient) -> None:
    form, _, in_json = KINDS
    sentence = MESSAGES[408]
    assert json.loads(slow.ask("POST", "/comments", form)[2])["error"] == sentence
    assert json.loads(slow.ask("POST", "/counts", in_json)[2])["error"] == sentence
    assert json.loads(slow.ask("POST", "/siteverify", in_json)[2]) == {"success": False, "error-codes": ["bad-request"]}
    assert json.loads(slow.ask("POST", "/wp-json/wp/v2/comments", in_json)[2])["message"] == sentence
    _, start, text = slow.ask("POST", "/1.1/comment-check", form)
    assert text.decode() == sentence
    assert (b"x-akismet-error", b"true") in [(name.lower(), value) for name, value in start["headers"]]


def test_a_long_body_is_parsed_off_the_event_loop(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bool] = []

    def parse(text: str, max_fields: int, errors: str) -> form_pairs.Pairs:
        parsed.append("AnyIO worker thread" in threading.current_thread().name)
        return [("comment", text[:10])]

    monkeypatch.setattr(form_pairs, "_split", parse)
    for size in (100, 200_000):
        client.post("/comments", content=b"a" * size, headers={"content-type": "application/x-www-form-urlencoded"})
    assert parsed == [False, True]


@given(st.lists(st.sampled_from(["x", "=", "&", "%", "+", "%41", "%e6%bc%a2", "==", "&&", "%00", "%zz"])).map("".join))
def test_a_form_is_read_as_the_standard_library_reads_it(sent: str) -> None:
    assert form_pairs.urlencoded(sent.encode(), 100) == parse_qsl(sent, keep_blank_values=True)
