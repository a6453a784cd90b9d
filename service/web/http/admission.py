"""How many requests may be under way, and who makes room for one more: whoever has been sending a body for longest.

Without that, a thousand clients that send a byte a second would keep everybody else out for as long as they like. A
new client is never the one that has waited for longest, so it is answered, however many of them there are.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

MOST_REQUESTS = 1000
"""Requests under way. Together with the longest body this bounds the memory that bodies take."""

HEALTH = "/healthz"
"""Answered however many are under way: whoever asks would restart a process that is only busy."""

_FULL = PlainTextResponse(
    "The service cannot answer just now. Please try again in a moment.",
    503,
    {"retry-after": "5", "cache-control": "no-store", "access-control-allow-origin": "*", "connection": "close"},
)


class Admission:
    """The requests under way, of which no more than ``most`` are let in, and those among them that wait for a body.

    This counts where the application begins, not in the server, so that it does not depend on which one it is.
    """

    def __init__(self, most: int = MOST_REQUESTS) -> None:
        self.most = most
        self.is_draining = False  # the service stops: answers close their connections
        self._under_way = 0
        self._waiting: dict[asyncio.Timeout, float] = {}  # → since when, the longest first

    async def answer(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to ``app``, or answer 503 when as many are under way as may be and none can make room."""
        if self._under_way >= self.most and not self.make_room() and scope["path"] != HEALTH:
            await _FULL(scope, receive, send)
            return
        self._under_way += 1
        try:
            await app(scope, receive, send)
        finally:
            self._under_way -= 1

    @contextmanager
    def waiting(self, limit: asyncio.Timeout) -> Iterator[None]:
        """Within this, a request waits for its body, and gives up its place when ``limit`` is brought forward."""
        self._waiting[limit] = asyncio.get_running_loop().time()
        try:
            yield
        finally:
            if self._waiting.pop(limit, None) is None:
                self._under_way += 1  # its place was given away, and it takes one more to say so

    @property
    def waits_since(self) -> float | None:
        """The loop's time at which the one that has waited for longest began; None when nobody waits for a body."""
        return next(iter(self._waiting.values()), None)

    def make_room(self) -> bool:
        """End the time of the request that has waited for its body for longest. Returns whether there was one."""
        limit = next(iter(self._waiting), None)
        if limit is None:
            return False
        del self._waiting[limit]
        self._under_way -= 1
        if not limit.expired():  # its own time may be up in this very turn of the loop
            limit.reschedule(asyncio.get_running_loop().time())
        return True
