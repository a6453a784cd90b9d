"""Coroutines' only bridges to the database: ``read`` and ``search``, ``write`` and their kin.

A slow or stuck database must not hold a reader up for what is known from before, and the writer's thread wakes the
event loop once for a whole batch.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from db.engine import UNAVAILABLE
from db.job_steps import Job, JobInSteps, Steps
from db.kept_readers import KeptReaders
from db.prepared_statements import InlineReader
from db.writer import ALONE, Writer, WriterStopped, job_of
from service import log_chain
from service.comments.changes_for_caches import Changes, collect_changes, collect_in_steps
from service.secret_keys import Keyring
from service.web.http.concurrency_limit import Admission

T = TypeVar("T")
P = ParamSpec("P")

READERS = 4
"""Threads that read at once: fewer than the pool's connections, so that no read opens a connection of its own.
More threads would only wait for one another in Python."""

SEARCHERS = 2
"""Threads that search all comments, which takes a second of 200,000. Their connections are opened when needed."""

MOST_SEARCHES_WAITING = 20
"""Further ones are refused: they would only take the places of other requests."""

LAST_KNOWN_AFTER = 1.0
"""Seconds after which a reader gets what was read before. The read goes on, and whoever asks meanwhile shares it."""


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


@dataclass(kw_only=True)
class DatabaseAccess:
    """The database of a process, from its event loop."""

    engine: Engine
    writer: Writer
    keyring: Keyring
    inline_reader: InlineReader | None = None
    kept_readers: KeptReaders | None = None
    admission: Admission = field(default_factory=Admission)
    listeners: list[Callable[[Changes], None]] = field(default_factory=list)
    """Called on the event loop after each commit that changed what readers see; see ``service.app``."""
    _last_known: LastKnown = field(default_factory=LastKnown)
    _futures: LoopFutures = field(default_factory=LoopFutures)
    _readers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(READERS))
    _searchers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(SEARCHERS))

    async def read(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query in a worker thread."""
        return await self._read_within(self._readers, job_of(function, *args, **kwargs))

    async def search(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As ``read``, for a query that may look at all comments: readers of pages do not wait for it. Raises
        HTTPException 503 if too many wait already."""
        if self._searchers.statistics().tasks_waiting >= MOST_SEARCHES_WAITING:
            raise HTTPException(503, headers={"retry-after": "5"})
        return await self._read_within(self._searchers, job_of(function, *args, **kwargs))

    async def _read_within(self, limiter: CapacityLimiter, job: Job[T]) -> T:
        def ask() -> T:
            with self.engine.connect() as connection:
                return job(connection)

        return await to_thread.run_sync(ask, limiter=limiter)

    async def read_inline(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a query by a few keys: on the event loop where the database is a file (SQLite), else in a thread.

        SQLite answers in 20 microseconds, which is less than a thread needs to wake up.
        """
        if self.inline_reader is not None:
            try:
                return self.inline_reader.read(job_of(function, *args, **kwargs))
            except OperationalError:  # the file is locked for a moment, and only a thread may wait
                pass
        if self.kept_readers is not None:
            job = job_of(function, *args, **kwargs)
            return await to_thread.run_sync(self.kept_readers.read, job, limiter=self._readers)
        return await self.read(function, *args, **kwargs)

    async def fresh(self, key: Hashable, read: Callable[[], Awaitable[T]], last: T | None) -> T:
        """What ``read`` returns; see ``LastKnown``."""
        return await self._last_known.get(key, read, last, in_thread=self.inline_reader is None)

    async def write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a job in the writer's transaction, and wait until it is on the disk."""
        return await self.write_row("", function, *args, **kwargs)

    async def write_alone(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As ``write``, for a job that may lock several rows."""
        return await self.write_row(ALONE, function, *args, **kwargs)

    async def write_row(
        self, row: str | None, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As ``write``, for a job that locks a row; ``row`` is the row's name, by which the writer orders its jobs."""

        def job(connection: Connection) -> tuple[T, Changes]:
            with collect_changes(connection) as changes:
                result = function(connection, *args, **kwargs)
                log_chain.join_new(connection, self.keyring)
                return result, changes

        return await self._written(job, row)

    async def write_in_steps(
        self, row: str, function: Callable[Concatenate[Connection, P], Steps[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As ``write_row``, for a job in steps. It logs no action."""

        def begin(connection: Connection) -> Steps[tuple[T, Changes]]:
            return collect_in_steps(connection, function(connection, *args, **kwargs))

        return await self._written(JobInSteps(begin), row)

    async def _written(self, job: Job[tuple[T, Changes]], row: str | None) -> T:
        future: LoopFuture[tuple[T, Changes]] = LoopFuture(self._futures)
        self.writer.submit_for(future, job, row)
        try:
            result, changes = await future.future
        except asyncio.CancelledError:
            if self.admission.is_draining:
                raise WriterStopped from None  # so that the reader is told, before the process ends
            raise
        if changes:
            for listener in self.listeners:
                listener(changes)
        return result
