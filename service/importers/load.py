"""Writes incoming comments into a site, page by page, up to 500 comments per transaction.

Comments that exist already are left alone, so an import can be stopped anywhere and run again. A comment is recognised
by ``source`` and ``source_id``; it keeps its number as its id where that is free, so links to ``#comment-12`` work.
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
    Remark,
    Skipped,
    Unreadable,
    fit_columns,
    identity,
)
from service.importers.source import BadSource
from service.importers.summary import ImportReport, Tally
from service.numbers import whole_number
from service.urls import PageRef

T = TypeVar("T")
P = ParamSpec("P")

AT_ONCE = 500
"""Comments per transaction: about 50 ms, during which a running service cannot write."""

RENUMBERED = "their number was taken here, given another"
ORPHAN = "answers a comment that is not in the file, stands by itself"
ADOPTED = "answers a comment that was not taken, hangs under the one before it"
CIRCLE = "answers itself, stands by itself"
ELSEWHERE = "already here, but on another page; left there"
TWICE = "twice in the file"


class RunJob(Protocol):
    """Runs a write job and returns its result: ``Writer.run``, or what ``rehearse`` returns, which rolls back."""

    def __call__(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T: ...


def post_id(page: IncomingPage, source: str) -> int | None:
    """A page's WordPress post number, by which theme forms name it; None for other sources."""
    number = next(iter(page.names), "")
    return whole_number(number, None, digits=15) if source == "wordpress" else None


class IncomingThread:
    """One page's comments: written in batches; then replies that came before their parents are attached."""

    def __init__(
        self, page: IncomingPage, place: PageRef, source: str, run: RunJob, at: datetime, report: ImportReport
    ) -> None:
        self._page, self._place, self._source, self._at = page, place, source, at
        self._run, self._report = run, report
        self._ids: dict[str, int] = {}  # number there → our id, of comments on this page
        self._parents: dict[str, str] = {}  # number there → its parent's, skipped comments too
        self._unattached: list[str] = []  # numbers of comments whose parent was not written yet
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
            incoming = [self._row(number, row) for number, (row, _) in rows.items()]
            title, closed = self._page.title[:TITLE], self._page.closed
            post = post_id(self._page, self._source)
            batch = write.WriteBatch(self._place, post, title, closed, self._source, self._at, incoming)
            self._record_result(self._run(write.write, batch), {number: notes for number, (_, notes) in rows.items()})

    @property
    def has_comments(self) -> bool:
        """Whether any comment was written, by this run or an earlier one."""
        return bool(self._blog)

    def finish(self) -> None:
        """Attach the remaining replies, and count the page."""
        for start in range(0, len(self._unattached), AT_ONCE):
            self._attach(self._unattached[start : start + AT_ONCE])
        self._report.pages += self.has_comments
        self._report.new_pages += self._new_page

    def _row(self, number: str, row: dict[str, Any]) -> write.IncomingRow:
        parent = self._parents[number]
        return write.IncomingRow(self._source_id(number), number, self._ids.get(parent), self._source_id(parent), row)

    def _source_id(self, number: str) -> str:
        return identity(self._blog, number)

    def _record_result(self, result: write.WriteResult, notes: dict[str, list[str]]) -> None:
        self._new_page = self._new_page or result.new_page
        self._report.taken.update(result.taken)
        self._report.already_here += len(notes) - len(result.new)
        for number, each in notes.items():
            source_id = self._source_id(number)
            if source_id in result.ids:
                self._ids[number] = result.ids[source_id]
            if source_id in result.unattached and self._parents[number]:
                self._unattached.append(number)
            if source_id in result.renumbered:
                each.append(RENUMBERED)
            if source_id in result.elsewhere:
                self._report.note(ELSEWHERE, number)
            if source_id in result.new:
                for reason in each:
                    self._report.note(reason, number)

    def _attach(self, numbers: list[str]) -> None:
        unknown = {parent for number in numbers if (parent := self._parents[number]) not in self._parents}
        if unknown:
            known = self._run(write.find, self._place, self._source, [self._source_id(each) for each in unknown])
            self._ids |= {each: known[name] for each in unknown if (name := self._source_id(each)) in known}
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
        """The nearest ancestor on this page, or empty, and a note for the report, or empty."""
        chain = [number]
        while parent := self._parents.get(chain[-1], ""):
            if parent in chain:
                return "", CIRCLE
            chain.append(parent)
        ancestors = [ancestor for ancestor in chain[1:] if ancestor in self._ids]
        if not ancestors:
            return "", ORPHAN
        return ancestors[0], "" if ancestors[0] == chain[1] else ADOPTED


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
    """One run. ``source`` is the other system's name, as in the column ``comment.source``."""

    source: str
    mappings: PageMappings
    run: RunJob
    at: datetime
    report: ImportReport
    _used: set[str] = field(default_factory=set)
    _unnamed: list[tuple[PageRef, int]] = field(default_factory=list)

    def take(self, items: Iterable[Incoming]) -> ImportReport:
        """Write all items; a page's must be adjacent. The report says where the source could not be read further."""
        for page, group in groupby(self._of_pages(self._until_broken(items)), key=lambda item: item.page):
            self._take_page(page, group)
        self._name_posts(0)
        names = (mapping.name for mapping in self.mappings.items)
        self.report.unused = tuple(name for name in names if name not in self._used)
        return self.report

    def _until_broken(self, items: Iterable[Incoming]) -> Iterator[Incoming]:
        try:
            yield from items
        except BadSource as error:
            self.report.broken = str(error)

    def _of_pages(self, items: Iterable[Incoming]) -> "Iterator[Commented | EmptyPage]":
        for item in items:
            if isinstance(item, Unreadable):
                self.report.unreadable.setdefault(item.reason, Tally()).add(item.place)
            elif isinstance(item, Remark):
                self.report.remarks[item.text] = None
            else:
                yield item

    def _take_page(self, page: IncomingPage, group: "Iterable[Commented | EmptyPage]") -> None:
        items: Iterator[Commented] = (item for item in group if not isinstance(item, EmptyPage))
        self._used.update(mapping.name for mapping in self.mappings.items if mapping.matches(page))
        try:
            place = self.mappings.find(page)
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
        """Record the post numbers of pages without comments, once there are more than ``least``."""
        if len(self._unnamed) > least:
            self.run(write.name_posts, self._unnamed)
            self._unnamed = []
