"""HTTP/1.1 for uvicorn, with limits on connections: on httptools where it is installed, on h11 elsewhere.

uvicorn limits the time between requests, but not the time until a request has arrived, so a thousand silent connections
would lock out everybody else ("slowloris"). ``LimitedConnection`` adds that to either parser's protocol.
"""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from service.server.connection_limits import IdleConnections
from service.server.first_request_head import DRAIN_SECONDS, MAX_HEAD, FirstHead, UnfinishedHeads
from service.server.transport import JoiningTransport


class _StrictH11Connection(h11.Connection):
    """Refuses Content-Length beside Transfer-Encoding, as llhttp does. Proxies disagree on which of them counts, so one
    request could hide in another (RFC 9112, section 6.3)."""

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """See h11. Raises RemoteProtocolError."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            names = {name for name, _ in event.headers}
            if b"content-length" in names and b"transfer-encoding" in names:
                raise h11.RemoteProtocolError("Content-Length beside Transfer-Encoding")
        return event


class StrictH11Protocol(H11Protocol):
    """uvicorn's protocol on h11, with the connection above."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = _StrictH11Connection(h11.SERVER, MAX_HEAD)

    def unfinished_head(self, _data: bytes) -> int:
        """Bytes that wait for the rest of a head, or for the answer to an earlier request."""
        return len(self.conn.trailing_data[0]) if self.conn.their_state in (h11.IDLE, h11.DONE) else 0


PARSER: type[asyncio.Protocol]
"""The faster protocol that is installed."""
try:
    from service.server.httptools_protocol import BoundedHttpToolsProtocol
except ImportError:
    PARSER = StrictH11Protocol
else:
    PARSER = BoundedHttpToolsProtocol


class _FlowControl(FlowControl):
    """uvicorn's, whose event is made once somebody waits: it takes a kilobyte, and few connections are ever full."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.read_paused = self.write_paused = False

    async def drain(self) -> None:
        """Wait until the client has taken most of what was written."""
        if self.write_paused:
            await self._is_writable_event.wait()

    def pause_writing(self) -> None:
        """Called when much waits for the client."""
        if not self.write_paused:
            self._is_writable_event = asyncio.Event()
            super().pause_writing()


if TYPE_CHECKING:

    class _UvicornProtocol(asyncio.Protocol):
        """What is used of both protocols. ``cycle`` is the latest request and its answer, None before the first."""

        loop: asyncio.AbstractEventLoop
        transport: JoiningTransport
        connections: set[Any]
        cycle: Any
        flow: FlowControl

        def unfinished_head(self, data: bytes) -> int: ...
        def on_response_complete(self) -> None: ...
        def shutdown(self) -> None: ...

else:
    _UvicornProtocol = asyncio.Protocol


class LimitedConnection(_UvicornProtocol):
    """Mixin that tells ``idle_connections`` when it waits for a request, and that closes gently at the end."""

    idle_connections: ClassVar[IdleConnections]
    unfinished: ClassVar[UnfinishedHeads]
    _is_answered = False  # while what follows waits

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Make room if there are too many connections, and wait for a request."""
        super().connection_made(JoiningTransport(transport, self.loop, self.idle_connections.unsent))
        self.flow = _FlowControl(self.transport)
        if len(self.connections) > self.idle_connections.limit:
            self.idle_connections.make_room()
        self.idle_connections.add(self)  # last, so that a new connection is not the one to close

    def connection_lost(self, exc: Exception | None) -> None:
        """Called when it is closed, by either side."""
        self.unfinished.note(self, 0)
        self.idle_connections.remove(self)
        self.idle_connections.unsent.forget(self.transport)
        super().connection_lost(exc)
        # A request and its connection refer to each other. Left to the garbage collector, which seldom runs here, what
        # a crowd has left would stay for hours.
        self.cycle = None
        getattr(self, "pipeline", deque[Any]()).clear()

    def data_received(self, data: bytes) -> None:
        """Called with what has arrived, which may complete the head of a request."""
        super().data_received(data)
        self._note_unfinished(data)
        self._note_state()

    def _note_unfinished(self, data: bytes) -> None:
        self.unfinished.note(self, 0 if self.transport.is_closing() else self.unfinished_head(data))

    def give_up(self) -> None:
        """Close it: too many heads have arrived in part, and this one has waited for longest."""
        self.unfinished.note(self, 0)
        self.transport.close()

    def on_response_complete(self) -> None:
        """Called when a request is answered. The next one may have arrived already: it waits until the client has taken
        most of this answer, since its own would only wait in memory and hold a place among the requests under way."""
        if self.flow.write_paused and not self.transport.is_closing():
            self._is_answered = True
            self._note_state()
            return
        super().on_response_complete()
        self._note_unfinished(b"")
        self._note_state()

    def resume_writing(self) -> None:
        """Called when the client has taken most of what was sent."""
        super().resume_writing()
        if self._is_answered:
            self._is_answered = False
            self.on_response_complete()

    def _note_state(self) -> None:
        if self._is_answered or (self.cycle is not None and not self.cycle.response_complete):
            self.idle_connections.remove(self)
        elif not self.transport.is_closing():
            self.idle_connections.add(self)

    def shutdown(self) -> None:
        """Called when the service stops: answer the request under way, or one that comes in a moment, then close."""
        self.idle_connections.drain()
        if self in self.idle_connections:
            self.loop.call_later(DRAIN_SECONDS, self._close_when_answered)
        else:
            super().shutdown()

    def _close_when_answered(self) -> None:
        if not self.transport.is_closing():
            super().shutdown()


def protocol_class(idle_connections: IdleConnections, most_uploaded: int = 0) -> type[asyncio.Protocol]:
    """The class of a server's connections, for uvicorn's setting ``http``. ``most_uploaded``: bytes of a file."""
    shared: dict[str, Any] = {"idle_connections": idle_connections, "unfinished": UnfinishedHeads()}
    connection = type("Connection", (LimitedConnection, PARSER), {**shared, "most_uploaded": most_uploaded})
    return type("Arriving", (FirstHead,), {**shared, "served_by": connection, "__slots__": ()})
