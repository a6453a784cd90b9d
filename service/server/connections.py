"""HTTP/1.1 that does not wait for ever: a connection has ten seconds to say what it wants.

uvicorn limits the time between requests, but not the time until a request has arrived, so that a thousand silent
connections would keep everybody else out ("slowloris"). When as many are open as may be, the one that has kept the
service waiting for longest makes room, for a request or for the rest of its body: who asks at once is answered, however
many say nothing. A body has a limit of its own, in ``service.web.http.body``.
"""

import asyncio
import math
import resource
from typing import ClassVar

from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from service.web.http.admission import Admission

SECONDS = 10.0

DRAIN_SECONDS = 0.5
"""Seconds for which an idle connection may still ask one thing more when the service ends. Else a client that sends
its next request at the moment of the end would get no answer, and not know whether it was heard.
"""


class IdleConnections:
    """The idle connections of a server, of which no more than ``most`` may be open altogether.

    ``admission`` knows those that are not idle, but wait for a body.
    """

    def __init__(self, most: int, admission: Admission) -> None:
        self.most = most
        self._admission = admission
        self._idle: dict[IdleClosingProtocol, float] = {}  # → since when, the longest first
        self._is_swept = False

    def add(self, connection: "IdleClosingProtocol") -> None:
        """It waits for a request from now on."""
        self._idle[connection] = connection.loop.time()
        if not self._is_swept:
            self._sweep_later(connection.loop)

    def remove(self, connection: "IdleClosingProtocol") -> None:
        """It has sent a request, or is gone."""
        self._idle.pop(connection, None)

    def make_room(self) -> None:
        """Close the one that has waited for longest, for a request or for a body."""
        first, idle_since = next(iter(self._idle.items()), (None, math.inf))
        body_since = self._admission.waits_since
        if body_since is not None and body_since < idle_since:
            self._admission.make_room()
        elif first is not None:
            self._close(first)

    def _sweep_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_swept = True
        loop.call_later(1, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        late = loop.time() - SECONDS
        for connection in [connection for connection, since in self._idle.items() if since < late]:
            self._close(connection)
        self._is_swept = False
        if self._idle:
            self._sweep_later(loop)

    def _close(self, connection: "IdleClosingProtocol") -> None:
        self.remove(connection)
        connection.transport.close()


class IdleClosingProtocol(H11Protocol):
    """Closes a connection that has not sent a whole request head in time. A server has a class of its own."""

    crowd: ClassVar[IdleConnections]

    _is_last = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start the clock, and make room if there is none."""
        super().connection_made(transport)
        if len(self.connections) > self.crowd.most:
            self.crowd.make_room()
        self.crowd.add(self)  # behind that, since who has just come is not to go

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop it."""
        self.crowd.remove(self)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Called when something has arrived."""
        super().handle_events()
        if self.cycle is None or self.cycle.response_complete:
            return
        self.crowd.remove(self)
        if self._is_last and self.cycle.keep_alive:
            self._close_behind(self.cycle)

    def on_response_complete(self) -> None:
        """Called when a request is answered: the next one gets its time too."""
        if not self.transport.is_closing():
            self.crowd.add(self)
        super().on_response_complete()

    def shutdown(self) -> None:
        """Called when the service ends: answer what is under way or comes in a moment, then close."""
        self._is_last = True
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(DRAIN_SECONDS, self._close_idle)
        else:
            self._close_behind(self.cycle)

    @staticmethod
    def _close_behind(cycle: RequestResponseCycle) -> None:
        """Close when this is answered, and say so in the answer, as to a client that asked for it."""
        cycle.keep_alive = False
        cycle.scope["headers"] = [*cycle.scope["headers"], CLOSE_HEADER]

    def _close_idle(self) -> None:
        if not self.transport.is_closing():
            super().shutdown()


MOST = 16_384
"""Connections of one process. An idle one takes about 10 kB."""

TAKEN_AT_ONCE = 32
"""Connections that are taken in one turn of the event loop."""

_RESERVE = 128 + 5 * TAKEN_AT_ONCE
"""Files for everything else: the store, the log, what Python opens; and connections that came before those which make
room for them are closed, which takes a few turns."""


def most_connections() -> int:
    """Raise the limit of open files as far as this process may, and return how many connections that leaves room for.

    The system's ordinary limit of 1,024 is there for programs that use ``select``.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST + _RESERVE
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    room = MOST if soft == resource.RLIM_INFINITY else soft - _RESERVE
    return max(1, min(MOST, room))
