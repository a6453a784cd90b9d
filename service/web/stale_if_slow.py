"""Reads of what is already known from before: a slow or stuck database must not hold a reader up for it."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from db.engine import UNAVAILABLE

T = TypeVar("T")

LAST_KNOWN_AFTER = 1.0
"""Seconds after which a reader gets what was read before. The read goes on, and whoever asks meanwhile shares it."""


class LastKnown:
    """The reads that are under way. For one event loop."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Task[Any]] = {}

    async def get(self, key: Hashable, read: Callable[[], Awaitable[T]], last: T | None, *, in_thread: bool) -> T:
        """What ``read`` returns, or ``last`` while the database is away or slow, unless that is None. ``read`` may go
        on after that, and should keep what it has read itself. On the event loop it cannot be slow.
        """
        try:
            return await (read() if last is None or not in_thread else self._within_time(key, read))
        except (TimeoutError, *UNAVAILABLE):
            if last is None:
                raise
            return last

    async def _within_time(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.ensure_future(self._read(key, read))
            task.add_done_callback(_take_notice)
        async with asyncio.timeout(LAST_KNOWN_AFTER):
            return await asyncio.shield(task)

    async def _read(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        try:
            return await read()
        finally:
            del self._under_way[key]


def _take_notice(task: "asyncio.Task[Any]") -> None:
    """Of an error that nobody waits for any more: asyncio would complain about it."""
    if not task.cancelled():
        task.exception()
