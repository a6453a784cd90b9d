"""HTTP/1.1 that does not wait for ever: a connection has ten seconds to say what it wants.

uvicorn limits the time between requests, but not the time until the first, so that a thousand silent connections
would keep everybody else out ("slowloris"). A body has a limit of its own, in ``service.web.body``.
"""

import asyncio

from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

SECONDS = 10.0

LAST_CALL = 0.5
"""Seconds for which an idle connection may still ask one thing more when the service ends. Else a client that sends
its next request at the moment of the end would get no answer, and not know whether it was heard.
"""


class ImpatientProtocol(H11Protocol):
    """Closes a connection that has not sent a whole request head in time."""

    _deadline: asyncio.TimerHandle | None = None
    _is_last = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop it."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Called when the service ends: answer what is under way or comes in a moment, then close."""
        self._is_last = True
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(LAST_CALL, self._close_idle)
        else:
            self._close_behind(self.cycle)

    def handle_events(self) -> None:
        """Called when something has arrived."""
        super().handle_events()
        if self._is_last and self.cycle is not None and self.cycle.keep_alive:
            self._close_behind(self.cycle)

    @staticmethod
    def _close_behind(cycle: RequestResponseCycle) -> None:
        """Close when this is answered, and say so in the answer, as to a client that asked for it."""
        cycle.keep_alive = False
        cycle.scope["headers"] = [*cycle.scope["headers"], CLOSE_HEADER]

    def _close_idle(self) -> None:
        if not self.transport.is_closing():
            super().shutdown()

    def _give_up(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.close()
