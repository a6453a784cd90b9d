"""A connection until the head of its first request has arrived whole.

Most of a crowd never gets so far, and a parser with all that uvicorn keeps for a request takes four kilobytes in forty
objects. Here it is one object and what has arrived. Python gives memory back by megabytes that are wholly free, so what
a crowd takes is nearly what the process keeps of it.
"""

import asyncio
import re
from typing import Any, ClassVar, Protocol

from uvicorn.config import Config
from uvicorn.server import ServerState

from service.server.connection_limits import IdleConnections

DRAIN_SECONDS = 0.5
"""Seconds for which an idle connection may still send a request when the service stops. Closed at once, a client that
sends its next request in that moment would get no answer, and not know whether it was processed."""

MAX_HEAD = 32 * 1024
"""Bytes of a request's line and headers."""

MOST_WAITING = 32 * 1024 * 1024
"""Bytes of all heads together that have not arrived whole: those of 20,000 honest clients with many cookies."""

_BEGINNING = re.compile(rb"[A-Z]{0,20}\Z|[A-Z]{1,20} (?:[!-~]*\Z|[!-~]+ (?:HTTP/1\.[01]\r?\n|[HTP/1.0]{0,8}\r?\Z))")
"""A request's line as far as it has arrived. Anything else is the parser's to refuse, at once."""


def is_unfinished(head: bytes, known: int = 0) -> bool:
    """Whether this is a head of which the end is missing. So many bytes are ``known`` to be the beginning of one: they
    are not looked at again, else whoever sends single bytes would have us read all the others for each."""
    since = max(0, known - 2)  # the end may have begun there
    if len(head) > MAX_HEAD or head.find(b"\n\r\n", since) >= 0 or head.find(b"\n\n", since) >= 0:
        return False
    return since > 0 or _BEGINNING.match(head) is not None


class Unfinished(Protocol):
    """What is used of a connection of which a part of a head has arrived. It is hashed by identity."""

    def give_up(self) -> None:
        """Close it."""


class UnfinishedHeads:
    """The connections of a server of which a part of a head has arrived, of the first request or of a later one. All
    together hold ``most`` bytes: if it is more, those that have waited for longest are closed."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._bytes = 0
        self._waiting: dict[Unfinished, int] = {}  # → bytes, the oldest first

    def note(self, connection: Unfinished, size: int) -> None:
        """So many bytes of this connection wait; 0 once they do not."""
        self._bytes += size - self._waiting.get(connection, 0)
        if size:
            self._waiting[connection] = size
        else:
            self._waiting.pop(connection, None)
        while self._bytes > self._most:
            next(iter(self._waiting)).give_up()


class FirstHead(asyncio.Protocol):
    """Waits for a head, and hands the connection over to one of class ``served_by``."""

    __slots__ = ("_app_state", "_config", "_state", "arrived", "loop", "transport")
    idle_connections: ClassVar[IdleConnections]
    unfinished: ClassVar[UnfinishedHeads]
    served_by: ClassVar[Any]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config, self._state, self._app_state = config, server_state, app_state
        self.loop = _loop or asyncio.get_running_loop()
        self.arrived = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Make room if there are too many connections, and wait for a request."""
        self.transport: Any = transport
        connections: set[Any] = self._state.connections
        connections.add(self)
        if len(connections) > self.idle_connections.limit:
            self.idle_connections.make_room()
        self.idle_connections.add(self)  # last, so that a new connection is not the one to close

    def connection_lost(self, _exc: Exception | None) -> None:
        """Called when it is closed, by either side."""
        self._leave()

    def data_received(self, data: bytes) -> None:
        """Called with what has arrived."""
        known = len(self.arrived)
        self.arrived = self.arrived + data if known else data
        if self.transport.is_closing():
            return
        if is_unfinished(self.arrived, known):
            self.unfinished.note(self, len(self.arrived))
            return
        self._leave()
        connection = self.served_by(
            config=self._config, server_state=self._state, app_state=self._app_state, _loop=self.loop
        )
        self.transport.set_protocol(connection)
        connection.connection_made(self.transport)
        connection.data_received(self.arrived)

    def shutdown(self) -> None:
        """Called when the service stops: wait a moment for a request, whose answer will close the connection."""
        self.idle_connections.drain()
        self.loop.call_later(DRAIN_SECONDS, self._close_when_silent)

    def _close_when_silent(self) -> None:
        if self in self.idle_connections:
            self.transport.close()

    def give_up(self) -> None:
        """Close it, and drop what has arrived."""
        self._leave()
        self.arrived = b""
        self.transport.close()

    def _leave(self) -> None:
        self.unfinished.note(self, 0)
        self._state.connections.discard(self)
        self.idle_connections.remove(self)
