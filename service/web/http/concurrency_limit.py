"""A limit on concurrent requests; at the limit, the request whose body has been arriving longest gives up its place.

Otherwise a thousand clients that send one byte a second would lock everyone else out. A new client has never waited
longest, so it is answered however many slow ones there are.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from service.web.http.api_problems import is_api, problem_response

MOST_REQUESTS = 1000
"""Concurrent requests. Together with the longest body, this bounds the memory that bodies use."""

HEALTH = "/healthz"
"""Answered even at the limit: a failing health check would restart a process that is only busy."""

_SENTENCE = "The service cannot answer right now. Please try again in a moment."
_CLOSING = {"retry-after": "5", "connection": "close"}
_UNAVAILABLE = PlainTextResponse(
    _SENTENCE, 503, {**_CLOSING, "cache-control": "no-store", "access-control-allow-origin": "*"}
)
_UNAVAILABLE_API = problem_response(503, _SENTENCE, _CLOSING)


class Closable(Protocol):
    """A connection that can be ended. It is hashed by identity."""

    def close(self) -> None: ...


class Admission:
    """Admits up to ``max_requests`` requests, and knows which of them wait for a body.

    Counted in the application: the server's own limit would refuse ``/healthz`` too.
    """

    def __init__(self, max_requests: int = MOST_REQUESTS) -> None:
        self.max_requests = max_requests
        self.is_draining = False  # the service stops: answers close their connections
        self.closes_slow_reader: Callable[[], bool] = lambda: False
        """Closes a connection whose client does not take its answer; false without such a client. A server sets it."""
        self._under_way = 0
        self._live: dict[Closable, bytes] = {}  # connections whose readers wait for news → whose, oldest first
        self._waiting: dict[asyncio.Timeout, float] = {}  # → loop time at which it began, oldest first

    async def answer(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to ``app``, or answer 503 at the limit when no other request can make room."""
        if self._under_way >= self.max_requests and not self.make_room() and scope["path"] != HEALTH:
            await (_UNAVAILABLE_API if is_api(scope) else _UNAVAILABLE)(scope, receive, send)
            return
        self._under_way += 1
        try:
            await app(scope, receive, send)
        finally:
            self._under_way -= 1

    @contextmanager
    def aside(self, connection: Closable, owner: bytes) -> Iterator[None]:
        """Hold a connection whose reader only waits for news. It takes no place among the requests, and is the first to
        be closed where a connection needs room."""
        self._live[connection] = owner
        self._under_way -= 1
        if self.is_draining:
            self.close_live()
        try:
            yield
        finally:
            self._under_way += 1
            self._live.pop(connection, None)

    @property
    def live(self) -> int:
        """The number of connections that are held aside."""
        return len(self._live)

    def close_live(self) -> bool:
        """Close the oldest connection that is held aside; False without one."""
        connection = next(iter(self._live), None)
        if connection is None:
            return False
        self._close_live(connection)
        return True

    def make_live_room(self, owner: bytes) -> bool:
        """Close the oldest live connection of the owner who has most of them. Returns False, and closes none, if
        ``owner`` would then have as many. So nobody holds all places, and among owners of one each, the first stay."""
        held = Counter(self._live.values())
        largest, number = max(held.items(), key=lambda each: each[1], default=(owner, 0))
        if number <= held[owner] + 1:
            return False
        self._close_live(next(connection for connection, its in self._live.items() if its == largest))
        return True

    def _close_live(self, connection: Closable) -> None:
        del self._live[connection]
        connection.close()

    def drain(self) -> None:
        """The service stops: answers close their connections, and readers who wait for news are sent away."""
        self.is_draining = True
        while self.close_live():
            pass

    @contextmanager
    def waiting(self, limit: asyncio.Timeout) -> Iterator[None]:
        """Mark a request as waiting for its body. To free its place, ``limit`` is rescheduled to now."""
        self._waiting[limit] = asyncio.get_running_loop().time()
        try:
            yield
        finally:
            if self._waiting.pop(limit, None) is None:
                self._under_way += 1  # make_room gave its place away, but answering 408 needs one

    @property
    def waits_since(self) -> float | None:
        """The loop time at which the longest-waiting request began to wait; None if no request waits for a body."""
        return next(iter(self._waiting.values()), None)

    def make_room(self) -> bool:
        """Time out the request that has waited longest for its body. Without one, close the slowest reader: who asks
        again before having read holds a place until then. Returns False if nobody is waited for."""
        limit = next(iter(self._waiting), None)
        if limit is None:
            return self.closes_slow_reader()
        del self._waiting[limit]
        self._under_way -= 1
        if not limit.expired():  # it may have timed out in this same turn of the loop
            limit.reschedule(asyncio.get_running_loop().time())
        return True
