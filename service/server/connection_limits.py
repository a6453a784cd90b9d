"""How many connections may be open, and which one is closed to make room."""

import asyncio
import math
import resource
from typing import Protocol

from service.server.unsent_answers import UnsentAnswers
from service.web.http.concurrency_limit import Admission

SECONDS = 10.0
"""Time that a connection has to send the head of a request."""


class Connection(Protocol):
    """What is used of a connection."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...
    @property
    def transport(self) -> asyncio.Transport: ...


class IdleConnections:
    """The connections of a server that wait for a request. ``limit`` is for all connections, idle or not.

    A plain limit would lock readers out as soon as somebody holds that many connections. Here the connection that has
    kept the service waiting for longest is closed, for a request, for the rest of a body (``admission`` knows those) or
    for an answer to be taken (``unsent`` knows those), so a new one is answered, however many are silent.
    """

    def __init__(self, limit: int, admission: Admission) -> None:
        self.limit = limit
        self.unsent = UnsentAnswers()
        self._admission = admission
        admission.closes_slow_reader = self._close_slowest_reader
        self._idle: dict[Connection, float] = {}  # → since when, the longest first
        self._is_sweep_scheduled = False

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._idle

    def add(self, connection: Connection) -> None:
        """It waits for a request from now on, or has done so already."""
        if connection not in self._idle:
            self._idle[connection] = connection.loop.time()
            if not self._is_sweep_scheduled:
                self._schedule_sweep(connection.loop)

    def remove(self, connection: Connection) -> None:
        """It has sent a request, or is closed."""
        self._idle.pop(connection, None)

    def make_room(self) -> None:
        """Close the oldest connection that only waits for news; else the one that has waited for longest: for a
        request, for a body, or for its client to read."""
        if self._admission.close_live():
            return
        longest, idle_since = next(iter(self._idle.items()), (None, math.inf))
        body_since = math.inf if self._admission.waits_since is None else self._admission.waits_since
        reader_since = math.inf
        if slowest := self.unsent.slowest(asyncio.get_running_loop().time()) or self.unsent.oldest():
            _, reader_since = slowest
        if slowest and reader_since <= min(idle_since, body_since):
            self.unsent.close(slowest[0])
        elif body_since < idle_since:
            self._admission.make_room()
        elif longest is not None:
            if longest.transport.get_write_buffer_size():
                longest.transport.abort()  # to close it would wait until its client has read
            self._close(longest)

    def _close_slowest_reader(self) -> bool:
        slowest = self.unsent.slowest(asyncio.get_running_loop().time())
        if slowest is not None:
            self.unsent.close(slowest[0])
        return slowest is not None

    def drain(self) -> None:
        """From now on each answer says that its connection is closed after it."""
        self._admission.drain()

    def _schedule_sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_sweep_scheduled = True
        loop.call_later(1, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        deadline = loop.time() - SECONDS
        for connection in [connection for connection, since in self._idle.items() if since < deadline]:
            self._close(connection)
        self._is_sweep_scheduled = False
        if self._idle:
            self._schedule_sweep(loop)

    def _close(self, connection: Connection) -> None:
        self.remove(connection)
        connection.transport.close()


MAX_CONNECTIONS = 16_384
"""Connections of one process. An idle one takes 2 kB before its first request, and about 10 kB after it."""

ACCEPTED_AT_ONCE = 32
"""Connections that asyncio accepts in one turn of the event loop; uvloop accepts one."""

_RESERVE = 128 + 5 * ACCEPTED_AT_ONCE
"""Files for everything else: the database, the log, Python's own; and for new connections while those that make room
are being closed, which takes a few turns."""


def most_connections() -> int:
    """Raise this process's limit of open files as far as allowed. Returns the number of connections it has room for.

    The usual limit of 1,024 exists for programs that use ``select``.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + _RESERVE
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    room = MAX_CONNECTIONS if soft == resource.RLIM_INFINITY else soft - _RESERVE
    return max(1, min(MAX_CONNECTIONS, room))
