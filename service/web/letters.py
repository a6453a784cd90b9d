"""Results on their way from the writer's thread to the event loop: one wake-up for a whole batch of them."""

import asyncio
from collections import deque
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Letters:
    """What has been answered in other threads, and is not yet known to the loop."""

    def __init__(self) -> None:
        self._answered: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._rung = False

    def put(self, future: "asyncio.Future[Any]", result: Any, error: BaseException | None) -> None:
        """From any thread. Who finds that the bell was rung already need not ring: its letter is found, too."""
        self._answered.append((future, result, error))
        if not self._rung:
            self._rung = True
            future.get_loop().call_soon_threadsafe(self._hand_out)

    def _hand_out(self) -> None:
        self._rung = False  # first: a letter that comes from now on rings again
        while self._answered:
            future, result, error = self._answered.popleft()
            if future.done():  # its reader has gone
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)


class Letter(Generic[T]):
    """As the writer wants a future, for a coroutine that waits."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters
        self.future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def set_running_or_notify_cancel(self) -> bool:
        """Whether anybody still waits."""
        return not self.future.cancelled()

    def set_result(self, result: T) -> None:
        """The job is durable."""
        self._letters.put(self.future, result, None)

    def set_exception(self, exception: BaseException) -> None:
        """The job failed."""
        self._letters.put(self.future, None, exception)
