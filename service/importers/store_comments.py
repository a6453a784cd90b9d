"""Writes incoming comments into a site, page by page, about 500 comments per transaction.

First all is read into a temporary store, so that a file may have its comments in any order. Comments that exist already
are left alone, so an import can be stopped anywhere and run again. A comment is recognised by ``source`` and
``source_id``; it keeps its number as its id where that is free, so links to ``#comment-12`` work.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from db.engine import WRITE
from service.importers import prepare_page, write_jobs
from service.importers.fill_temporary_store import Reading
from service.importers.import_report import ImportReport
from service.importers.incoming_comments import Incoming, IncomingPage, PageMappings
from service.importers.prepare_page import RunJob, ThreadPart, ThreadWriter
from service.importers.source_file import BadSource
from service.importers.temporary_store import StoredPage, TemporaryStore
from service.page_address import PageRef

T = TypeVar("T")
P = ParamSpec("P")

PAGES_AT_ONCE = 100
"""Pages per transaction: each takes some statements beside those of its comments."""


def rehearse(engine: Engine) -> RunJob:
    """A ``RunJob`` that runs each job and rolls it back, so that a dry run reports what a real one would."""

    def run(function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        with engine.connect().execution_options(**{WRITE: True}) as connection:
            result = function(connection, *args, **kwargs)
            connection.rollback()
            return result

    return run


@dataclass(slots=True)
class Import:
    """One run. ``source`` is the other system's name, as in the column ``comment.source``.

    ``progress`` is told, while comments are written, how many of how many are done. ``run_id`` is written
    to all that is new, so that the import can be undone.
    """

    source: str
    mappings: PageMappings
    run: RunJob
    at: datetime
    report: ImportReport
    progress: Callable[[int, int], object] = lambda _done, _total: None
    run_id: int | None = None
    _used: set[str] = field(default_factory=set)
    _unnamed: list[tuple[PageRef, int]] = field(default_factory=list)

    def take(self, items: Iterable[Incoming]) -> ImportReport:
        """Write all items. The report says where the source could not be read further."""
        store = TemporaryStore()
        try:
            self._read(items, Reading(self._find, store, self.report, self.at))
            self._write(store)
        finally:
            store.close()
        names = (mapping.name for mapping in self.mappings.items)
        self.report.unused = tuple(name for name in names if name not in self._used)
        return self.report

    def _read(self, items: Iterable[Incoming], reading: Reading) -> None:
        try:
            for item in items:
                reading.add(item)
        except BadSource as error:
            self.report.broken = str(error)

    def _find(self, page: IncomingPage) -> PageRef:
        """The page here. Raises NoPlaceForPage."""
        self._used.update(mapping.name for mapping in self.mappings.items if mapping.matches(page))
        place = self.mappings.find(page)
        if page.names and not place.url.endswith(page.path or "?"):
            self.report.place(page.names[-1], place.url)
        return place

    def _write(self, store: TemporaryStore) -> None:
        total, done = store.comments(), 0
        self.progress(0, total)
        for count in self._write_threads(store):
            done += count
            self.progress(done, total)
        self._name_posts(0)

    def _write_threads(self, store: TemporaryStore) -> Iterator[int]:
        """Yields after each transaction how many comments are done. Small threads share one: most pages have few
        comments, and each transaction waits for the disk."""
        waiting: list[ThreadPart] = []
        for page in store.pages():
            place = PageRef(self.mappings.site_id, page.url, page.key)
            thread = ThreadWriter(self.source, store, page, place, self.run, self.at, self.report, self.run_id)
            if thread.is_large:
                yield self._write_together(waiting)
                for part in thread.parts():
                    yield self._write_parts([part])
                self._finish(thread, page)
                continue
            waiting += thread.parts()
            if not waiting or waiting[-1].thread is not thread:
                self._finish(thread, page)
            elif len(waiting) >= PAGES_AT_ONCE or sum(len(part.comments) for part in waiting) >= prepare_page.AT_ONCE:
                yield self._write_together(waiting)
        yield self._write_together(waiting)

    def _write_together(self, waiting: list[ThreadPart]) -> int:
        """Write whole threads, and empty the list."""
        count = self._write_parts(waiting)
        for part in waiting:
            self._finish(part.thread, part.thread.page)
        waiting.clear()
        return count

    def _write_parts(self, parts: list[ThreadPart]) -> int:
        results = self.run(write_jobs.write_pages, [part.batch for part in parts]) if parts else []
        return sum(part.took(result) for part, result in zip(parts, results, strict=True))

    def _finish(self, thread: ThreadWriter, page: StoredPage) -> None:
        thread.finish()
        if not thread.has_comments:
            self._unnamed += [(thread.place, number) for number in page.post_ids]
            self._name_posts(prepare_page.AT_ONCE)

    def _name_posts(self, least: int) -> None:
        """Record the post numbers of pages without comments, once there are more than ``least``."""
        if len(self._unnamed) > least:
            self.run(write_jobs.name_posts, self._unnamed, self.run_id)
            self._unnamed = []
