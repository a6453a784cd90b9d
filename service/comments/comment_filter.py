"""Which comments a moderator wants to see: conditions that combine."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Text, and_, cast, func, or_, select

from db import tables
from db.word_search import contains_word
from service.comments.events import Key

_MAX_SEARCH_WORDS = 8
_comment, _page = tables.comment.c, tables.page.c
_reply = tables.comment.alias("reply")


@dataclass(frozen=True, slots=True)
class CommentFilter:
    """What a list of comments is narrowed to; each default means "any".

    ``words`` are searched in text, name, email, website, and the page's address and title; each has to be found.
    ``reason`` is the symbol of a rule of the spam check. ``since`` and ``until`` are days in universal time, both
    included. ``comment`` names a single comment, ``page`` a page.
    """

    words: str = ""
    site: int | None = None
    page: Key | None = None
    comment: Key | None = None
    author: str = ""
    email: str = ""
    reason: str = ""
    since: date | None = None
    until: date | None = None
    replied: bool | None = None

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out, the site aside."""
        return self != CommentFilter(site=self.site)

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """SQL conditions on ``comment`` joined with ``page``."""
        if self.site is not None:
            yield _comment.site_id == self.site
        if self.page is not None:
            yield and_(_comment.site_id == self.page[0], _comment.page_id == self.page[1])
        if self.comment is not None:
            yield and_(_comment.site_id == self.comment[0], _comment.id == self.comment[1])
        if self.author:
            yield func.lower(_comment.author) == func.lower(self.author)
        if self.email:
            yield _comment.email == self.email
        if self.reason:
            yield cast(_comment.reasons, Text).contains(f'"symbol": "{self.reason}"', autoescape=True)
        if self.since is not None:
            yield _comment.created_at >= _midnight(self.since)
        if self.until is not None:
            yield _comment.created_at < _midnight(self.until) + timedelta(days=1)
        if self.replied is not None:
            yield _has_replies() if self.replied else ~_has_replies()
        yield from self._word_conditions()

    def _word_conditions(self) -> Iterator[ColumnElement[bool]]:
        columns = (_comment.text, _comment.author, _comment.email, _comment.url, _page.url, _page.title)
        for word in self.words.replace("\x00", " ").split()[:_MAX_SEARCH_WORDS]:
            yield or_(*(contains_word(column, word) for column in columns))


EVERYTHING = CommentFilter()
"""The filter that leaves nothing out."""


def _has_replies() -> ColumnElement[bool]:
    return (
        select(_reply.c.id)
        .where(
            _reply.c.site_id == _comment.site_id,
            _reply.c.page_id == _comment.page_id,
            _reply.c.parent_id == _comment.id,
        )
        .exists()
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
