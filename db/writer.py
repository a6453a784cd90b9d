"""Group commit: many small jobs, one durable transaction.

A job is a plain function of a connection. The writer takes what has queued up, runs it in one transaction, commits
once, and only then answers, so that nothing is acknowledged that a ``kill -9`` could lose. If a job of a batch fails,
the whole batch is rolled back and each of its jobs is run again in a transaction of its own: a job may therefore run
twice, but only one of its runs is ever kept.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import Connection, Engine

from db.engine import WRITE

T = TypeVar("T")
Job = Callable[[Connection], T]

BATCH = 64


class WriterClosed(RuntimeError):
    """The writer was asked for work after it was closed."""


class Waiting(Protocol):
    """What a result is put into: the part of ``concurrent.futures.Future`` that is needed."""

    def set_running_or_notify_cancel(self) -> bool:
        """Whether anybody still waits."""

    def set_result(self, result: Any) -> None:
        """The job is durable."""

    def set_exception(self, exception: BaseException) -> None:
        """The job failed."""


class _Entry(NamedTuple):
    job: Job[Any]
    future: Waiting
    order: str


class Writer:
    """The one thread of a process that writes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(**{WRITE: True})
        self._queue: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many jobs stand in the queue."""
        return self._queue.qsize()

    @property
    def alive(self) -> bool:
        """Whether the thread is at work."""
        return self._thread.is_alive()

    def submit(self, job: Job[T], order: str = "") -> Future[T]:
        """Queue a job. The future has its result once it is durable, or the exception that it raised.

        ``order`` names the row that the job locks. A batch locks its rows in this order in every process, since two
        that do it crosswise stop each other: PostgreSQL then waits for a second and rolls one of them back.
        """
        future: Future[T] = Future()
        self.submit_for(future, job, order)
        return future

    def submit_for(self, waiting: Waiting, job: Job[Any], order: str = "") -> None:
        """As ``submit``, with a future of the caller's own."""
        if self._closed:
            raise WriterClosed
        self._queue.put(_Entry(job, waiting, order))

    def run(self, job: Job[T]) -> T:
        """Queue a job and wait for its result."""
        return self.submit(job).result()

    def close(self) -> None:
        """Finish what is queued, then stop."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()

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

    def _gather(self, first: _Entry) -> tuple[list[_Entry], bool]:
        batch = [first]
        while len(batch) < BATCH:
            try:
                entry = self._queue.get_nowait()
            except queue.Empty:
                break
            if entry is None:
                return batch, True
            batch.append(entry)
        return batch, False

    def _run_together(self, batch: list[_Entry]) -> None:
        begun = False
        try:
            with self._engine.begin() as connection:
                begun = True
                results = [entry.job(connection) for entry in batch]
        except BaseException as error:  # whatever a job raises is for its caller: a dead writer would answer nobody
            if len(batch) == 1 or not begun:  # a database that does not even begin would keep each waiting in turn
                for entry in batch:
                    entry.future.set_exception(error)
                return
            for entry in batch:
                self._run_together([entry])
            return
        for entry, result in zip(batch, results, strict=True):
            entry.future.set_result(result)
