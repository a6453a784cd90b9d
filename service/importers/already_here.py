"""Which comments of a file are here already, from an earlier import of it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, literal, null, select

from db import tables
from service.number_parsing import whole_number

Name = tuple[str, str]
"""``comment.source`` and ``comment.source_id``."""

_comment = tables.comment.c
_COLUMNS = (
    _comment.source,
    _comment.source_id,
    _comment.id,
    _comment.page_id,
    _comment.parent_id,
    _comment.created_at,
    _comment.author,
    _comment.import_id,
    _comment.status,
)
_FOUND = select(*_COLUMNS).where(
    _comment.site_id == bindparam("b_site"),
    _comment.source == bindparam("b_source"),
    _comment.source_id.in_(bindparam("b_ids", expanding=True)),
)
_FOUND_BY_ID = select(*_COLUMNS).where(
    _comment.site_id == bindparam("b_site"),
    _comment.id.in_(bindparam("b_ids", expanding=True)),
)
_change = tables.author_change.c
_DELETED = select(
    *(_change.comment_id.label("id"), _change.page_id, _change.parent_id, _change.created_at),
    *(literal("").label("author"), null().label("import_id"), null().label("status")),
).where(
    _change.site_id == bindparam("b_site"),
    _change.comment_id.in_(bindparam("b_ids", expanding=True)),
    _change.deleted_at.is_not(None),
)


@dataclass(frozen=True, slots=True)
class IncomingRow:
    """A comment ready to be written. ``place`` is the caller's number for it, ``parent`` its parent's id here, if that
    is known; else it may be the one of this batch at ``parent_place``, which stands before it.

    It is known by ``name``, or by ``other_name`` if it shares its name with a comment of another page; ``shares`` is
    whether the file says so. ``name`` is None for a comment that was posted to a service like this one: it is known by
    its id and date, or by ``other_name`` if its id was taken here. ``keeps_number`` is whether its id shall be its
    number, if that is free.
    """

    place: int
    number: str
    name: Name | None
    other_name: Name
    shares: bool
    keeps_number: bool
    parent: int | None
    parent_place: int
    row: dict[str, Any]


class AlreadyHere:
    """The comments of a batch that are here already, by what they are known by."""

    def __init__(self, connection: Connection, site_id: int, lines: Sequence[IncomingRow]) -> None:
        names = {name for line in lines for name in (line.name, line.other_name) if name}
        ids = [whole_number(line.number, 0) for line in lines if line.name is None]
        self._by_name = find_by_name(connection, site_id, names)
        self._by_id = find_by_id(connection, site_id, ids)

    def find(self, line: IncomingRow, page_id: int | None) -> tuple[Any | None, Name | None]:
        """The row of a comment, or None and the name to store it under."""
        if line.name is None:
            same = self._by_id.get(whole_number(line.number, 0))
            same = same if same and same.created_at == line.row["created_at"] else None
        else:
            same = self._by_name.get(line.name)
        other = self._by_name.get(line.other_name)
        for row in (same, other):
            if row is not None and row.page_id == page_id:
                return row, None
        if same is None:
            return other, line.other_name if line.shares else line.name
        is_same = (same.created_at, same.author) == (line.row["created_at"], line.row["author"])
        if line.name is None or (is_same and not line.shares):
            return same, None  # its page has moved
        return other, line.other_name


def find_by_name(connection: Connection, site_id: int, names: Iterable[Name]) -> dict[Name, Any]:
    """The comments of a site that have these names."""
    of_source: dict[str, list[str]] = {}
    for source, source_id in names:
        of_source.setdefault(source, []).append(source_id)
    found: dict[Name, Any] = {}
    for source, ids in of_source.items():
        bound = {"b_site": site_id, "b_source": source, "b_ids": ids}
        found |= {(row.source, row.source_id): row for row in connection.execute(_FOUND, bound)}
    return found


def find_by_id(connection: Connection, site_id: int, ids: Collection[int]) -> dict[int, Any]:
    """The comments of a site that have these ids, and the places of those that their authors deleted."""
    bound = {"b_site": site_id, "b_ids": list(ids)}
    if not ids:
        return {}
    deleted = {row.id: row for row in connection.execute(_DELETED, bound)}
    return deleted | {row.id: row for row in connection.execute(_FOUND_BY_ID, bound)}
