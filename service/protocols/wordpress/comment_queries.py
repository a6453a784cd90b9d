"""Queries for WordPress's comment lists, and between post numbers and pages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, literal, or_, select

from db import tables
from db.models import Status
from db.word_search import contains_word
from service.comment_row import CommentRow, has_email, select_comments
from service.comments.fold_long_comments import NOT_FOLDED
from service.page_address import PageRef

_post, _page = tables.wordpress_post.c, tables.page.c


def pages_of_post(connection: Connection, post_id: int) -> list[str]:
    """The URLs of the pages that were imported with this post number, at most one per site."""
    query = select(_post.page_url).where(_post.post_id == post_id).order_by(_post.site_id)
    return list(connection.execute(query).scalars())


def page_ids(connection: Connection, site_id: int, posts: Collection[int]) -> list[int]:
    """The ids of these posts' pages; pages without comments have none."""
    keys = select(_post.page_key).where(_post.site_id == site_id, _post.post_id.in_(posts))
    query = select(_page.id).where(_page.site_id == site_id, _page.key.in_(keys) | _page.id.in_(posts))
    return list(connection.execute(query).scalars())


def page_of_post(connection: Connection, site_id: int, post: int) -> PageRef | None:
    """The page of a post, by its imported number or, failing that, by the page's id here."""
    imported = select(_post.page_url, _post.page_key).where(_post.site_id == site_id, _post.post_id == post)
    ours = select(_page.url, _page.key).where(_page.site_id == site_id, _page.id == post)
    row = connection.execute(imported).first() or connection.execute(ours).first()
    return None if row is None else PageRef(site_id, *row)


def post_numbers(connection: Connection, site_id: int, keys: Collection[str]) -> dict[str, int]:
    """Page key → the smallest post number it was imported with; pages that were not imported are left out."""
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
    "parent": (),  # see _ids_by_parent
    "type": (_comment.id,),  # there is one type
}
ORDERS = tuple(_ORDERS)
_MOST_WORDS = 8
_LARGE_OFFSET = 1000


