"""Writes incoming comments into a site: page by page, a few hundred to a transaction, each comment once for all time.

What is here already is left alone, so an import may be stopped anywhere and run again. A comment is known again by
``source`` and ``source_id``; it keeps its number as its id where that is free, so that links to ``#comment-12`` hold.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from db.engine import WRITE
from service.pages import PageRef
from service.transfer import jobs
from service.transfer.model import Commented, Incoming, IncomingPage, Uncommented
from service.transfer.places import Misplaced, Places
from service.transfer.report import Report
from service.transfer.source import BadSource
from service.transfer.threads import AT_ONCE, Run, Thread, post_id

T = TypeVar("T")
P = ParamSpec("P")


def rehearsal(engine: Engine) -> Run:
    """Runs each job for real and takes it back, so that a dry run tells what a run would."""

    def run(function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        with engine.connect().execution_options(**{WRITE: True}) as connection:
            result = function(connection, *args, **kwargs)
            connection.rollback()
            return result

    return run


@dataclass(slots=True)
class Import:
    """One run. ``source`` names the other system, as in the column."""

    source: str
    places: Places
    run: Run
    at: datetime
    report: Report
    _used: set[str] = field(default_factory=set)
    _unnamed: list[tuple[PageRef, int]] = field(default_factory=list)

    def take(self, items: Iterable[Incoming]) -> Report:
        """Write all of these, the comments of a page together. Where they break off, the report says so."""
        for page, group in groupby(self._until_broken(items), key=lambda item: item.page):
            self._take_page(page, group)
        self._name_posts(0)
        moves = (move.name for move in self.places.moves)
        self.report.unused = tuple(name for name in moves if name not in self._used)
        return self.report

    def _until_broken(self, items: Iterable[Incoming]) -> Iterator[Incoming]:
        try:
            yield from items
        except BadSource as error:
            self.report.broken = str(error)

    def _take_page(self, page: IncomingPage, group: Iterable[Incoming]) -> None:
        items: Iterator[Commented] = (item for item in group if not isinstance(item, Uncommented))
        self._used.update(move.name for move in self.places.moves if move.means(page))
        try:
            place = self.places.find(page)
        except Misplaced as reason:
            for item in items:
                self.report.skip(str(reason), item.number)
            return
        thread = Thread(page, place, self.source, self.run, self.at, self.report)
        while batch := list(islice(items, AT_ONCE)):
            thread.take(batch)
        thread.finish()
        if not thread.has_comments and (number := post_id(page, self.source)):
            self._unnamed.append((place, number))
            self._name_posts(AT_ONCE)

    def _name_posts(self, least: int) -> None:
        """Note the numbers of pages without comments, many at once."""
        if len(self._unnamed) > least:
            self.run(jobs.name_posts, self._unnamed)
            self._unnamed = []
