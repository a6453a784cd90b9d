"""An answer that many ask for: looked up once, however many wait, and good for some seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """``seconds`` is how long an answer holds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._answer: tuple[float, T] | None = None
        self._under_way: asyncio.Task[T] | None = None

    async def get(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer, asked for now or a moment ago. Whoever waits may give up without harm to the others."""
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
