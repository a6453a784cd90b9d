"""A real receiver of our own, and the service set to tell it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest
from starlette.testclient import TestClient

from db.models import Status
from service.comments import moderate
from service.settings import Settings
from service.web import background_tasks
from service.web.context import AppContext
from service.webhooks import site_webhooks
from service.webhooks.http_delivery import Courier
from service.webhooks.site_webhooks import Event, Kind, SiteWebhook, Wanted
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment


class Heard(NamedTuple):
    """A request that a receiver took. ``headers`` have small letters."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver(ThreadingHTTPServer):
    """Keeps what it hears, and answers as it is told to: ``statuses`` by path; ``/silent`` never answers, and
    ``/echo`` repeats the headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[Heard] = []
        self.statuses: dict[str, int] = {}
        self.closing = threading.Event()

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def at(self, path: str) -> list[Heard]:
        return [each for each in self.heard if each.path == path]

    def handle_error(self, *_: object) -> None:
        return


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.heard.append(Heard(self.command, self.path, headers, body))
        if self.path == "/silent":
            self.server.closing.wait()
            return
        self.send_response(self.server.statuses.get(self.path, 204))
        self.send_header("location", "/elsewhere")
        self.end_headers()
        if self.path == "/echo":
            self.wfile.write(str(self.headers).encode())

    do_PUT = do_POST  # noqa: N815 - the name that the standard library calls

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.closing.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database will do for what is sent; what locks and claims is asked on each, see test_queue."""
    return sqlite_url


@pytest.fixture
def settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(background_tasks, "WEBHOOKS_EVERY", 3600.0)  # a test sends by itself
    return settings.model_copy(update={"webhook_private": True, "spam_check": False})


@pytest.fixture
def courier(client: TestClient, context: AppContext) -> Courier:
    """Who sends for the service that ``client`` asks."""
    return background_tasks.courier(context)


def listen(context: AppContext, url: str, *events: Event, kind: Kind = Kind.STANDARD, **more: Any) -> SiteWebhook:
    """A webhook of the first site."""
    return context.writer.run(site_webhooks.add, 1, Wanted(kind, url, events, **more), context.clock())


def send_due(courier: Courier) -> int:
    """Send what is due, one webhook after the other. Returns the number of messages."""
    taken = courier.take()
    for messages in taken.values():
        courier.send(messages)
    return sum(map(len, taken.values()))


def approve(context: AppContext, clock: Clock, number: int = 1) -> list[int]:
    """Approve so many held comments, and return their ids."""
    keys = [(1, int(add_comment(context, clock).partition("-")[2])) for _ in range(number)]
    context.writer.run(moderate.decide, keys, Status.APPROVED, None, clock())
    return [comment_id for _, comment_id in keys]
