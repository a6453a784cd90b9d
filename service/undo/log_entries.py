"""Entries of the log as an undo needs them: with their words, and with what was done to the same thing later."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from db import tables
from service.action_log import ActKind
from service.admin_rights import Right
from service.logged_change import LoggedChange
from service.ways_to_undo import UndoWay, right_of, way_of

_LOOKED_AT = 1000
"""Later entries among which the one is looked for that changed the same."""

_entry, _content = tables.log_entry.c, tables.log_content.c


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry. ``by``: the admin's name, None if it was none; ``words`` are empty if they were erased."""

    site_id: int
    id: int
    at: datetime
    by: str | None
    action: ActKind
    comment_id: int | None
    batch: int | None
    words: Mapping[str, Any]

    @property
    def change(self) -> LoggedChange | None:
        """The change of a state; None if it was none."""
        return LoggedChange.read(self.words)

    @property
    def way(self) -> UndoWay:
        """How it is taken back."""
        return way_of(self.action, self.change)

    @property
    def right(self) -> Right:
        """The right that taking it back needs."""
        return right_of(self.way, self.change)


def find_entry(connection: Connection, site_id: int, entry_id: int) -> Entry | None:
    """The entry, or None."""
    row = connection.execute(_entries(site_id).where(_entry.id == entry_id)).first()
    return _read(row) if row else None


def is_taken_back(connection: Connection, entry: Entry) -> bool:
    """Whether a later entry took it back."""
    query = select(_entry.id).where(_entry.site_id == entry.site_id, _entry.batch == entry.id)
    return connection.execute(query.limit(1)).first() is not None


def changed_later(connection: Connection, entry: Entry) -> Entry | None:
    """The newest entry after this one about the same words or state; None if the log knows none."""
    later = _entries(entry.site_id).where(_entry.id > entry.id).order_by(_entry.id.desc())
    if entry.way is UndoWay.WORDS:
        edits = (_entry.comment_id == entry.comment_id, _entry.action.in_([ActKind.EDIT, ActKind.AUTHOR_EDIT]))
        row = connection.execute(later.where(*edits).limit(1)).first()
        return _read(row) if row else None
    change = entry.change
    if change is None:
        return None
    found = map(_read, connection.execute(later.where(_content.content.contains('"change"')).limit(_LOOKED_AT)))
    return next((each for each in found if each.change and each.change.is_of(change)), None)


def _entries(site_id: int) -> Select[Any]:
    by = func.coalesce(_entry.by_name, tables.admin.c.name).label("by")
    columns = (_entry[name] for name in ("site_id", "id", "at", "action", "comment_id", "batch"))
    same = (_content.site_id == _entry.site_id) & (_content.entry_id == _entry.id)
    query = select(*columns, by, _content.content).select_from(tables.log_entry).outerjoin(tables.log_content, same)
    return query.outerjoin(tables.admin, tables.admin.c.id == _entry.admin_id).where(_entry.site_id == site_id)


def _read(row: Any) -> Entry:
    fields = {name: value for name, value in row._mapping.items() if name != "content"}
    words = json.loads(row.content) if row.content else {}
    return Entry(**fields | {"action": ActKind(row.action), "words": words})
