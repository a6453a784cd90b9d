"""Makes the comments of one page ready to be written, from the temporary store, and notes what became of each."""

import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

from service.importers import write_jobs
from service.importers.already_here import IncomingRow
from service.importers.fit_columns import TITLE, identity_on_page
from service.importers.import_report import ImportReport
from service.importers.import_sentences import ImportSentence
from service.importers.reply_tree import UNKNOWN
from service.importers.temporary_store import StoredComment, StoredPage, TemporaryStore
from service.number_parsing import whole_number
from service.page_address import PageRef, page_key

T = TypeVar("T")
P = ParamSpec("P")

AT_ONCE = 500
"""Comments per transaction: about 50 ms, during which a running service cannot write."""

OUR_OWN = "leave-a-reply"
"""The ``source`` of a comment of our own format that was posted there and whose id is taken here."""


_NUMBER = re.compile(r"[0-9]+")


class RunJob(Protocol):
    """Runs a write job and returns its result: ``Writer.run``, or what ``rehearse`` returns, which rolls back."""

    def __call__(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T: ...


class ThreadWriter:
    """``source`` is the other system's name, ``place`` the page here, ``at`` the time of the import, ``run_id`` its id,
    if it can be undone."""

    def __init__(
        self,
        source: str,
        store: TemporaryStore,
        page: StoredPage,
        place: PageRef,
        run: RunJob,
        at: datetime,
        report: ImportReport,
        run_id: int | None = None,
    ) -> None:
        self._run_id = run_id
        self._source, self._store, self.page, self.place = source, store, page, place
        self._key = page_key(place.url)  # of an identity, which the rules of a site do not change
        self._run, self._at, self._report = run, at, report
        self._ids_there, self._replies = store.thread(page.id)
        self._ids = array("q", [0]) * len(self._ids_there)  # ids here, by place in the thread
        self._new_page = False
        self.has_comments = False
        """Whether any comment was written, by this run or an earlier one."""

    def parts(self) -> Iterator["ThreadPart"]:
        """The thread in parts of up to ``AT_ONCE`` comments. Each has to be written before the next is made."""
        self._replies.settle()
        order = self._replies.in_order()
        for start in range(0, len(order), AT_ONCE):
            yield self._part(list(order[start : start + AT_ONCE]))

    @property
    def is_large(self) -> bool:
        """Whether it has more than one part."""
        return len(self._ids_there) > AT_ONCE

    def finish(self) -> None:
        """Report the page, once all of it is written."""
        if self.has_comments:
            self._report.pages += 1
            self._report.new_pages += self._new_page
            self._report.merged += max(0, self._store.addresses(self.page.id) - 1)

    def _part(self, places: list[int]) -> "ThreadPart":
        rows = self._store.rows([self._ids_there[place] for place in places])
        comments = {place: rows[self._ids_there[place]] for place in places}
        known = self._parents_here(comments)
        lines = [self._line(place, comment, known) for place, comment in comments.items()]
        page, title = self.page, self.page.title[:TITLE]
        begun = min(page.created_at or self._at, self._at)
        batch = write_jobs.WriteBatch(
            self.place, page.post_ids, title, page.closed, begun, self._at, lines, self._run_id
        )
        return ThreadPart(self, batch, comments, known)

    def took(self, comments: dict[int, StoredComment], known: dict[str, int], result: write_jobs.WriteResult) -> None:
        """Note what became of a part."""
        self._report.taken.update(result.taken)
        deleted = {place for place, comment in comments.items() if comment.row["deleted_at"]}
        self._report.already_here += len(comments) - len(result.new | deleted)
        self._new_page = self._new_page or result.new_page
        self.has_comments = self.has_comments or bool(result.ids)
        for place, our_id in result.ids.items():
            self._ids[place] = our_id
        for place, comment in comments.items():
            if place in result.elsewhere:
                self._report.note(ImportSentence.ELSEWHERE, comment.number)
            elif place in result.new and place not in deleted:
                self._report_new(place, comment, known, renumbered=place in result.renumbered)

    def _line(self, place: int, comment: StoredComment, known: dict[str, int]) -> IncomingRow:
        above = self._replies.anchors[place]
        source, source_id = comment.kept_as or (self._source, comment.name)
        name = None if source_id is None else (source, source_id)
        other = (source, identity_on_page(source_id, self._key)) if source_id else (OUR_OWN, comment.name)
        return IncomingRow(
            place=place,
            number=comment.number,
            name=name,
            other_name=other,
            shares=not comment.first,
            keeps_number=comment.keeps_number,
            parent=(self._ids[above] or None) if above >= 0 else known.get(comment.parent),
            parent_place=above,
            row=comment.row | {"import_id": self._run_id},
        )

    def _parents_here(self, comments: dict[int, StoredComment]) -> dict[str, int]:
        """Ids here of parents that are not in the file, but came with an earlier one."""
        missing = [each for place, each in comments.items() if self._replies.parents[place] == UNKNOWN]
        if not missing:
            return {}
        own = [each for each in missing if each.kept_as]
        names = {each.parent: (self._source, each.parent) for each in missing if not each.kept_as}
        on_page = {name: (self._source, identity_on_page(name, self._key)) for name in names}
        ids = {each.parent: whole_number(each.parent_number, 0) for each in own}
        found, known = self._run(write_jobs.find, self.place, [*names.values(), *on_page.values()], list(ids.values()))
        here = {name: our_id for name in names if (our_id := found.get(on_page[name]) or found.get(names[name]))}
        return here | {name: number for name, number in ids.items() if number in known}

    def _report_new(self, place: int, comment: StoredComment, known: dict[str, int], *, renumbered: bool) -> None:
        for reason in comment.notes:
            self._report.note(reason, comment.number)
        if renumbered and _NUMBER.fullmatch(comment.number):
            too_large = whole_number(comment.number, write_jobs.LARGEST_ID + 1) > write_jobs.LARGEST_ID
            taken = ImportSentence.RENUMBERED if comment.keeps_number else ImportSentence.SHARED
            reason = ImportSentence.LARGE_NUMBER if too_large else taken
            self._report.note(reason, comment.number)
        if reason := self._fate_of_parent(place, comment, known):
            self._report.note(reason, comment.number)
        self._report.show(self.place.url, comment.row)

    def _fate_of_parent(self, place: int, comment: StoredComment, known: dict[str, Any]) -> str:
        parent, above = self._replies.parents[place], self._replies.anchors[place]
        if place in self._replies.circles:
            return ImportSentence.CIRCLE
        if parent == UNKNOWN:
            if comment.parent in known:
                return ""
            return ImportSentence.ON_ANOTHER_PAGE if self._store.has(comment.parent) else ImportSentence.ORPHAN
        if parent < 0:
            return ""
        if above < 0:
            return ImportSentence.NOT_TAKEN
        if not self._ids[above]:
            return ImportSentence.ON_ANOTHER_PAGE
        return "" if above == parent else ImportSentence.ADOPTED


@dataclass(frozen=True, slots=True)
class ThreadPart:
    """Comments of one thread that are ready to be written. ``known`` are the parents that came with an earlier file."""

    thread: ThreadWriter
    batch: write_jobs.WriteBatch
    comments: dict[int, StoredComment]
    known: dict[str, int]

    def took(self, result: write_jobs.WriteResult) -> int:
        """Note what became of them. Returns how many they are."""
        self.thread.took(self.comments, self.known, result)
        return len(self.comments)
