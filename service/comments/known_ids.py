"""Which ids in an address belong to comments of a page."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from db import tables

_comment = tables.comment.c


def read_known_ids(connection: Connection, site_id: int, page_id: int, ids: Iterable[int]) -> set[int]:
    """The ids of comments of this page, of any status, since a link may lead to a comment that is now in the trash."""
    query = select(_comment.id).where(_comment.site_id == site_id, _comment.page_id == page_id)
    return set(connection.execute(query.where(_comment.id.in_(list(ids)))).scalars())
