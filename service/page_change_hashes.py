"""Hashes of the changes of pages, in entries of the log: which changes were made, and which were undone.

Changes are noted in slices, often in another transaction than the entry that an admin reads. So each slice has an entry
of its own, with a hash of each change, and with one of the comments that a merge took to another page. The words of
these entries are never erased: they say nothing of anybody.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, select

from db import tables
from service.action_log import Act, ActKind, Actor, record

_GATHERED = "changes of pages that are not noted yet"
_change, _moved = tables.page_change.c, tables.moved_comment.c
_COLUMNS = ("id", "batch", "kind", "page_id", "other_id", "before")
_SUM_BYTES = 256
"""Sums of hashes do not depend on an order, so the comments of each slice are added to those before. With 32 bytes, two
sets of the same sum could be found."""
_MODULUS = 1 << 8 * _SUM_BYTES


@dataclass(slots=True)
class ChangeNotes:
    """Changes of pages: id → hash of those that were ``made``, id → instant of those that were ``undone``, id → the sum
    of the comments that were ``moved``."""

    made: dict[str, str] = field(default_factory=dict)
    undone: dict[str, str] = field(default_factory=dict)
    moved: Counter[str] = field(default_factory=Counter)
    place_of: dict[str, int] = field(default_factory=dict)

    def take(self, entry: Any, place: int) -> None:
        """Add those of an entry, if it notes any. What an earlier one says of a change counts."""
        if entry.action != ActKind.CHANGES_NOTED or not entry.content:
            return
        words = json.loads(entry.content)
        for change_id in words["made"]:
            self.place_of.setdefault(change_id, place)
        self.made = words["made"] | self.made
        self.undone = words["undone"] | self.undone
        self.moved.update({change_id: int(each, 16) for change_id, each in words.get("moved", {}).items()})

    def find_difference(self, connection: Connection, site_id: int) -> int | None:
        """The place of the entry of the first change that is not stored as noted, 0 if no entry notes it."""
        left, stray = dict(self.made), False
        different = []
        for row in connection.execute(select(tables.page_change).where(_change.site_id == site_id)):
            change_id, undone_at = str(row.id), row.undone_at and row.undone_at.isoformat()
            digest = left.pop(change_id, None)
            stray |= digest is None
            if digest is not None and (digest, self.undone.get(change_id)) != (digest_of(row._asdict()), undone_at):
                different.append(change_id)
        different += left
        stored = _stored_sums(connection, site_id)
        for change_id in {*stored, *self.moved}:
            noted = 0 if change_id in self.undone else self.moved[change_id] % _MODULUS
            if stored[change_id] != noted:
                different.append(change_id)
                stray |= change_id not in self.place_of
        places = (self.place_of[each] for each in different if each in self.place_of)
        return min(places, default=0 if stray else None)


def note_made(connection: Connection, row: Mapping[str, Any]) -> None:
    """Note that a change was made. ``row``: as it is stored."""
    _note(connection, row["site_id"], row["at"], ChangeNotes({str(row["id"]): digest_of(row)}))


def note_undone(connection: Connection, site_id: int, change_id: int, at: datetime) -> None:
    """Note that a change was undone."""
    _note(connection, site_id, at, ChangeNotes(undone={str(change_id): at.isoformat()}))


def note_moved(connection: Connection, site_id: int, change_id: int, at: datetime, comments: Iterable[int]) -> None:
    """Note which comments a merge took to another page, or takes back: those that were not noted yet."""
    moved = Counter({str(change_id): sum_of(site_id, change_id, comments)})
    _note(connection, site_id, at, ChangeNotes(moved=moved))


def sum_of(site_id: int, change_id: int, comments: Iterable[int]) -> int:
    """A number that only these comments of this change have."""
    hashes = (hashlib.shake_256(b"%d|%d|%d" % (site_id, change_id, each)).digest(_SUM_BYTES) for each in comments)
    return sum(int.from_bytes(each) for each in hashes) % _MODULUS


def _stored_sums(connection: Connection, site_id: int) -> Counter[str]:
    columns = select(_moved.change_id, _moved.comment_id).where(_moved.site_id == site_id)
    found: Counter[str] = Counter()
    for change_id, rows in groupby(connection.execute(columns.order_by(_moved.change_id)), key=itemgetter(0)):
        found[str(change_id)] = sum_of(site_id, change_id, (comment_id for _, comment_id in rows))
    return found


@contextmanager
def one_note(connection: Connection) -> Iterator[None]:
    """Note all changes of pages that are made and undone meanwhile in one entry a site."""
    info, gathered = connection.info, dict[tuple[int, datetime], ChangeNotes]()
    if _GATHERED in info:  # a caller does
        yield
        return
    info[_GATHERED] = gathered
    try:
        yield
    finally:
        del info[_GATHERED]
    for (site_id, at), notes in gathered.items():
        _record(connection, site_id, at, notes)


def digest_of(row: Mapping[str, Any]) -> str:
    """The hash of a change, in hexadecimal digits. When it was undone is noted apart."""
    values = [*(row[name] for name in _COLUMNS), row["at"].isoformat()]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def _note(connection: Connection, site_id: int, at: datetime, notes: ChangeNotes) -> None:
    gathered: dict[tuple[int, datetime], ChangeNotes] | None = connection.info.get(_GATHERED)
    if gathered is None:
        _record(connection, site_id, at, notes)
        return
    together = gathered.setdefault((site_id, at), ChangeNotes())
    together.made |= notes.made
    together.undone |= notes.undone
    together.moved.update(notes.moved)


def _record(connection: Connection, site_id: int, at: datetime, notes: ChangeNotes) -> None:
    words: dict[str, object] = {"made": notes.made, "undone": notes.undone}
    if moved := {change_id: f"{each % _MODULUS:x}" for change_id, each in notes.moved.items() if each}:
        words["moved"] = moved
    record(connection, site_id, Act(ActKind.CHANGES_NOTED, at, actor=Actor.SERVICE, number=0, content=words))