@dataclass(frozen=True, slots=True)
class CommentQuery:
    """Filter, order and slice of a site's comments. An empty tuple does not filter.

    ``after`` is inclusive, ``before`` exclusive. ``private`` searches email addresses as well.
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

    @property
    def takes_long(self) -> bool:
        """Whether the database has to look at most comments of a large site."""
        return bool(self.search) or self.offset >= _LARGE_OFFSET or self.orderby == "parent"


@dataclass(slots=True)
class RestComment(CommentRow):
    """A comment. ``post`` is its page's imported post number, else the page's id here; ``has_replies`` counts approved
    ones only."""

    post: int
    has_replies: bool


_ENTRY = select_comments()


def find_comments(
    connection: Connection, wanted: CommentQuery, most: int | None = None
) -> tuple[list[RestComment], int]:
    """One page of the list, and the number of comments on all its pages. With ``most``, the number is ``most`` + 1
    where there are more: counting all of a large site takes long."""
    conditions = _all_conditions(connection, wanted)
    found = select(literal(1)).select_from(tables.comment).where(*conditions)
    found = found if most is None else found.limit(most + 1)
    total = connection.execute(select(func.count()).select_from(found.subquery())).scalar_one()
    # Ids alone, which indexes hold: of whole rows with their pages, SQLite may read all and sort them.
    if wanted.orderby == "parent":
        ids = _ids_by_parent(connection, conditions, wanted, total)
    else:
        ids = _read_ids(connection, conditions, _order(wanted), wanted.limit, wanted.offset)
    query = _ENTRY.where(_comment.site_id == wanted.site_id, _comment.id.in_(ids))
    entries = {entry.id: entry for entry in _entries(connection, wanted.site_id, query)}
    return [entries[comment_id] for comment_id in ids], total


def count_comments(connection: Connection, wanted: CommentQuery) -> int:
    """The number of comments on all pages of the list."""
    count = select(func.count()).select_from(tables.comment)
    return int(connection.execute(count.where(*_all_conditions(connection, wanted))).scalar_one())


def _all_conditions(connection: Connection, wanted: CommentQuery) -> list[ColumnElement[bool]]:
    conditions = _conditions(wanted)
    if wanted.posts:
        conditions.append(_comment.page_id.in_(page_ids(connection, wanted.site_id, wanted.posts)))
    return conditions


def _read_ids(
    connection: Connection, conditions: Sequence[Any], order: Sequence[Any], limit: int, offset: int
) -> list[int]:
    query = select(_comment.id).where(*conditions).order_by(*order).limit(limit).offset(offset)
    return list(connection.execute(query).scalars())


def _ids_by_parent(connection: Connection, conditions: Sequence[Any], wanted: CommentQuery, total: int) -> list[int]:
    """Those without a parent first, then the replies: each half has an index. Together they would have to be sorted."""
    is_reply = _comment.parent_id.is_not(None)
    replies = connection.execute(
        select(func.count()).select_from(tables.comment).where(*conditions, is_reply)
    ).scalar_one()
    halves = [
        (total - replies, _comment.parent_id.is_(None), (_comment.id,)),
        (replies, is_reply, (_comment.parent_id, _comment.id)),
    ]
    ids: list[int] = []
    offset = wanted.offset
    for size, half, columns in reversed(halves) if wanted.descending else halves:
        order = [column.desc() if wanted.descending else column.asc() for column in columns]
        if offset < size and len(ids) < wanted.limit:
            ids += _read_ids(connection, [*conditions, half], order, wanted.limit - len(ids), offset)
        offset = max(0, offset - size)
    return ids


def find_comment(connection: Connection, site_id: int, comment_id: int) -> RestComment | None:
    """A comment of any status, or None."""
    query = _ENTRY.where(_comment.site_id == site_id, _comment.id == comment_id)
    return next(iter(_entries(connection, site_id, query)), None)


def find_embedded(
    connection: Connection, site_id: int, ids: Collection[int], statuses: Collection[Status]
) -> list[RestComment]:
    """Those of these comments that have one of these statuses. Of a long text only as much as a folded one shows."""
    query = select_comments(longest=NOT_FOLDED + 1).where(
        _comment.site_id == site_id, _comment.id.in_(ids), _comment.status.in_(statuses)
    )
    return _entries(connection, site_id, query)


def _entries(connection: Connection, site_id: int, query: Any) -> list[RestComment]:
    rows = connection.execute(query).all()
    if not rows:
        return []
    numbers = post_numbers(connection, site_id, {row.page_key for row in rows})
    answered = _with_replies(connection, site_id, rows)
    return [
        RestComment(**row._mapping, post=numbers.get(row.page_key, row.page_id), has_replies=row.id in answered)
        for row in rows
    ]


def _with_replies(connection: Connection, site_id: int, rows: Collection[Any]) -> set[int]:
    """Which of these comments have an approved reply."""
    query = select(_comment.parent_id).where(
        _comment.site_id == site_id,
        _comment.page_id.in_({row.page_id for row in rows}),
        _comment.parent_id.in_([row.id for row in rows]),
        _comment.status == Status.APPROVED,
    )
    return set(connection.execute(query.distinct()).scalars())


def _order(wanted: CommentQuery) -> list[ColumnElement[Any]]:
    if wanted.orderby == "include" and wanted.include:
        return [case({comment_id: place for place, comment_id in enumerate(wanted.include)}, value=_comment.id)]
    return [column.desc() if wanted.descending else column.asc() for column in _ORDERS[wanted.orderby]]


def _conditions(wanted: CommentQuery) -> list[ColumnElement[bool]]:
    conditions = [_comment.site_id == wanted.site_id, _comment.status.in_(wanted.statuses)]
    if wanted.parents:
        conditions.append(_has_parent(wanted.parents))
    if wanted.parent_exclude:
        conditions.append(_parent.not_in(wanted.parent_exclude))
    if wanted.include:
        conditions.append(_comment.id.in_(wanted.include))
    if wanted.exclude:
        conditions.append(_comment.id.not_in(wanted.exclude))
    if wanted.after:
        conditions.append(_comment.created_at >= wanted.after)
    if wanted.before:
        conditions.append(_comment.created_at < wanted.before)
    if wanted.email:
        conditions.append(has_email(wanted.email))
    return conditions + [_contains(word, private=wanted.private) for word in wanted.search.split()[:_MOST_WORDS]]


def _has_parent(parents: Collection[int]) -> ColumnElement[bool]:
    """Whether a comment answers one of these; 0 stands for none. Written so that the index of parents is used."""
    answers = _comment.parent_id.in_([parent for parent in parents if parent])
    return or_(answers, _comment.parent_id.is_(None)) if 0 in parents else answers


def _contains(word: str, *, private: bool) -> ColumnElement[bool]:
    """Whether a comment contains a word. Readers must not search emails: they could find them letter by letter."""
    columns = [_comment.text, _comment.author, _comment.url, *([_comment.email] if private else [])]
    return or_(*(contains_word(column, word) for column in columns))
