"""Connections to PostgreSQL that notice when the server says nothing any more.

PostgreSQL itself ends statements and waits for locks that take too long. A server that is stopped in its tracks ends
nothing, and its machine still acknowledges what it is sent, so the operating system does not notice either. Therefore a
connection that has waited for a while asks on another one whether the server answers anybody. A statement may be slow;
but if nobody is answered, all waits end at once, and only one caller in a while tries to connect again.
"""

import math
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from psycopg.waiting import READY_NONE

T = TypeVar("T")

QUIET_SECONDS = 2.0
"""After this time without a word from the server it is asked whether it answers at all."""

PROBE_SECONDS = 2
"""The time that it has for that. Whole seconds, and at least two: see ``connect_timeout`` of libpq."""

RETRY_AFTER = 2.0
"""Seconds until somebody may try to connect again."""


class ServerSilent(psycopg.OperationalError):
    """The server does not answer."""


class WatchedConnection(psycopg.Connection[Any]):
    """A connection whose waits end. ``longest``: after so many seconds it gives up, whatever others hear."""

    server: "WatchedServer | None" = None
    longest: float = math.inf

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """As psycopg's own, which sends a sign to ``gen`` ten times a second. Raises ServerSilent."""
        try:
            result = super().wait(self._watched(gen, time.monotonic()), *args, **kwargs)
        except ServerSilent:
            self.close()  # its answer may still come, and must not be taken for that of another statement
            raise
        if self.server is not None:
            self.server.heard()
        return result

    def _watched(self, gen: Any, began: float) -> Any:
        ready: Any = None
        while True:
            try:
                wanted = gen.send(ready)
            except StopIteration as end:
                return end.value
            ready = yield wanted
            if ready == READY_NONE:
                if time.monotonic() - began > self.longest:
                    raise ServerSilent(f"the server did not answer within {self.longest:.0f} seconds")
                if self.server is not None:
                    self.server.check(began)


class WatchedServer:
    """What the connections of one engine know of their server. ``longest`` is that of each connection."""

    def __init__(self, longest: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._longest, self._clock = longest, clock
        self._heard_at = clock()
        self._is_silent = False
        self._try_at = 0.0
        self._lock = threading.Lock()
        self._target: tuple[Any, dict[str, Any]] = ((), {})

    def connect(self, args: Any, options: dict[str, Any]) -> WatchedConnection:
        """A new connection. Raises ServerSilent at once while the server is known to be silent."""
        self._target = (args, options)
        if self._is_silent:
            self._take_turn()
            options = options | {"connect_timeout": PROBE_SECONDS}
        try:
            connection = WatchedConnection.connect(*args, **options)
        except psycopg.errors.ConnectionTimeout:
            self._fell_silent()
            raise
        connection.server, connection.longest = self, self._longest
        self.heard()
        return connection

    def heard(self) -> None:
        """The server has answered somebody."""
        self._heard_at = self._clock()
        self._is_silent = False

    def check(self, began: float) -> None:
        """To be called now and then while waiting since ``began``. Raises ServerSilent."""
        quiet_since = max(began, self._heard_at)
        if not self._is_silent and self._clock() - quiet_since > QUIET_SECONDS and self._lock.acquire(blocking=False):
            try:
                self._probe()
            finally:
                self._lock.release()
        if self._is_silent:
            raise ServerSilent("the server does not answer")

    def _probe(self) -> None:
        args, options = self._target
        try:
            with WatchedConnection.connect(*args, **options | {"connect_timeout": PROBE_SECONDS}) as connection:
                connection.longest = PROBE_SECONDS
                connection.execute("SELECT 1")
        except (psycopg.errors.ConnectionTimeout, ServerSilent):
            self._fell_silent()
        except psycopg.Error:  # also an answer: it has too many clients, or has just ended, as the others will notice
            self.heard()
        else:
            self.heard()

    def _fell_silent(self) -> None:
        self._is_silent, self._try_at = True, self._clock() + RETRY_AFTER

    def _take_turn(self) -> None:
        with self._lock:
            now = self._clock()
            if now < self._try_at:
                raise ServerSilent("the server does not answer")
            self._try_at = now + RETRY_AFTER
