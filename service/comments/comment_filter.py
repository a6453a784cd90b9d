"""Which comments a moderator wants to see: conditions that combine."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, Text, and_, cast, func, or_, select, tuple_

from db import tables
from db.search_conditions import MayBe, MayHaveWord, Rare
from db.word_search import contains_word
from service.comment_row import has_email
from service.comments.report_rows import has_open_reports
from service.comments.side_effects import Key

_MAX_SEARCH_WORDS = 8
_comment, _page = tables.comment.c, tables.page.c
_reply, _other = tables.comment.alias("reply"), tables.comment.alias("other")


@dataclass(frozen=True, slots=True)
class CommentFilter:
    """What a list of comments is narrowed to; each default means "any".

    ``words`` are searched in text, name, email, website, and the page's address and title; each has to be found.
    ``sites``: those that the admin may see. ``reason`` is the symbol of a rule of the spam check, ``language`` a code
    of ISO 639-1. ``since`` and ``until`` are days in universal time, both included. ``comment`` names a single comment,
    ``page`` a page, ``parent`` the comment that is answered, ``network`` a comment whose network is meant, which is
    known for two days. ``reported``: readers' reports of it wait for a moderator.
    """

    words: str = ""
    site: int | None = None
    sites: frozenset[int] | None = None
    page: Key | None = None
    comment: Key | None = None
    parent: Key | None = None
    network: Key | None = None
    author: str = ""
    email: str = ""
    reason: str = ""
    language: str = ""
    since: date | None = None
    until: date | None = None
    replied: bool | None = None
    reported: bool = False

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out, sites aside."""
        return self != CommentFilter(site=self.site, sites=self.sites)

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """SQL conditions on ``comment`` joined with ``page``; no index serves them, except place and days."""
        yield from self._place_conditions()
        if self.author:
            yield func.lower(_comment.author) == func.lower(self.author)
        if self.email:
            yield func.lower(_comment.email.concat("")) == func.lower(self.email)
        if self.network is not None:
            yield _comment.client == _client_of(self.network)
        if self.reason:
            yield cast(_comment.reasons, Text).contains(f'"symbol": "{self.reason}"', autoescape=True)
        if self.language:
            yield _comment.language == self.language
        yield from self._time_conditions()
        if self.replied is not None:
            yield _has_replies() if self.replied else ~_has_replies()
        if self.reported:
            yield has_open_reports(_comment.site_id, _comment.id)
        columns = (_comment.text, _comment.author, _comment.email, _comment.url, _page.url, _page.title)
        for word in self._words:
            yield or_(*(contains_word(column, word) for column in columns))

    def candidates(self) -> Iterator[ColumnElement[bool]]:
        """Conditions, by each of which an index finds all that is wanted, and more; none if no index knows it."""
        if self.email:
            # Site by site, since the index begins with it: after ANALYZE, SQLite reads all comments for "any site".
            found = select(_other.c.site_id, _other.c.id).join(tables.site, tables.site.c.id == _other.c.site_id)
            found = found.where(has_email(self.email, _other.c))
            yield Rare(tuple_(_comment.site_id, _comment.id).in_(found))
        if self.reported:
            yield Rare(has_open_reports(_comment.site_id, _comment.id))
        for kind in ("author", "language", "reason"):
            if value := getattr(self, kind):
                yield MayBe(kind, value)
        for word in self._words:
            yield MayHaveWord(list(_spellings(word)))

    def in_order(self) -> Iterator[ColumnElement[bool]]:
        """The conditions that the indexes in order of time know: the site or page, and the days."""
        if self.site is not None:
            yield _comment.site_id == self.site
        if self.page is not None:
            yield and_(_comment.site_id == self.page[0], _comment.page_id == self.page[1])
        if self.parent is not None:
            yield and_(_comment.site_id == self.parent[0], _comment.parent_id == self.parent[1])
        yield from self._time_conditions()

    @property
    def is_read_in_order(self) -> bool:
        """Whether every comment in the order of time is wanted: nothing else than place and days narrows."""
        kept = CommentFilter(
            site=self.site,
            sites=self.sites,
            page=self.page,
            comment=self.comment,
            parent=self.parent,
            since=self.since,
            until=self.until,
        )
        return self == kept

    @property
    def _words(self) -> list[str]:
        return self.words.replace("\x00", " ").split()[:_MAX_SEARCH_WORDS]

    def _time_conditions(self) -> Iterator[ColumnElement[bool]]:
        if self.since is not None:
            yield _comment.created_at >= _midnight(self.since)
        if self.until is not None:
            yield _comment.created_at < _midnight(self.until) + timedelta(days=1)

    def _place_conditions(self) -> Iterator[ColumnElement[bool]]:
        if self.sites is not None:
            yield _comment.site_id.in_(self.sites)
        if self.site is not None:
            yield _comment.site_id == self.site
        if self.page is not None:
            yield and_(_comment.site_id == self.page[0], _comment.page_id == self.page[1])
        if self.parent is not None:
            yield and_(_comment.site_id == self.parent[0], _comment.parent_id == self.parent[1])
        if self.comment is not None:
            yield and_(_comment.site_id == self.comment[0], _comment.id == self.comment[1])


EVERYTHING = CommentFilter()
"""The filter that leaves nothing out."""


def _spellings(word: str) -> Iterable[str]:
    """The usual spellings of a word, by one of which the index has it."""
    return [word] if word.isascii() else dict.fromkeys((word, word.lower(), word.upper(), word.capitalize()))


def _client_of(key: Key) -> ScalarSelect[bytes]:
    return select(_other.c.client).where(_other.c.site_id == key[0], _other.c.id == key[1]).scalar_subquery()


def _has_replies() -> ColumnElement[bool]:
    """That the parent is not NULL goes without saying, but tells SQLite that the index of replies has them all."""
    of_comment = (_reply.c.site_id == _comment.site_id, _reply.c.parent_id == _comment.id)
    return select(_reply.c.id).where(*of_comment, _reply.c.parent_id.is_not(None)).exists()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
