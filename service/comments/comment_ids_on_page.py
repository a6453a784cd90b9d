"""Which ids in an address belong to comments of a page."""

from sqlalchemy import Connection, bindparam, select

from db import tables
from db.prepared_statements import Prepared

Ids = tuple[int, int, int, int, int]
"""All that an address can name, 0 where it names none. As many each time, so that one statement looks them up."""

_comment = tables.comment.c
_NAMES = ("b_0", "b_1", "b_2", "b_3", "b_4")
_KNOWN = Prepared(
    select(_comment.id).where(
        _comment.site_id == bindparam("b_site"),
        _comment.page_id == bindparam("b_page"),
        _comment.id.in_([bindparam(name, type_=_comment.id.type) for name in _NAMES]),
    )
)


def read_known_ids(connection: Connection, site_id: int, page_id: int, ids: Ids) -> set[int]:
    """The ids of comments of this page, of any status, since a link may lead to a comment that is now in the trash."""
    values = {"b_site": site_id, "b_page": page_id, **dict(zip(_NAMES, ids, strict=True))}
    return {known for (known,) in _KNOWN.rows(connection, values)}
