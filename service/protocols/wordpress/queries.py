"""Comments as WordPress's REST API lists them: by page and offset, with how many there are in all."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, or_, select

from db import tables
from db.models import Status
from service.comment_row import CommentRow, select_comments
from service.urls import PageRef

_post, _page = tables.wordpress_post.c, tables.page.c


def pages_of_post(connection: Connection, post_id: int) -> list[str]:
    """The addresses of the pages that had this number, one for each site at most."""
    query = select(_post.page_url).where(_post.post_id == post_id).order_by(_post.site_id)
    return list(connection.execute(query).scalars())


def page_ids(connection: Connection, site_id: int, posts: Collection[int]) -> list[int]:
    """The ids of the pages that these posts are, as far as they have comments."""
    keys = select(_post.page_key).where(_post.site_id == site_id, _post.post_id.in_(posts))
    found = select(_page.id).where(_page.site_id == site_id, _page.key.in_(keys) | _page.id.in_(posts))
    return list(connection.execute(found).scalars())


def page_of_post(connection: Connection, site_id: int, post: int) -> PageRef | None:
    """The page that a post is, by the number of an import or by its id here."""
    imported = select(_post.page_url, _post.page_key).where(_post.site_id == site_id, _post.post_id == post)
    ours = select(_page.url, _page.key).where(_page.site_id == site_id, _page.id == post)
    row = connection.execute(imported).first() or connection.execute(ours).first()
    return None if row is None else PageRef(site_id, *row)


def post_numbers(connection: Connection, site_id: int, keys: Collection[str]) -> dict[str, int]:
    """For pages by their keys, the smallest number of an import, where there is one."""
    query = select(_post.page_key, _post.post_id).where(_post.site_id == site_id, _post.page_key.in_(keys))
    return {row.page_key: row.post_id for row in connection.execute(query.order_by(_post.post_id.desc()))}


_comment = tables.comment.c
_parent = func.coalesce(_comment.parent_id, 0)
_ORDERS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "date": (_comment.created_at, _comment.id),
    "date_gmt": (_comment.created_at, _comment.id),
    "id": (_comment.id,),
    "include": (_comment.id,),
    "post": (_comment.page_id, _comment.id),
    "parent": (_parent, _comment.id),
    "type": (_comment.id,),  # there is one type
}
ORDERS = tuple(_ORDERS)
_MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class CommentQuery:
    """Which comments of a site, in which order, and how many. An empty tuple leaves a thing open.

    ``after`` and ``before`` are instants that are not wanted themselves, to the second. ``private`` also looks for the
    words in email addresses.
    """

    site_id: int
    statuses: tuple[Status, ...] = (Status.APPROVED,)
    posts: tuple[int, ...] = ()
    parents: tuple[int, ...] = ()
    parent_exclude: tuple[int, ...] = ()
    include: tuple[int, ...] = ()
    exclude: tuple[int, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    email: str = ""
    search: str = ""
    private: bool = False
    orderby: str = "date_gmt"
    descending: bool = True
    limit: int = 10
    offset: int = 0


@dataclass(frozen=True, slots=True)
class RestComment(CommentRow):
    """A comment. ``post`` is the number its page had where it was imported from, else the page's id here."""

    post: int


_ENTRY = select_comments()


def find_comments(connection: Connection, wanted: CommentQuery) -> tuple[list[RestComment], int]:
    """The comments that are wanted, and how many there are on all pages of the list."""
    conditions = [*_conditions(wanted)]
    if wanted.posts:
        conditions.append(_comment.page_id.in_(page_ids(connection, wanted.site_id, wanted.posts)))
    count = select(func.count()).select_from(tables.comment).where(*conditions)
    total = connection.execute(count).scalar_one()
    query = _ENTRY.where(*conditions).order_by(*_order(wanted)).limit(wanted.limit).offset(wanted.offset)
    return _entries(connection, wanted.site_id, query), total


def find_comment(connection: Connection, site_id: int, comment_id: int) -> RestComment | None:
    """A comment of any status."""
    query = _ENTRY.where(_comment.site_id == site_id, _comment.id == comment_id)
    return next(iter(_entries(connection, site_id, query)), None)


def _entries(connection: Connection, site_id: int, query: Any) -> list[RestComment]:
    rows = connection.execute(query).all()
    numbers = post_numbers(connection, site_id, {row.page_key for row in rows}) if rows else {}
    return [RestComment(**row._mapping, post=numbers.get(row.page_key, row.page_id)) for row in rows]


def _order(wanted: CommentQuery) -> list[ColumnElement[Any]]:
    if wanted.orderby == "include" and wanted.include:
        return [case({comment_id: place for place, comment_id in enumerate(wanted.include)}, value=_comment.id)]
    return [column.desc() if wanted.descending else column.asc() for column in _ORDERS[wanted.orderby]]


def _conditions(wanted: CommentQuery) -> list[ColumnElement[bool]]:
    found = [_comment.site_id == wanted.site_id, _comment.status.in_(wanted.statuses)]
    if wanted.parents:
        found.append(_parent.in_(wanted.parents))
    if wanted.parent_exclude:
        found.append(_parent.not_in(wanted.parent_exclude))
    if wanted.include:
        found.append(_comment.id.in_(wanted.include))
    if wanted.exclude:
        found.append(_comment.id.not_in(wanted.exclude))
    if wanted.after:
        found.append(_comment.created_at >= wanted.after)
    if wanted.before:
        found.append(_comment.created_at < wanted.before)
    if wanted.email:
        found.append(_comment.email == wanted.email)
    return found + [_holds(word, private=wanted.private) for word in wanted.search.split()[:_MOST_WORDS]]


def _holds(word: str, *, private: bool) -> ColumnElement[bool]:
    """Whoever may not see email addresses must not find them either, letter by letter."""
    columns = [_comment.text, _comment.author, _comment.url, *([_comment.email] if private else [])]
    return or_(*(column.icontains(word, autoescape=True) for column in columns))
