"""A comment as read from the database: its public fields, and the whole row with its page."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, UnaryExpression, and_, case, func, select
from sqlalchemy.sql.operators import custom_op

from db import tables
from db.models import Status
from service.author_fields import PrivateAuthor, PublicAuthor
from service.page_address import comment_url

_comment, _page = tables.comment.c, tables.page.c


@dataclass(slots=True)
class PublicCommentRow(PublicAuthor):
    """The public fields of a comment, as typed, named as their columns. ``format`` is ``markdown``, or ``html`` for
    imported comments."""

    id: int
    text: str
    format: str
    created_at: datetime


PUBLIC_COLUMNS: tuple[Any, ...] = tuple(_comment[field.name] for field in fields(PublicCommentRow))
"""The columns of a ``PublicCommentRow``, in its order."""


@dataclass(slots=True)
class CommentRow(PublicCommentRow, PrivateAuthor):
    """A comment and its page. ``source`` names the system it was imported from; it is empty for comments posted
    here. ``page_title`` is empty unless it is checked."""

    site_id: int
    page_id: int
    parent_id: int | None
    status: Status
    source: str
    page_url: str
    page_key: str
    page_title: str

    @property
    def permalink(self) -> str:
        """The URL of the comment once it is approved."""
        return comment_url(self.page_url, self.id)

    @property
    def public(self) -> dict[str, Any]:
        """The values of its ``PublicCommentRow`` by name."""
        return {field.name: getattr(self, field.name) for field in fields(PublicCommentRow)}


SHOWN_TITLE = case((_page.title_checked, _page.title), else_="").label("title")
"""The title of a page as others than moderators see it, and as it counts for the spam check: only a checked one, since
anybody may send any title with a comment."""

_PAGE_COLUMNS: dict[str, Any] = {"page_url": _page.url, "page_key": _page.key, "page_title": SHOWN_TITLE}

_COLUMNS: dict[str, Any] = {
    field.name: _PAGE_COLUMNS[field.name].label(field.name) if field.name in _PAGE_COLUMNS else _comment[field.name]
    for field in fields(CommentRow)
}
"""The columns of a ``CommentRow``, labelled with the names of its fields."""

ON_SAME_PAGE = and_(_page.site_id == _comment.site_id, _page.id == _comment.page_id)
"""The condition that joins a comment with its page."""


def _of_no_index(column: Any) -> Any:
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


PAGE_OF_COMMENT = and_(_page.site_id == _of_no_index(_comment.site_id), _page.id == _of_no_index(_comment.page_id))
"""The same, and the database has to find the comment before the page: for what is known of the comment alone."""


def beginning_of_text(longest: int) -> Any:
    """The column of the text, cut by the database after so many characters."""
    return func.substr(_comment.text, 1, longest).label("text")


def has_email(email: Any, columns: Any = tables.comment.c) -> ColumnElement[bool]:
    """Whether a comment has this email address, a text or a SQL expression, in upper or lower case. The index for it
    begins with the site."""
    return func.lower(columns.email) == func.lower(email)


def select_comments(*more: Any, longest: int = 0, on: Any = ON_SAME_PAGE) -> Any:
    """A SELECT of the columns of ``CommentRow``, plus ``more`` columns. ``longest``: characters of a text, 0: all."""
    columns = _COLUMNS | ({"text": beginning_of_text(longest)} if longest else {})
    return select(*columns.values(), *more).select_from(tables.comment).join(tables.page, on)
