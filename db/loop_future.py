"""Futures by which a coroutine waits for the writer's thread: one wake-up of the event loop for a whole batch."""

import asyncio
from collections import deque
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class LoopFutures:
    """Results from other threads that the event loop has not handed out yet."""

    def __init__(self) -> None:
        self._results: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._is_wake_up_scheduled = False

    def put(self, future: "asyncio.Future[Any]", result: Any, error: BaseException | None) -> None:
        """Queue a result, from any thread. If a wake-up is scheduled already, it hands this result out too."""
        self._results.append((future, result, error))
        if not self._is_wake_up_scheduled:
            self._is_wake_up_scheduled = True
            future.get_loop().call_soon_threadsafe(self._hand_out)

    def _hand_out(self) -> None:
        self._is_wake_up_scheduled = False  # before the loop: a result that comes from now on schedules another
        while self._results:
            future, result, error = self._results.popleft()
            if future.done():  # its coroutine was cancelled
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)


class LoopFuture(Generic[T]):
    """A ``JobFuture`` of the writer, for a coroutine that awaits its ``future``."""

    def __init__(self, results: LoopFutures) -> None:
        self._results = results
        self.future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def set_running_or_notify_cancel(self) -> bool:
        """Whether the coroutine still waits."""
        return not self.future.cancelled()

    def set_result(self, result: T) -> None:
        """Hand over the result of a durable job."""
        self._results.put(self.future, result, None)

    def set_exception(self, exception: BaseException) -> None:
        """Hand over the error of a failed job."""
        self._results.put(self.future, None, exception)
