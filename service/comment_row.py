"""A comment as it is read, with the page that it stands on: for whoever lists comments, shows one or writes of one.

A thread reads less, many at a time: see ``reading``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select

from db import tables
from db.models import Status

_comment, _page = tables.comment.c, tables.page.c


@dataclass(frozen=True, slots=True)
class CommentRow:
    """As it was typed. ``source`` names the system that it was imported from, and is empty for our own."""

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
        """Where readers find it, once it is shown."""
        return f"{self.page_url}#comment-{self.id}"


COLUMNS: tuple[Any, ...] = (
    *(_comment[name] for name in ("site_id", "id", "page_id", "parent_id", "status", "author", "email", "url", "text")),
    *(_comment[name] for name in ("format", "created_at", "source")),
    *(_page[name].label(f"page_{name}") for name in ("url", "key", "title")),
)
"""What ``CommentRow`` is made of, by its names."""

ITS_PAGE = and_(_page.site_id == _comment.site_id, _page.id == _comment.page_id)


def select_comments(*more: Any) -> Any:
    """The columns, and more, of comments with their pages."""
    return select(*COLUMNS, *more).select_from(tables.comment).join(tables.page, ITS_PAGE)
