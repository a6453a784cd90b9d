"""Fills the temporary store with what a reader yields, fitted to our columns."""

from collections.abc import Callable
from datetime import datetime

from service.importers.fit_columns import fit_columns, identity, identity_by_content
from service.importers.import_report import ImportReport
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import (
    Commented,
    EmptyPage,
    Incoming,
    IncomingComment,
    IncomingDeletedComment,
    IncomingPage,
    NoPlaceForPage,
    Remark,
    Skipped,
    UnreadablePart,
)
from service.importers.temporary_store import StoredComment, TemporaryStore
from service.page_address import PageRef, page_key


class Reading:
    """``find`` gives the page here of an incoming one, and raises NoPlaceForPage."""

    def __init__(
        self, find: Callable[[IncomingPage], PageRef], store: TemporaryStore, report: ImportReport, now: datetime
    ) -> None:
        self._find_place, self._store, self._report, self._now = find, store, report, now
        self._page: IncomingPage | None = None
        self._place: tuple[int, str] | str = ""  # the page's id in the store, and address; or why it has none
        self._blog = ""

    def add(self, item: Incoming) -> None:
        """Keep an item, or report why not."""
        if isinstance(item, Remark):
            self._report.remark(item.text)
        elif isinstance(item, UnreadablePart):
            self._report.pass_over(item.reason, item.place)
        elif isinstance(item, EmptyPage):
            self._find(item.page)
        elif isinstance(item, IncomingDeletedComment):
            self._add_deleted(item)
        else:
            self._add_comment(item)

    def _add_comment(self, item: Commented) -> None:
        place = self._find(item.page)
        if isinstance(place, str):
            self._report.skip(item.reason if isinstance(item, Skipped) else place, item.number)
            self._report.no_place(item.page.names[-1] if item.page.names else "?")
        elif isinstance(item, Skipped):
            blog = self._blog if item.blog is None else item.blog
            is_new = self._store.add_skipped(place[0], identity(blog, item.number), _parent(blog, item.parent))
            self._report.skip(item.reason if is_new else ImportSentence.TWICE, item.number)
        else:
            self._add(item, *place)

    def _add(self, item: IncomingComment, page_id: int, page_url: str) -> None:
        self._blog = item.blog
        row, notes = fit_columns(item, page_url, self._now)
        name = identity(item.blog, item.number or identity_by_content(page_key(page_url), item))
        parent = _parent(item.blog, item.parent)
        if not row["text"].strip():
            is_new = self._store.add_skipped(page_id, name, parent)
            self._report.skip(ImportSentence.NO_TEXT if is_new else ImportSentence.TWICE, item.number)
            return
        kept_as = None if item.source is None else (item.source, item.source_id)
        comment = StoredComment(item.number, name, parent, item.parent, row, notes, kept_as=kept_as)
        if not self._store.add_comment(page_id, comment):
            self._report.skip(ImportSentence.TWICE, item.number)

    def _add_deleted(self, item: IncomingDeletedComment) -> None:
        place = self._find(item.page)
        if isinstance(place, str) or not item.number:
            return
        row = {"status": None, "created_at": item.created_at, "edited_at": None, "deleted_at": item.deleted_at}
        name, parent = identity(item.blog, item.number), _parent(item.blog, item.parent)
        deleted = StoredComment(item.number, name, parent, item.parent, row, [], kept_as=("", None))
        self._store.add_comment(place[0], deleted)

    def _find(self, page: IncomingPage) -> tuple[int, str] | str:
        if page != self._page:
            self._page = page
            try:
                place = self._find_place(page)
                self._place = (self._store.add_page(place, page), place.url)
            except NoPlaceForPage as reason:
                self._place = str(reason)
        return self._place


def _parent(blog: str, number: str) -> str:
    return identity(blog, number) if number else ""
