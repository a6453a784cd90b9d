"""The newest comments of a page or site, its most discussed pages, and comment counts: approved comments only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, literal, select, tuple_

from db import tables
from db.models import Status
from service.comment_row import SHOWN_TITLE, CommentRow, select_comments

_comment, _page = tables.comment.c, tables.page.c

_MAX_COUNTED = 10_000
"""How many of a site's newest comments ``most_discussed`` counts."""


@dataclass(frozen=True, slots=True)
class DiscussedPage:
    """A page and its number of comments in the period."""

    url: str
    title: str
    count: int

    def as_json(self) -> dict[str, str | int]:
        """As the JSON of `/popular`."""
        return {"url": self.url, "title": self.title, "count": self.count}


def newest_comments(
    connection: Connection,
    site_id: int,
    most: int,
    *,
    page_id: int | None = None,
    before: tuple[datetime, int] | None = None,
) -> list[CommentRow]:
    """The newest comments of a site, or of one page of it, newest first; those older than a position (time, id) if one
    is given."""
    query = (
        select_comments()
        .where(_comment.site_id == site_id, _comment.status == Status.APPROVED)
        .order_by(_comment.created_at.desc(), _comment.id.desc())
        .limit(most)
    )
    if page_id is not None:
        query = query.where(_comment.page_id == page_id)
    if before is not None:
        position = tuple_(literal(before[0], _comment.created_at.type), literal(before[1], _comment.id.type))
        query = query.where(tuple_(_comment.created_at, _comment.id) < position)
    return [CommentRow(**row._mapping) for row in connection.execute(query)]


def most_discussed(connection: Connection, site_id: int, since: datetime, most: int) -> list[DiscussedPage]:
    """The pages of a site with the most comments since a time, counting its newest 10,000."""
    latest = (
        select(_comment.page_id, _comment.created_at)
        .where(_comment.site_id == site_id, _comment.status == Status.APPROVED, _comment.created_at >= since)
        .order_by(_comment.created_at.desc(), _comment.id.desc())
        .limit(_MAX_COUNTED)
        .subquery("latest")
    )
    number, last = func.count().label("number"), func.max(latest.c.created_at).label("last")
    busiest = (
        select(latest.c.page_id, number, last)
        .group_by(latest.c.page_id)
        .order_by(number.desc(), last.desc(), latest.c.page_id)
        .limit(most)
        .subquery("busiest")
    )
    query = (
        select(_page.url, SHOWN_TITLE, busiest.c.number)
        .join_from(busiest, tables.page, and_(_page.site_id == site_id, _page.id == busiest.c.page_id))
        .order_by(busiest.c.number.desc(), busiest.c.last.desc(), _page.id)
    )
    return [DiscussedPage(url, title, count) for url, title, count in connection.execute(query)]


def count_comments(connection: Connection, site_id: int, page_ids: Iterable[int]) -> dict[int, int]:
    """Page id → number of approved comments. Pages without any are left out."""
    query = (
        select(_comment.page_id, func.count())
        .where(_comment.site_id == site_id, _comment.page_id.in_(list(page_ids)), _comment.status == Status.APPROVED)
        .group_by(_comment.page_id)
    )
    return {page_id: number for page_id, number in connection.execute(query)}  # noqa: C416 - rows
