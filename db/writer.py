"""Group commit: many small jobs in one durable transaction.

A job is a plain function of a connection. The writer takes the jobs that have queued up, runs them in one transaction,
commits once and only then answers, so that a ``kill -9`` or a power cut loses nothing that was acknowledged. A durable
commit is the expensive part of a write.

The usual way to keep a failing job from its batch is a savepoint for each job, which every job pays for. Here a batch
with a failure is rolled back, and each of its jobs runs again in its own transaction. So a job may run twice, but only
one run is kept: a job must have no effect except on the database, and must neither commit nor roll back.

The queue is bounded. When it is full, new jobs are refused at once, which is better than accepting posts until all
their readers have left.
"""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, Engine

from db.engine import UNAVAILABLE, is_conflict, is_timeout
from db.histogram import Histogram
from db.job_steps import Job, run_batch
from db.writing_connection import WritingConnection

T = TypeVar("T")
P = ParamSpec("P")

BATCH = 64
MOST_WAITING = 8 * BATCH
"""Jobs that may be queued: about half a second of work for a slow disk."""

TRIES = 5
"""How often a transaction is run that the database ended in favour of another one."""

AFTER_YOU_SECONDS = 0.01
"""Seconds before that, in which the other takes the locks. Otherwise this one may be faster, and they meet again."""

ALONE = None
"""The order of a job that locks several rows, and so gets a transaction of its own. Beside others it would lock a row
that comes before those of the jobs before it."""

GATHER_SECONDS = 0.003
"""Seconds that a batch waits for more jobs if the batch before it had several: then more are likely on their way.
A single post never waits (as PostgreSQL's ``commit_delay`` and ``commit_siblings``)."""


