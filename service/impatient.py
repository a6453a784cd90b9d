"""HTTP/1.1 that does not wait for ever: a connection has ten seconds to say what it wants.

uvicorn limits the time between requests, but not the time until the first, so that a thousand silent connections
would keep everybody else out ("slowloris"). A body has a limit of its own, in ``service.web.body``.
"""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

SECONDS = 10.0


class ImpatientProtocol(H11Protocol):
    """Closes a connection that has not sent a whole request head in time."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop it."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.close()
