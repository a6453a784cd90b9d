"""``GET /live``: a page that is open hears how many comments it has now, by server-sent events.

The connections have places of their own, see ``Admission.aside``: they are the first to be closed where room is needed,
and when the service stops.
"""

import asyncio
import logging
import random
from math import ceil

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from db.engine import UNAVAILABLE
from service.page_address import PageRef
from service.web.context import AppContext, Request, context_of
from service.web.http import response_headers
from service.web.http.reader_params import ThreadRequest
from service.web.http.request_client import address_of, client_of, voice_of
from service.web.live_hub import read_news
from service.web.render.thread_cache import FRESH_SECONDS, read_versions

log = logging.getLogger(__name__)

LEAST_PAUSE = 0.25
"""Seconds between two looks at the database, however many comments come in."""

RECONNECT = (2000, 10_000)
"""Milliseconds, from and to, after which a browser tries again by itself. They differ, so that not all come at once."""

LATER = b"event: later\ndata:\n\n"
"""The browser is to come back in a minute or two: there was no room, or the service stops."""

_HEAD = [
    *((name.encode(), value.encode()) for name, value in response_headers.FRESH_FRAGMENT.items()),
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),  # nginx would collect events until there are 4 kB of them
    (b"connection", b"close"),  # so that its end makes room
]


async def listen(request: Request) -> Response:
    """A connection that stays open. Raises HTTPException 404 where ``REPLY_LIVE`` is 0, 503 where all places are taken
    and nobody has many, 429 for a client that connects too often, and BadPage."""
    context = context_of(request)
    if not context.settings.live:
        raise HTTPException(404)
    wanted = await ThreadRequest.of(request, "embed")
    if wait := await context.wait(("live", client_of(request))):
        raise HTTPException(429, headers={"retry-after": str(ceil(wait))})
    if request.method == "HEAD":  # has no body to wait for
        return Response(headers=response_headers.FRESH_FRAGMENT, media_type="text/event-stream")
    admission, voice = context.admission, voice_of(address_of(request), context)
    if admission.is_draining or (admission.live >= context.settings.live and not admission.make_live_room(voice)):
        raise HTTPException(503, headers={"retry-after": "60"})
    return LiveConnection(context, wanted.page, voice)


class LiveConnection(Response):
    """The answer. Its own task waits for the browser to leave; what is told goes out in a task that ends with it, so an
    idle connection has one task, and one that takes nothing has one line waiting, however much it misses."""

    def __init__(self, context: AppContext, page: PageRef, owner: bytes) -> None:
        self._context, self._page, self._owner = context, page, owner
        self._limit = asyncio.timeout(None)
        self._waiting = b""
        self._sending: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - Starlette's signature
        """Serve until the browser leaves or ``close`` is called."""
        self._send = send
        await send({"type": "http.response.start", "status": 200, "headers": [*_HEAD]})
        retry = b"retry: %d\n\n" % random.randint(*RECONNECT)  # noqa: S311 - no secret
        await send({"type": "http.response.body", "body": retry, "more_body": True})
        try:
            async with self._limit:
                with self._context.admission.aside(self, self._owner), self._context.live.joined(self._page, self):
                    while (await receive())["type"] != "http.disconnect":
                        pass
        except TimeoutError:
            await self._stop_sending()
            await send({"type": "http.response.body", "body": LATER, "more_body": False})
        finally:
            await self._stop_sending()

    def close(self) -> None:
        """End it now."""
        self._limit.reschedule(asyncio.get_running_loop().time())

    def tell(self, event: bytes) -> None:
        """Send an event; see ``Listener``."""
        self._waiting = event
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_waiting())

    async def _send_waiting(self) -> None:
        while event := self._waiting:
            self._waiting = b""
            await self._send({"type": "http.response.body", "body": event, "more_body": True})
        self._sending = None

    async def _stop_sending(self) -> None:
        self._waiting = b""
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None


async def live_watcher(context: AppContext) -> None:
    """Look every ``FRESH_SECONDS`` what has changed of the pages that are open, and at once where this process has
    changed something."""
    hub = context.live
    while context.settings.live:
        try:
            async with asyncio.timeout(FRESH_SECONDS):
                await hub.wake.wait()
        except TimeoutError:
            pass
        hub.wake.clear()
        try:
            await look(context)
        except UNAVAILABLE:
            log.warning("open pages hear of no comments while the database is away")
        hub.break_silence()
        await asyncio.sleep(LEAST_PAUSE)


async def look(context: AppContext) -> None:
    """Tell those who have a page open what is new there."""
    hub = context.live
    if not (pages := hub.pages):
        return
    versions = hub.changed(await context.read(read_versions, pages))
    if versions:
        hub.tell(await context.read(read_news, list(versions.items())))
