"""Writes incoming comments into a site: page by page, a few hundred to a transaction, each comment once for all time.

What is here already is left alone, so an import may be stopped anywhere and run again. A comment is known again by
``source`` and ``source_id``; it keeps its number as its id where that is free, so that links to ``#comment-12`` hold.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine

from db.engine import WRITE
from service.pages import PageRef
from service.transfer import jobs
from service.transfer.fitting import TITLE, fit, identity
from service.transfer.model import Incoming, IncomingComment, IncomingPage
from service.transfer.places import Misplaced, Places
from service.transfer.report import Report
from service.transfer.source import BadSource

T = TypeVar("T")

AT_ONCE = 500
"""Comments in a transaction: some 50 ms, for which a service that runs meanwhile waits."""

RENUMBERED = "their number was taken here, given another"
ORPHAN = "answers a comment that is not in the file, stands by itself"
ADOPTED = "answers a comment that was not taken, hangs under the one before it"
CIRCLE = "answers itself, stands by itself"
ELSEWHERE = "already here, but on another page; left there"
TWICE = "twice in the file"


class Run(Protocol):
    """Runs a write job and gives its result: ``Writer.run``, or ``rehearsal`` which keeps nothing."""

    def __call__(self, job: Callable[[Connection], T], /) -> T: ...


def rehearsal(engine: Engine) -> Run:
    """Runs each job for real and takes it back, so that a dry run tells what a run would."""

    def run(job: Callable[[Connection], T], /) -> T:
        with engine.connect().execution_options(**{WRITE: True}) as connection:
            result = job(connection)
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

    def take(self, items: Iterable[Incoming]) -> Report:
        """Write all of these, the comments of a page together. Where they break off, the report says so."""
        for page, group in groupby(self._until_broken(items), key=lambda item: item.page):
            self._take_page(page, group)
        moves = (move.name for move in self.places.moves)
        self.report.unused = tuple(name for name in moves if name not in self._used)
        return self.report

    def _until_broken(self, items: Iterable[Incoming]) -> Iterator[Incoming]:
        try:
            yield from items
        except BadSource as error:
            self.report.broken = str(error)

    def _take_page(self, page: IncomingPage, items: Iterable[Incoming]) -> None:
        self._used.update(move.name for move in self.places.moves if move.means(page))
        try:
            thread = _Thread(self, page, self.places.find(page))
        except Misplaced as reason:
            for item in items:
                self.report.skip(str(reason), item.number)
            return
        items = iter(items)
        while batch := list(islice(items, AT_ONCE)):
            thread.take(batch)
        thread.finish()


class _Thread:
    """The comments of one incoming page, with what has become of them."""

    def __init__(self, to: Import, page: IncomingPage, place: PageRef) -> None:
        self._to, self._page, self._place = to, page, place
        self._ids: dict[str, int] = {}  # number there → our id, of those that stand on the page
        self._parents: dict[str, str] = {}  # number there → its parent's, also of those that were skipped
        self._loose: list[tuple[str, str]] = []  # (number, source id) of those whose parent was not known in time
        self._blog = ""
        self._new_page = self._counted = False

    def take(self, items: list[Incoming]) -> None:
        """Write a batch."""
        comments = [item for item in items if self._note(item)]
        if not comments:
            return
        fitted = {item.number: fit(item) for item in comments if isinstance(item, IncomingComment)}
        by_source = {identity(self._blog, number): number for number in fitted}
        lines = [
            jobs.Line(source_id, number, self._ids.get(self._parents[number]), fitted[number][0])
            for source_id, number in by_source.items()
        ]
        batch = jobs.Batch(
            self._place, self._page.title[:TITLE], self._page.closed, self._to.source, self._to.at, lines
        )
        outcome = self._to.run(jobs.write(batch))
