"""Each route with its worst inputs: it answers, and what that takes is bounded, as counted."""

import asyncio
import base64
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from argon2 import PasswordHasher
from sqlalchemy import insert
from starlette.applications import Starlette
from starlette.routing import Route

from bench.asgi_call import call
from db import tables
from db.models import Status
from service import admin_logins, api_tokens, app_passwords, safe_html, sites
from service.api_tokens import NewToken, Scope
from service.app import create_app
from service.comments.fold_long_comments import MOST_WORK
from service.markdown.rendering_cost import estimated_work
from service.safe_html import TextCache
from service.settings import Settings
from service.web.context import AppContext
from service.web.http.request_body import MAX_BODY
from tests.conftest import Clock
from tests.reader import ARTICLE
from tests.ready_store import ready_store
from tests.web.admin.conftest import OURS, PASSWORD, page_of
from tests.web.hostile_requests import FORM, LONGEST, UNITS, Inputs, Sent, long, requests
from tests.web.route_inputs import ROUTES
from tests.work import DatabaseWork, calls
from tests.writing import writing

FIRST, COSTLY, PLAIN = 1000, 150, 400
"""Comments: the id of the first; those of 65 kB that cost as much as they can; ordinary ones on another page."""

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
SHOP = "https://shop.example"
MOST = {
    "calls on the loop": 50_000,  # a fifth of a microsecond each at most
    "thousands of steps of SQLite": 100,
    "characters read": 9_000_000,  # a list by REST reads a hundred texts whole
    "work of rendering": 2 * MOST_WORK,
    "bytes": 1_500_000,
}


def served() -> tuple[dict[str, set[str]], list[str]]:
    """Path → methods; and one of the paths of each handler, since a trailing slash or a site in front costs nothing."""
    found: dict[str, set[str]] = {}
    handled: dict[tuple[Any, Inputs], str] = {}
    for route in create_app(Settings(demo=True)).routes:
        assert isinstance(route, Route)
        of_class = {name.upper() for name in ("get", "post", "put", "delete") if hasattr(route.endpoint, name)}
        found.setdefault(route.path, set()).update(route.methods or of_class or {"GET", "POST"})
        handled[route.endpoint, ROUTES.get(route.path, Inputs())] = route.path
    return found, list(dict.fromkeys(handled.values()))


SERVED, ONE_OF_EACH = served()


class Service:
    """The service with its counters. ``known`` are values of parameters that are right."""

    def __init__(self, app: Starlette, state: dict[str, Any], database: DatabaseWork, clock: Clock) -> None:
        self._app, self._state, self._database = app, state, database
        self._sent = self.rendered = 0
        self.cookie = ""
        context: AppContext = state["context"]
        shop = context.writer.run(sites.register, SHOP, clock())
        assert shop is not None
        self.known = {"page": ARTICLE, "site": ARTICLE, "sitekey": shop.key, "secret": shop.secret}
        self.known |= {"key": shop.check_key, "api_key": shop.check_key, "blog": SHOP, "user_ip": "192.0.2.7"}
        admin_id = context.writer.run(admin_logins.add, "Ida", CHEAP, clock())
        new = NewToken("robot", tuple(Scope), clock() + timedelta(days=1))
        made = context.writer.run(api_tokens.add, context.keyring, admin_id, new, clock())
        assert made is not None
        password = app_passwords.new_password()
        context.writer.run(app_passwords.add, admin_id, "Phone", password, clock())
        self.known["program"] = "Basic " + base64.b64encode(f"Ida:{password}".encode()).decode()
        self.api = {"authorization": f"Bearer {made[1]}", "if-match": "*"}

    async def log_in(self) -> None:
        body = f"name=Ida&password={PASSWORD.replace(' ', '+')}".encode()
        answer = await self.ask("/admin/login", Sent("", "POST", "", {"content-type": FORM}, body))
        self.cookie = answer.headers["set-cookie"].partition(";")[0]

    async def ask(self, path: str, sent: Sent) -> Any:
        """The answer. Each request is as if from another network, so that no limit of a client ends it."""
        self._sent += 1
        network = f"10.{self._sent >> 8}.{self._sent & 255}.1"
        headers = {"host": "comments.test", "cookie": self.cookie, "x-forwarded-for": network, **OURS}
        headers |= {**(self.api if path.startswith("/api/") else {}), **sent.headers}
        return await call(self._app, self._state, sent.method, path, sent.query, headers, sent.body)

    def costs(self, runner: asyncio.Runner, path: str, sent: Sent) -> dict[str, int]:
        """What a request takes, by the names of ``MOST``. Its answer must not be an error of ours."""
        self._database.steps = self._database.characters = self.rendered = 0
        answers: list[Any] = []
        on_loop = calls(lambda: answers.append(runner.run(self.ask(path, sent))))
        assert answers[0].status < 500, (sent.name, answers[0].body[:300])
        counted = on_loop, self._database.steps, self._database.characters, self.rendered, len(answers[0].body)
        return dict(zip(MOST, counted, strict=True))


