"""Answers that many ask for at once, and that are looked up once."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Shares one answer among concurrent callers, and keeps it for some seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._answer: tuple[float, T] | None = None
        self._under_way: asyncio.Task[T] | None = None

    async def get(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The kept answer, or that of ``ask``. A caller may be cancelled without affecting the others."""
        if self._answer is not None and time.monotonic() - self._answer[0] < self._seconds:
            return self._answer[1]
        if self._under_way is None:
            self._under_way = asyncio.create_task(self._look_up(ask))
        return await asyncio.shield(self._under_way)

    async def _look_up(self, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            answer = await ask()
        finally:
            self._under_way = None
        self._answer = (time.monotonic(), answer)
        return answer


class SharedAnswers(Generic[T]):
    """``SingleFlight`` for each of many questions, of which the latest are remembered."""

    def __init__(self, seconds: float, most: int = 1000) -> None:
        self._seconds, self._most = seconds, most
        self._flights: OrderedDict[Hashable, SingleFlight[T]] = OrderedDict()

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """The kept answer to this question, or that of ``ask``."""
        flight = self._flights.setdefault(key, SingleFlight(self._seconds))
        self._flights.move_to_end(key)
        while len(self._flights) > self._most:
            self._flights.popitem(last=False)
        return await flight.get(ask)
