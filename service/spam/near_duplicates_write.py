"""Counts texts into the store, behind their comments' commits: one statement for all that wait, in the order of keys.

Two processes that locked the same rows crosswise would stop each other, and in a flood they lock the same rows all the
time. So one job writes all that waits, each key once, and there are five a second at most. What comes in between waits
for the next text to be noted; a process that stops loses it, which is the counts of a moment.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, bindparam, case, delete, select, true

from db import tables
from db.prepared import Prepared
from db.sql import INSERTS, columns_from_json, rows_as_json
from service.spam.near_duplicates import KEPT, RECENT, Bands

WRITTEN_LAST = "\U0010ffff"
"""These jobs come last in a batch of the writer, behind every page."""
_SWEEP = 256  # one comment in so many also sweeps
_seen = tables.sighting.c


@dataclass(frozen=True, slots=True)
class _Note:
    site_id: int
    keys: tuple[int, ...]
    comment_id: int
    at: datetime


class NearDuplicateWriter:
    """What waits to be counted in. ``every`` is in seconds."""

    def __init__(self, every: float = 0.2) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Note] = []
        self._every, self._last = every, float("-inf")

    def note(self, site_id: int, bands: Bands, comment_id: int, now: datetime) -> Callable[[Connection], None] | None:
        """A job for the writer that counts this text in, with all others that wait by then; None if it waits, too. The
        job may run twice: what it has taken it keeps, until one of its runs is committed."""
        taken: list[_Note] = []
        with self._lock:
            self._waiting.append(_Note(site_id, bands.keys, comment_id, now))
            if time.monotonic() - self._last < self._every:
                return None
            self._last = time.monotonic()

        def job(connection: Connection) -> None:
            with self._lock:
                taken.extend(self._waiting)
                self._waiting.clear()
            sweeps = any(each.comment_id % _SWEEP == 0 for each in taken)
            if rows := _rows(taken):
                at = max(each.at for each in taken)
                times = {"b_at": at, "b_expires_at": at + KEPT, "an_hour_ago": at - RECENT}
                _upsert(connection.dialect.name).run(connection, {"b_rows": rows_as_json(rows), **times})
            if sweeps:
                connection.execute(delete(tables.sighting).where(_seen.expires_at < now))

        return job


def _rows(notes: Iterable[_Note]) -> list[list[int]]:
    """Site, key, how often, first and last comment, each key once."""
    found: dict[tuple[int, int], list[int]] = {}
    for note in notes:
        for key in note.keys:
            row = found.setdefault((note.site_id, key), [note.site_id, key, 0, note.comment_id, 0])
            row[2] += 1
            row[4] = note.comment_id
    return [found[each] for each in sorted(found)]


@lru_cache(maxsize=4)
def _upsert(dialect: str) -> Prepared:
    table = tables.sighting
    at, expires_at = (bindparam(name, type_=_seen.began.type) for name in ("b_at", "b_expires_at"))
    site_id, what, number, first_id, last_id = columns_from_json(dialect, "b_rows", 5)
    rows = select(site_id, what, number, number, at, first_id, last_id, expires_at)
    rows = rows.where(true())  # without a condition SQLite would take ON CONFLICT for that of a join
    insert = INSERTS[dialect](table).from_select([each.name for each in table.c], rows)
    new = insert.excluded
    over = _seen.expires_at < new.began
    goes_on = _seen.began > bindparam("an_hour_ago", type_=_seen.began.type)
    return Prepared(
        insert.on_conflict_do_update(
            index_elements=[_seen.site_id, _seen.what],
            set_={
                "number": case((over, new.number), else_=_seen.number + new.number),
                "lately": case((goes_on, _seen.lately + new.lately), else_=new.lately),
                "began": case((goes_on, _seen.began), else_=new.began),
                "first_id": case((over, new.first_id), else_=_seen.first_id),
                "last_id": new.last_id,
                "expires_at": new.expires_at,
            },
        )
    )