def job_of(function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> Job[T]:
    """A job that calls a function with a connection and these arguments."""
    return lambda connection: function(connection, *args, **kwargs)


class NotWritten(RuntimeError):
    """The writer refused the job. Nothing was stored."""


class WriterClosed(NotWritten):
    """The writer is closed."""


class WriterStopped(NotWritten):
    """The process ends before the job is done. It may have been stored all the same."""


class WriterFull(NotWritten):
    """The queue is full. Try again in a moment."""


class WriterCounts:
    """What the writer has done so far. Only its thread writes here; a reader may be one job behind."""

    def __init__(self) -> None:
        self.batches = Histogram((1, 2, 4, 8, 16, 32, BATCH))  # jobs
        self.commits = Histogram((0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5))  # seconds
        self.failed = 0  # jobs
        self.refused = 0  # jobs, because the queue was full
        self.last_commit = -float("inf")  # monotonic time
        self.last_trouble = -float("inf")  # when the database was last unavailable, monotonic time


class JobFuture(Protocol):
    """What the writer needs of a ``concurrent.futures.Future``."""

    def set_running_or_notify_cancel(self) -> bool:
        """Whether the job should still run."""

    def set_result(self, result: Any) -> None:
        """The job is committed."""

    def set_exception(self, exception: BaseException) -> None:
        """The job failed."""


class _QueuedJob(NamedTuple):
    job: Job[Any]
    future: JobFuture
    order: str | None


def _order(entry: _QueuedJob) -> str:
    return entry.order or ""


class Writer:
    """The only thread of a process that writes."""

    def __init__(self, engine: Engine, most_waiting: int = MOST_WAITING) -> None:
        self._connection = WritingConnection(engine)
        self._most_waiting = most_waiting
        self.counts = WriterCounts()
        self._queue: queue.SimpleQueue[_QueuedJob | None] = queue.SimpleQueue()
        self._closed = False
        self._had_several = False
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """The number of queued jobs."""
        return self._queue.qsize()

    @property
    def is_full(self) -> bool:
        """Whether the queue refuses more jobs."""
        return self.waiting >= self._most_waiting

    @property
    def alive(self) -> bool:
        """Whether the thread is running."""
        return self._thread.is_alive()

    def submit(self, job: Job[T], order: str | None = "") -> Future[T]:
        """Queue a job. The future gets its result once it is committed, or the exception that it raised.

        ``order`` names the row that the job locks, or is ``ALONE``. Every process sorts its batches by it: two batches
        that lock rows in opposite orders deadlock, which PostgreSQL notices after a second and then rolls one back.
        Raises NotWritten.
        """
        future: Future[T] = Future()
        self.submit_for(future, job, order)
        return future

    def submit_for(self, future: JobFuture, job: Job[Any], order: str | None = "") -> None:
        """As ``submit``, with the caller's own future."""
        if self._closed:
            raise WriterClosed
        if self.is_full:
            self.counts.refused += 1
            raise WriterFull
        self._queue.put(_QueuedJob(job, future, order))

    def run(self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Queue a call of a function with these arguments, and wait for its result."""
        return self.submit(job_of(function, *args, **kwargs)).result()

    def close(self, patience: float | None = None) -> bool:
        """Finish the queued jobs, then stop. Returns whether that took at most ``patience`` seconds; jobs that were not
        done by then were not acknowledged.
        """
        self._closed = True
        self._queue.put(None)
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (entry := self._queue.get()) is not None:
            batch, is_last = self._gather(entry)
            # A running job can no longer be cancelled, so its future can take the result. Cancelled ones are left out.
            batch = [entry for entry in batch if entry.future.set_running_or_notify_cancel()]
            for entry in batch:
                if entry.order is ALONE:
                    self._run_together([entry])
            if together := sorted((entry for entry in batch if entry.order is not ALONE), key=_order):
                self._run_together(together)
            if is_last:
                break
        self._connection.close()

    def _gather(self, first: _QueuedJob) -> tuple[list[_QueuedJob], bool]:
        batch = [first]
        if self._had_several:
            time.sleep(GATHER_SECONDS)
        while len(batch) < BATCH:
            try:
                entry = self._queue.get_nowait()
            except queue.Empty:
                break
            if entry is None:
                return batch, True
            batch.append(entry)
        self._had_several = len(batch) > 1
        return batch, False

    def _run_together(self, batch: list[_QueuedJob], tries: int = TRIES) -> BaseException | None:
        """Run these jobs in one transaction. Returns the error if the database did not even begin one."""
        has_begun = False
        try:
            connection = self._connection.begin()
            has_begun = True
            results = run_batch(connection, [(entry.job, entry.order) for entry in batch])
            done_at = time.monotonic()
            self._connection.commit(connection)
        except BaseException as error:  # a job's error is its caller's: the thread must live on
            if has_begun:
                self._connection.roll_back()
            if tries > 1 and is_conflict(error):
                time.sleep(AFTER_YOU_SECONDS)
                return self._run_together(batch, tries - 1)
            if len(batch) > 1 and has_begun and not is_timeout(error):
                self._run_alone(batch)
            else:
                self._fail(batch, error)
            return None if has_begun else error
        self._count(len(batch), done_at)
        for entry, result in zip(batch, results, strict=True):
            entry.future.set_result(result)
        return None

    def _run_alone(self, batch: list[_QueuedJob]) -> None:
        """Run each job in its own transaction, so that only a bad one fails."""
        for position, entry in enumerate(batch):
            if error := self._run_together([entry]):  # the others would each wait as long for the same database
                self._fail(batch[position + 1 :], error)
                return

    def _fail(self, batch: list[_QueuedJob], error: BaseException) -> None:
        self.counts.failed += len(batch)
        if isinstance(error, UNAVAILABLE):
            self.counts.last_trouble = time.monotonic()
        for entry in batch:
            entry.future.set_exception(error)

    def _count(self, jobs: int, done_at: float) -> None:
        now = time.monotonic()
        self.counts.batches.observe(jobs)
        self.counts.commits.observe(now - done_at)
        self.counts.last_commit = now
