"""Cursors of lists of comments: the position of a comment as text, for use in a URL."""

import re
from datetime import UTC, datetime, timedelta

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_CURSOR = re.compile(r"(-?[0-9]{1,17})-([0-9]{1,18})-([0-9]{1,9})", re.ASCII)

Position = tuple[datetime, int, int]
"""When a comment was written, its id and its site: the order of lists."""


def write_cursor(position: Position) -> str:
    """The position as text."""
    created_at, comment_id, site_id = position
    return f"{(created_at - _EPOCH) // _MICROSECOND}-{comment_id}-{site_id}"


def read_cursor(cursor: str) -> Position | None:
    """The position of a cursor; None for an empty or invalid one."""
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        return None
    microseconds, comment_id, site_id = map(int, match.groups())
    try:
        return _EPOCH + microseconds * _MICROSECOND, comment_id, site_id
    except OverflowError:
        return None
