"""Writes incoming comments into a site, page by page, up to 500 comments per transaction.

First all is read into a temporary store, so that a file may have its comments in any order. Comments that exist already
are left alone, so an import can be stopped anywhere and run again. A comment is recognised by ``source`` and
``source_id``; it keeps its number as its id where that is free, so links to ``#comment-12`` work.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from db.engine import WRITE
from service.importers import write
from service.importers.model import Incoming, IncomingPage, PageMappings
from service.importers.read_in import Reading
from service.importers.source import BadSource
from service.importers.summary import ImportReport
from service.importers.temporary_store import TemporaryStore
from service.importers.write_thread import AT_ONCE, RunJob, ThreadWriter
from service.urls import PageRef

T = TypeVar("T")
P = ParamSpec("P")


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
        return self.mappings.find(page)

    def _write(self, store: TemporaryStore) -> None:
        total, done = store.comments(), 0
        self.progress(0, total)
        for page in store.pages():
            place = PageRef(self.mappings.site_id, page.url, page.key)
            thread = ThreadWriter(self.source, store, page, place, self.run, self.at, self.report, self.run_id)
            for count in thread.write_all():
                done += count
                self.progress(done, total)
            if not thread.has_comments:
                self._unnamed += [(place, number) for number in page.post_ids]
                self._name_posts(AT_ONCE)
        self._name_posts(0)

    def _name_posts(self, least: int) -> None:
        """Record the post numbers of pages without comments, once there are more than ``least``."""
        if len(self._unnamed) > least:
            self.run(write.name_posts, self._unnamed, self.run_id)
            self._unnamed = []
