"""Writes incoming comments into a site: page by page, a few hundred to a transaction, each comment once for all time.

What is here already is left alone, so an import may be stopped anywhere and run again. A comment is known again by
``source`` and ``source_id``; it keeps its number as its id where that is free, so that links to ``#comment-12`` hold.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, Engine

from db.engine import WRITE
from service.importers import write
from service.importers.model import (
    TITLE,
    Commented,
    EmptyPage,
    Incoming,
    IncomingPage,
    NoPlaceForPage,
    PageMappings,
    Skipped,
    fit_columns,
    identity,
)
from service.importers.source import BadSource
from service.importers.summary import ImportReport
from service.numbers import whole_number
from service.urls import PageRef

T = TypeVar("T")
P = ParamSpec("P")

AT_ONCE = 500
"""Comments in a transaction: some 50 ms, for which a service that runs meanwhile waits."""

RENUMBERED = "their number was taken here, given another"
ORPHAN = "answers a comment that is not in the file, stands by itself"
ADOPTED = "answers a comment that was not taken, hangs under the one before it"
CIRCLE = "answers itself, stands by itself"
ELSEWHERE = "already here, but on another page; left there"
TWICE = "twice in the file"


class RunOptions(Protocol):
    """Runs a write job and gives its result: ``Writer.run``, or ``rehearsal`` which keeps nothing."""

    def __call__(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T: ...


def post_id(page: IncomingPage, source: str) -> int | None:
    """A page's number as a post of WordPress, whose forms name it."""
    number = next(iter(page.names), "")
    return whole_number(number, None, digits=15) if source == "wordpress" else None


class IncomingThread:
    """One page's comments. Takes them in batches, then hangs those under their parents that came before them."""

    def __init__(
        self, page: IncomingPage, place: PageRef, source: str, run: RunOptions, at: datetime, report: ImportReport
    ) -> None:
        self._page, self._place, self._source, self._at = page, place, source, at
        self._run, self._report = run, report
        self._ids: dict[str, int] = {}  # number there → our id, of those that stand on this page
        self._parents: dict[str, str] = {}  # number there → its parent's, also of those that are skipped
        self._loose: list[str] = []  # numbers of those whose parent was not known in time
        self._blog = ""
        self._new_page = False

    def take(self, items: Iterable[Commented]) -> None:
        """Write a batch."""
        rows: dict[str, tuple[dict[str, Any], list[str]]] = {}
        for item in items:
            if isinstance(item, Skipped):
                self._report.skip(item.reason, item.number)
            elif item.number in self._parents:
                self._report.skip(TWICE, item.number)
                continue
            else:
                rows[item.number] = fit_columns(item)
                self._blog = item.blog
            self._parents[item.number] = item.parent
        if rows:
            lines = [self._line(number, row) for number, (row, _) in rows.items()]
            title, closed = self._page.title[:TITLE], self._page.closed
            post = post_id(self._page, self._source)
            batch = write.WriteBatch(self._place, post, title, closed, self._source, self._at, lines)
            self._learn(self._run(write.write, batch), {number: notes for number, (_, notes) in rows.items()})

    @property
    def has_comments(self) -> bool:
        """Whether any was taken, now or by an earlier run."""
        return bool(self._blog)

    def finish(self) -> None:
        """Hang up what is loose, and count the page."""
        for start in range(0, len(self._loose), AT_ONCE):
            self._hang(self._loose[start : start + AT_ONCE])
        self._report.pages += self.has_comments
        self._report.new_pages += self._new_page

    def _line(self, number: str, row: dict[str, Any]) -> write.IncomingRow:
        parent = self._parents[number]
        return write.IncomingRow(self._known_as(number), number, self._ids.get(parent), self._known_as(parent), row)

    def _known_as(self, number: str) -> str:
        return identity(self._blog, number)

    def _learn(self, outcome: write.WriteResult, notes: dict[str, list[str]]) -> None:
        self._new_page = self._new_page or outcome.new_page
        self._report.taken.update(outcome.taken)
        self._report.already_here += len(notes) - len(outcome.new)
        for number, each in notes.items():
            source_id = self._known_as(number)
            if source_id in outcome.ids:
                self._ids[number] = outcome.ids[source_id]
            if source_id in outcome.loose and self._parents[number]:
                self._loose.append(number)
            if source_id in outcome.renumbered:
                each.append(RENUMBERED)
            if source_id in outcome.elsewhere:
                self._report.note(ELSEWHERE, number)
            if source_id in outcome.new:
                for reason in each:
                    self._report.note(reason, number)

    def _hang(self, numbers: list[str]) -> None:
        unknown = {parent for number in numbers if (parent := self._parents[number]) not in self._parents}
        if unknown:
            known = self._run(write.find, self._place, self._source, [self._known_as(each) for each in unknown])
            self._ids |= {each: known[name] for each in unknown if (name := self._known_as(each)) in known}
        parents: dict[int, int] = {}
        for number in numbers:
            ancestor, note = self._ancestor(number)
            if ancestor:
                parents[self._ids[number]] = self._ids[ancestor]
            if note:
                self._report.note(note, number)
        if parents:
            self._run(write.attach_replies, self._place, parents)

    def _ancestor(self, number: str) -> tuple[str, str]:
        """The nearest one above that stands here, if any, and what there is to say about it."""
        line = [number]
        while parent := self._parents.get(line[-1], ""):
            if parent in line:
                return "", CIRCLE
            line.append(parent)
        above = [each for each in line[1:] if each in self._ids]
        if not above:
            return "", ORPHAN
        return above[0], "" if above[0] == line[1] else ADOPTED


def rehearse(engine: Engine) -> RunOptions:
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
    places: PageMappings
    run: RunOptions
    at: datetime
    report: ImportReport
    _used: set[str] = field(default_factory=set)
    _unnamed: list[tuple[PageRef, int]] = field(default_factory=list)

    def take(self, items: Iterable[Incoming]) -> ImportReport:
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
        items: Iterator[Commented] = (item for item in group if not isinstance(item, EmptyPage))
        self._used.update(move.name for move in self.places.moves if move.means(page))
        try:
            place = self.places.find(page)
        except NoPlaceForPage as reason:
            for item in items:
                self.report.skip(str(reason), item.number)
            return
        thread = IncomingThread(page, place, self.source, self.run, self.at, self.report)
        while batch := list(islice(items, AT_ONCE)):
            thread.take(batch)
        thread.finish()
        if not thread.has_comments and (number := post_id(page, self.source)):
            self._unnamed.append((place, number))
            self._name_posts(AT_ONCE)

    def _name_posts(self, least: int) -> None:
        """Note the numbers of pages without comments, many at once."""
        if len(self._unnamed) > least:
            self.run(write.name_posts, self._unnamed)
            self._unnamed = []
