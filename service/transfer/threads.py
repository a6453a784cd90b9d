"""The comments of one incoming page on their way in, and how they find their parents."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

from service.numbers import whole_number
from service.pages import PageRef
from service.transfer import jobs
from service.transfer.fitting import TITLE, fit, identity
from service.transfer.model import Commented, IncomingPage, Skipped
from service.transfer.report import Report

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


class Run(Protocol):
    """Runs a write job and gives its result: ``Writer.run``, or ``rehearsal`` which keeps nothing."""

    def __call__(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T: ...


def post_id(page: IncomingPage, source: str) -> int | None:
    """A page's number as a post of WordPress, whose forms name it."""
    number = next(iter(page.names), "")
    return whole_number(number, None, digits=15) if source == "wordpress" else None


class Thread:
    """One page's comments. Takes them in batches, then hangs those under their parents that came before them."""

    def __init__(self, page: IncomingPage, place: PageRef, source: str, run: Run, at: datetime, report: Report) -> None:
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
                rows[item.number] = fit(item)
                self._blog = item.blog
            self._parents[item.number] = item.parent
        if rows:
            lines = [self._line(number, row) for number, (row, _) in rows.items()]
            title, closed = self._page.title[:TITLE], self._page.closed
            post = post_id(self._page, self._source)
            batch = jobs.Batch(self._place, post, title, closed, self._source, self._at, lines)
            self._learn(self._run(jobs.write, batch), {number: notes for number, (_, notes) in rows.items()})

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

    def _line(self, number: str, row: dict[str, Any]) -> jobs.Line:
        parent = self._parents[number]
        return jobs.Line(self._known_as(number), number, self._ids.get(parent), self._known_as(parent), row)

    def _known_as(self, number: str) -> str:
        return identity(self._blog, number)

    def _learn(self, outcome: jobs.Outcome, notes: dict[str, list[str]]) -> None:
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
            known = self._run(jobs.find, self._place, self._source, [self._known_as(each) for each in unknown])
            self._ids |= {each: known[name] for each in unknown if (name := self._known_as(each)) in known}
        parents: dict[int, int] = {}
        for number in numbers:
            ancestor, note = self._ancestor(number)
            if ancestor:
                parents[self._ids[number]] = self._ids[ancestor]
            if note:
                self._report.note(note, number)
        if parents:
            self._run(jobs.attach, self._place, parents)

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
