"""Group commit: many small jobs, one durable transaction.

A job is a plain function of a connection. The writer takes what has queued up, runs it in one transaction, commits
once, and only then answers, so that nothing is acknowledged that a ``kill -9`` could lose. If a job of a batch fails,
the whole batch is rolled back and each of its jobs is run again in a transaction of its own: a job may therefore run
twice, but only one of its runs is ever kept.

The queue has an end. When it is full, new work is refused at once: who waits for longer than a moment would rather be
told, and what is accepted is always answered.
"""

import asyncio
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Concatenate, Generic, NamedTuple, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, Engine

from db.engine import UNAVAILABLE, WRITE
from db.histogram import Histogram

T = TypeVar("T")
P = ParamSpec("P")
Job = Callable[[Connection], T]

BATCH = 64
MOST_WAITING = 8 * BATCH
"""Jobs that may stand in the queue: about half a second of work for a slow disk."""

GATHER_SECONDS = 0.003
"""Seconds that a batch waits for more, if the one before it had several jobs: a commit costs as much as a comment does.
Who posts alone does not wait (PostgreSQL's ``commit_delay`` and ``commit_siblings``)."""


def job_of(function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> Job[T]:
    """A function of a connection and more, as a job of a connection alone."""
    return lambda connection: function(connection, *args, **kwargs)


class NotWritten(RuntimeError):
    """The writer did not take the job. Nothing was stored."""


class WriterClosed(NotWritten):
    """The writer was asked for work after it was closed."""


class WriterFull(NotWritten):
    """As much is waiting as may wait. Ask again in a moment."""


class WriterCounts:
    """What the writer has done so far. Written by its thread alone; whoever reads may be one job behind."""

    def __init__(self) -> None:
        self.batches = Histogram((1, 2, 4, 8, 16, 32, BATCH))  # jobs
        self.commits = Histogram((0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5))  # seconds
        self.failed = 0  # jobs
        self.refused = 0  # jobs, because the queue was full
        self.last_commit = -float("inf")  # on the monotonic clock
        self.last_trouble = -float("inf")  # when the database last refused, on the same clock


class JobFuture(Protocol):
    """What a result is put into: the part of ``concurrent.futures.Future`` that is needed."""

    def set_running_or_notify_cancel(self) -> bool:
        """Whether anybody still waits."""

    def set_result(self, result: Any) -> None:
        """The job is durable."""

    def set_exception(self, exception: BaseException) -> None:
        """The job failed."""


class _QueuedJob(NamedTuple):
    job: Job[Any]
    future: JobFuture
    order: str


class Writer:
    """The one thread of a process that writes."""

    def __init__(self, engine: Engine, most_waiting: int = MOST_WAITING) -> None:
        self._engine = engine.execution_options(**{WRITE: True})
        self._most_waiting = most_waiting
        self.counts = WriterCounts()
        self._queue: queue.SimpleQueue[_QueuedJob | None] = queue.SimpleQueue()
        self._closed = False
        self._has_company = False
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many jobs stand in the queue."""
        return self._queue.qsize()

    @property
    def is_full(self) -> bool:
        """Whether no more may wait."""
        return self.waiting >= self._most_waiting

    @property
    def alive(self) -> bool:
        """Whether the thread is at work."""
        return self._thread.is_alive()

    def submit(self, job: Job[T], order: str = "") -> Future[T]:
        """Queue a job. The future has its result once it is durable, or the exception that it raised.

        ``order`` names the row that the job locks. A batch locks its rows in this order in every process, since two
        that do it crosswise stop each other: PostgreSQL then waits for a second and rolls one of them back.
        Raises NotWritten.
        """
        future: Future[T] = Future()
        self.submit_for(future, job, order)
        return future

    def submit_for(self, waiting: JobFuture, job: Job[Any], order: str = "") -> None:
        """As ``submit``, with a future of the caller's own."""
        if self._closed:
            raise WriterClosed
        if self.is_full:
            self.counts.refused += 1
            raise WriterFull
        self._queue.put(_QueuedJob(job, waiting, order))

    def run(self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Queue a function with its arguments, and wait for its result."""
        return self.submit(job_of(function, *args, **kwargs)).result()

    def close(self, patience: float | None = None) -> bool:
        """Finish what is queued, then stop. Returns whether that was done within ``patience`` seconds; what was not
        done by then was never acknowledged.
        """
        self._closed = True
        self._queue.put(None)
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (entry := self._queue.get()) is not None:
            batch, last = self._gather(entry)
            # What runs can no longer be cancelled, so a result always finds its future. What was given up is left out.
            batch = [entry for entry in batch if entry.future.set_running_or_notify_cancel()]
            batch.sort(key=lambda entry: entry.order)
            if batch:
                self._run_together(batch)
            if last:
                return

    def _gather(self, first: _QueuedJob) -> tuple[list[_QueuedJob], bool]:
        batch = [first]
        if self._has_company:
            time.sleep(GATHER_SECONDS)
        while len(batch) < BATCH:
            try:
                entry = self._queue.get_nowait()
            except queue.Empty:
                break
            if entry is None:
                return batch, True
            batch.append(entry)
        self._has_company = len(batch) > 1
        return batch, False

    def _run_together(self, batch: list[_QueuedJob]) -> BaseException | None:
        """Run these jobs in one transaction. Returns why the database did not even begin one, if so."""
        begun = False
        try:
            with self._engine.begin() as connection:
                begun = True
                results = [entry.job(connection) for entry in batch]
                done = time.monotonic()
        except BaseException as error:  # whatever a job raises is for its caller: a dead writer would answer nobody
            if len(batch) > 1 and begun:
                self._run_alone(batch)
            else:
                self._fail(batch, error)
            return None if begun else error
        self._count(len(batch), done)
        for entry, result in zip(batch, results, strict=True):
            entry.future.set_result(result)
        return None

    def _run_alone(self, batch: list[_QueuedJob]) -> None:
        """Each job in a transaction of its own, so that a bad one fails alone."""
        for at, entry in enumerate(batch):
            if error := self._run_together([entry]):  # one that does not begin would keep each waiting in turn
                self._fail(batch[at + 1 :], error)
                return

    def _fail(self, batch: list[_QueuedJob], error: BaseException) -> None:
        self.counts.failed += len(batch)
        if isinstance(error, UNAVAILABLE):
            self.counts.last_trouble = time.monotonic()
        for entry in batch:
            entry.future.set_exception(error)

    def _count(self, jobs: int, done: float) -> None:
        now = time.monotonic()
        self.counts.batches.observe(jobs)
        self.counts.commits.observe(now - done)
        self.counts.last_commit = now


class LoopFutures:
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


class LoopFuture(Generic[T]):
    """As the writer wants a future, for a coroutine that waits."""

    def __init__(self, letters: LoopFutures) -> None:
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
