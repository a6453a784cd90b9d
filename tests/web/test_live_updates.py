"""GET /live: an open page hears how many comments it has, and gives its place to whoever needs it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient

from db import tables
from service.app import create_app
from service.comments.page_actions import close_page
from service.settings import Settings
from service.web import live_hub, live_updates
from service.web.context import AppContext
from service.web.http.concurrency_limit import Admission
from tests.app_client import AppClient
from tests.conftest import Clock
from tests.reader import ARTICLE, Reader

Answer = dict[str, Any]


class OpenPage:
    """A browser with a page open, as the server sees it."""

    def __init__(self, app: Any, context: AppContext, page: str = ARTICLE, address: str = "192.0.2.1") -> None:
        self.status, self.body, self.is_over = 0, b"", False
        self._gone = asyncio.Event()
        self._scope = {
            "type": "http",
            "method": "GET",
            "path": "/live",
            "query_string": f"page={page}".encode(),
            "headers": [],
            "client": (address, 1),
            "server": ("comments.test", 80),
            "scheme": "http",
            "state": {"context": context},
        }
        self.task = asyncio.create_task(app(self._scope, self._receive, self._send))

    def leave(self) -> None:
        self._gone.set()

    async def heard(self, number: int) -> list[Answer]:
        """What it was told, once that are so many events."""
        while len(self.events) < number:
            await asyncio.sleep(0)
        return self.events

    @property
    def events(self) -> list[Answer]:
        return [json.loads(line[6:]) for line in self.body.decode().split("\n") if line.startswith("data: ")]

    async def _receive(self) -> Answer:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Answer) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")
        self.is_over = message["type"] == "http.response.body" and not message.get("more_body")


@asynccontextmanager
async def running(settings: Settings, clock: Clock, admission: Admission) -> AsyncIterator[tuple[Any, AppContext]]:
    app = create_app(settings, clock, admission=admission)
    async with app.router.lifespan_context(app) as state:
        assert state
        yield app, state["context"]


def run_live(
    settings: Settings,
    clock: Clock,
    steps: Callable[[Any, AppContext], Awaitable[None]],
    admission: Admission | None = None,
    **more: Any,
) -> None:
    """Run steps against a service in which two pages at a time may be live."""

    async def run() -> None:
        changed = settings.model_copy(update={"live": 2} | more)
        async with running(changed, clock, admission or Admission()) as (app, context):
            await steps(app, context)

    asyncio.run(asyncio.wait_for(run(), 60))


def post(settings: Settings, clock: Clock, **fields: str) -> None:
    """A reader posts by way of another process."""
    with AppClient(create_app(settings, clock), base_url=settings.public_url) as client:
        assert Reader(client, clock).post(json=True, **fields).status_code == 201


def set_closed(context: AppContext, clock: Clock, *, closed: bool) -> None:
    """Close or reopen the only page."""
    with context.engine.connect() as connection:
        page_id = connection.execute(select(tables.page.c.id)).scalar_one()
    context.writer.run(close_page, (1, page_id), None, clock(), closed=closed)


def test_a_page_hears_of_comments_that_another_process_stores(settings: Settings, clock: Clock) -> None:
    post(settings, clock, comment="The first.")

    async def steps(app: Any, context: AppContext) -> None:
        page, other = OpenPage(app, context), OpenPage(app, context, "https://blog.example/other")
        assert [event["count"] for event in await page.heard(1)] == [1]
        assert await other.heard(1) == [{"count": 0, "newest": "0", "version": "0-0"}]
        await asyncio.to_thread(post, settings, clock, comment="The second.")
        first, second = await page.heard(2)
        assert second["count"] == 2
        assert second["newest"] != first["newest"]
        assert len(other.events) == 1
        for each in (page, other):
            each.leave()
            await each.task
        assert (len(context.live), context.live.pages, context.admission.live) == (0, [], 0)

    run_live(settings, clock, steps)


def test_an_event_and_a_page_say_of_which_version_they_are(settings: Settings, clock: Clock) -> None:
    """A page that was loaded after the last look, or from another process, must not take what it hears for news."""
    post(settings, clock, comment="The first.")
    changed = settings.model_copy(update={"live": 2})

    async def steps(app: Any, context: AppContext) -> None:
        page = OpenPage(app, context)
        [first] = await page.heard(1)
        for closed in (True, False):
            await asyncio.to_thread(set_closed, context, clock, closed=closed)
        await live_updates.look(context)
        later = OpenPage(app, context)
        [now] = await later.heard(1)
        assert (now["count"], now["version"] > first["version"]) == (1, True)
        assert page.events == [first]  # a change that shows nothing new is told to nobody
        with AppClient(create_app(changed, clock), base_url=settings.public_url) as client:
            for address in ("/thread", "/comments"):
                shown = client.get(address, params={"page": ARTICLE}).text
                assert f'data-live="1 {now["version"]}"' in shown

    run_live(settings, clock, steps)


def test_one_too_many_is_told_to_come_later_and_takes_no_place_of_a_request(settings: Settings, clock: Clock) -> None:
    admission = Admission(max_requests=2)

    async def steps(app: Any, context: AppContext) -> None:
        pages = [OpenPage(app, context) for _ in range(2)]
        for page in pages:
            await page.heard(1)
        third = OpenPage(app, context)
        await third.task
        assert third.status == 503
        assert admission.close_live()
        await pages[0].task
        assert pages[0].is_over
        assert b"event: later" in pages[0].body
        assert not pages[1].is_over
        fourth = OpenPage(app, context)
        await fourth.heard(1)
        admission.drain()
        await asyncio.gather(pages[1].task, fourth.task)
        assert pages[1].is_over
        assert fourth.is_over

    run_live(settings, clock, steps, admission)


def test_whoever_holds_most_places_gives_one_up_to_somebody_else(settings: Settings, clock: Clock) -> None:
    async def steps(app: Any, context: AppContext) -> None:
        hoard = [OpenPage(app, context, address=f"2001:db8:7:{number}::1") for number in range(2)]  # of one household
        for page in hoard:
            await page.heard(1)
        reader, late = OpenPage(app, context), OpenPage(app, context)
        await reader.heard(1)
        await hoard[0].task
        assert b"event: later" in hoard[0].body
        await late.task
        assert late.status == 503  # each has one
        for page in (hoard[1], reader):
            assert not page.is_over
            page.leave()
            await page.task

    run_live(settings, clock, steps)


def test_a_browser_that_takes_nothing_has_one_event_waiting() -> None:
    async def run() -> list[bytes]:
        connection = live_updates.LiveConnection.__new__(live_updates.LiveConnection)
        may_send, sent = asyncio.Event(), []

        async def send(message: Answer) -> None:
            await may_send.wait()
            sent.append(message["body"])

        connection._waiting, connection._sending, connection._send = b"", None, send
        for number in range(100):
            connection.tell(b"%d" % number)
            await asyncio.sleep(0)
        may_send.set()
        while len(sent) < 2:
            await asyncio.sleep(0)
        return sent

    assert asyncio.run(run()) == [b"0", b"99"]


def test_a_silent_connection_is_sent_a_line_before_a_proxy_closes_it(settings: Settings, clock: Clock) -> None:
    async def steps(app: Any, context: AppContext) -> None:
        page = OpenPage(app, context)
        await page.heard(1)
        context.live.break_silence()
        await asyncio.sleep(0)
        assert live_hub.STILL_HERE not in page.body
        for listener in context.live._written:
            context.live._written[listener] -= live_hub.SILENCE
        context.live.break_silence()
        while live_hub.STILL_HERE not in page.body:
            await asyncio.sleep(0)
        page.leave()
        await page.task

    run_live(settings, clock, steps)


def test_by_default_no_page_is_live(client: TestClient) -> None:
    assert client.get("/live", params={"page": ARTICLE}).status_code == 404
    assert "data-live" not in client.get("/thread", params={"page": ARTICLE}).text


def test_a_closed_thread_is_not_live(settings: Settings, clock: Clock) -> None:
    with AppClient(create_app(settings.model_copy(update={"live": 2}), clock), base_url=settings.public_url) as client:
        Reader(client, clock).post()
        assert client.head("/live", params={"page": ARTICLE}).status_code == 200
        assert 'data-live="New comments: %s"' in client.get("/thread", params={"page": ARTICLE}).text
        context: AppContext = client.app_state["context"]
        set_closed(context, clock, closed=True)
        context.versions.forget_all()
        assert 'data-live="New' not in client.get("/thread", params={"page": ARTICLE}).text
