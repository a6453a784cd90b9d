"""A comment as it is read from the store: the part that anybody may see, and the whole row with its page."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select

from db import tables
from db.models import Status

_comment, _page = tables.comment.c, tables.page.c


@dataclass(slots=True)
class PublicComment:
    """What anybody may know of a comment, as it was typed. ``format`` is ``markdown``, or ``html`` for an imported one.

    The names are those of columns, so a new field that readers see is one more line here.
    """

    id: int
    author: str
    url: str
    text: str
    format: str
    created_at: datetime


PUBLIC_COLUMNS: tuple[Any, ...] = tuple(_comment[field.name] for field in fields(PublicComment))
"""What a ``PublicComment`` is made of, in its order."""


@dataclass(frozen=True, slots=True)
class CommentRow:
    """A comment and its page. ``source`` names the system that it was imported from; it is empty for our own."""

    site_id: int
    id: int
    page_id: int
    parent_id: int | None
    status: Status
    author: str
    email: str
    url: str
    text: str
    format: str
    created_at: datetime
    source: str
    page_url: str
    page_key: str
    page_title: str

    @property
    def permalink(self) -> str:
        """Where readers find the comment once it is approved."""
        return f"{self.page_url}#comment-{self.id}"

    @property
    def public(self) -> dict[str, Any]:
        """The fields of its ``PublicComment``, by name."""
        return {field.name: getattr(self, field.name) for field in fields(PublicComment)}


_OF_THE_PAGE = {"page_url": _page.url, "page_key": _page.key, "page_title": _page.title}

COLUMNS: tuple[Any, ...] = tuple(
    _OF_THE_PAGE[field.name].label(field.name) if field.name in _OF_THE_PAGE else _comment[field.name]
    for field in fields(CommentRow)
)
"""What a ``CommentRow`` is made of, by its names."""

ITS_PAGE = and_(_page.site_id == _comment.site_id, _page.id == _comment.page_id)
"""The condition that joins a comment with its page."""


def select_comments(*more: Any) -> Any:
    """A query for the columns of ``CommentRow``, and for ``more`` columns."""
    return select(*COLUMNS, *more).select_from(tables.comment).join(tables.page, ITS_PAGE)