def fill(context: AppContext, clock: Clock) -> None:
    """A page of costly comments, a third of them answers to the first, and one of ordinary comments."""
    with writing(context.engine) as connection:
        for number in range(COSTLY + PLAIN):
            costly = number < COSTLY
            row: dict[str, Any] = {
                "site_id": 1,
                "id": FIRST + number,
                "page_id": page_of(connection, ARTICLE if costly else "https://blog.example/b", clock),
                "parent_id": FIRST + 1 if costly and number and number % 3 == 0 else None,
                "status": Status.APPROVED if number % 5 else Status.PENDING,
                "author": "A" * 245,
                "email": "a@example.org",
                "url": "https://example.org/" + "a" * 180,
                "text": long(UNITS[number % len(UNITS)], LONGEST if costly else 300),
                "format": "html" if number % 7 == 6 else "markdown",
                "created_at": clock.now,
                "score": 0.0,
                "reasons": [],
                "source": "",
            }
            connection.execute(insert(tables.comment), row)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def service(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder, clock, database = tmp_path_factory.mktemp("routes"), Clock(), DatabaseWork()
    (folder / "comments.db").write_bytes(ready_store())
    unlimited = dict.fromkeys(("rate_post", "rate_login", "rate_site", "rate_question"), "0/minute")
    settings = Settings(
        data=folder,
        sites="https://blog.example",
        trusted_proxies="0.0.0.0/0",
        flood_seconds=0,
        reports_hold=3,
        **unlimited,
    )
    app = create_app(settings, clock)
    with database.counting(), pytest.MonkeyPatch.context() as patch:
        lifespan = app.router.lifespan_context(app)
        state = dict(runner.run(lifespan.__aenter__()) or {})
        service = Service(app, state, database, clock)
        fill(state["context"], clock)

        def make(*key: str) -> str:
            service.rendered += estimated_work(*key)
            return safe_html._render(*key)

        patch.setattr(admin_logins, "_NO_ADMIN", CHEAP)  # checking passwords has a pool of its own
        patch.setattr(safe_html, "rendered_texts", TextCache(make, 1))
        yield service
        runner.run(lifespan.__aexit__(None, None, None))


def written(text: str, known: Mapping[str, str]) -> dict[str, tuple[str, Sent]]:
    """What moderators and programs write at length: name → path and request."""

    def sent(method: str, **fields: str) -> Sent:
        return Sent("", method, "", {"content-type": "application/json"}, json.dumps(fields).encode())

    def form(**fields: str) -> Sent:
        return Sent("", "POST", "", {"content-type": FORM}, urlencode(fields).encode()[:MAX_BODY])

    key, rest = f"1-{FIRST + COSTLY + 1}", "/blog.example/wp-json/wp/v2/comments"
    part = '--x\r\ncontent-disposition: form-data; name="{}"\r\n\r\n{}\r\n'.format
    unseen = part("page", ARTICLE) + part("comment", "x") + part("author", "\u2800" * 80_000) + "--x--\r\n"
    program = {"content-type": FORM, "authorization": known["program"]}
    by_rest, place = urlencode({"content": text}).encode()[: MAX_BODY - 20], b"&parent=%d" % (FIRST + COSTLY + 1)
    return {
        "a comment": ("/api/v1/comments", sent("POST", page=ARTICLE, text=text)),
        "another text": (f"/api/v1/comments/{key}", sent("PATCH", text=text)),
        "a reply": (f"/api/v1/comments/{key}/replies", sent("POST", text=text)),
        "a comment by REST": (rest, Sent("", "POST", "", program, by_rest + place)),
        "another text by REST": (f"{rest}/{FIRST + COSTLY + 2}", Sent("", "POST", "", program, by_rest)),
        "a reply on its page": ("/admin/comment", form(action="reply", comment=key, name="Ida", reply=text)),
        "another text on its page": ("/admin/comment", form(action="edit", comment=key, author="A", text=text)),
        "a name that nobody sees": (
            "/comments",
            Sent("", "POST", "", {"content-type": "multipart/form-data; boundary=x"}, unseen.encode()),
        ),
    }


def id_in(path: str) -> str:
    """The id of a comment, as the API or WordPress's routes name it."""
    by_key = path.startswith(("/api/v1/comments", "/api/v1/public"))
    return f"1-{FIRST + 2}" if by_key else "1" if path.startswith("/api/v1/sites") else str(FIRST + 2)


def test_no_route_is_left_out() -> None:
    assert set(SERVED) == set(ROUTES)


@pytest.mark.parametrize("path", ONE_OF_EACH)
def test_the_worst_inputs_are_answered_within_bounds(runner: asyncio.Runner, service: Service, path: str) -> None:
    if path.startswith("/admin"):
        runner.run(service.log_in())
    address = path.replace("{path:path}", "x" * 5000).replace("{site}", "blog.example").replace("{id}", id_in(path))
    hostile = list(requests(ROUTES[path], service.known, SERVED[path]))
    for first in {sent.method: sent for sent in hostile[::-1]}.values():
        runner.run(service.ask(address, first))  # what is done once is not counted: templates, languages, statements
    found = {sent.name: service.costs(runner, address, sent) for sent in hostile}
    beyond = {(name, *each) for name, cost in found.items() for each in cost.items() if each[1] > MOST[each[0]]}
    assert not beyond


@pytest.mark.parametrize("name", written("", {"program": ""}))
def test_the_longest_words_keep_nobody_waiting(runner: asyncio.Runner, service: Service, name: str) -> None:
    runner.run(service.log_in())
    on_loop = {}
    for unit in UNITS:
        path, sent = written(long(unit, LONGEST), service.known)[name]
        on_loop[unit] = service.costs(runner, path, sent)["calls on the loop"]
    assert max(on_loop.values()) < MOST["calls on the loop"], on_loop
