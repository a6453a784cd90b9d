"""Writes counts of texts to the database after their comments' commits: one statement for all that wait.

In a flood, processes update the same rows all the time and would deadlock if they locked them in different orders. So
one statement writes each waiting key once, in the order of keys, at most five times a second. What arrives in between
waits for the next text; if the process stops, those few counts are lost.
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
"""Sort key that puts these jobs last in a batch of the writer, after all pages."""
_SWEEP = 256  # one comment in 256 also deletes expired rows
_seen = tables.sighting.c


@dataclass(frozen=True, slots=True)
class _Note:
    site_id: int
    keys: tuple[int, ...]
    comment_id: int
    at: datetime


class NearDuplicateWriter:
    """Collects texts to count. ``every``: seconds between two writes, at least."""

    def __init__(self, every: float = 0.2) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Note] = []
        self._every, self._last = every, float("-inf")

    def note(self, site_id: int, bands: Bands, comment_id: int, now: datetime) -> Callable[[Connection], None] | None:
        """A writer job that counts this text and all others that wait when it runs; None if this text waits too. The
        writer may run the job twice, so the job keeps what it has taken until a run is committed."""
        notes: list[_Note] = []
        with self._lock:
            self._waiting.append(_Note(site_id, bands.keys, comment_id, now))
            if time.monotonic() - self._last < self._every:
                return None
            self._last = time.monotonic()

        def job(connection: Connection) -> None:
            with self._lock:
                notes.extend(self._waiting)
                self._waiting.clear()
            sweeps = any(note.comment_id % _SWEEP == 0 for note in notes)
            if rows := _rows(notes):
                at = max(note.at for note in notes)
                times = {"b_at": at, "b_expires_at": at + KEPT, "an_hour_ago": at - RECENT}
                _upsert(connection.dialect.name).run(connection, {"b_rows": rows_as_json(rows), **times})
            if sweeps:
                connection.execute(delete(tables.sighting).where(_seen.expires_at < now))

        return job


def _rows(notes: Iterable[_Note]) -> list[list[int]]:
    """Site, key, number, first and last comment: one row a key."""
    row_of: dict[tuple[int, int], list[int]] = {}
    for note in notes:
        for key in note.keys:
            row = row_of.setdefault((note.site_id, key), [note.site_id, key, 0, note.comment_id, 0])
            row[2] += 1
            row[4] = note.comment_id
    return [row_of[key] for key in sorted(row_of)]


@lru_cache(maxsize=4)
def _upsert(dialect: str) -> Prepared:
    table = tables.sighting
    at, expires_at = (bindparam(name, type_=_seen.began.type) for name in ("b_at", "b_expires_at"))
    site_id, what, number, first_id, last_id = columns_from_json(dialect, "b_rows", 5)
    rows = select(site_id, what, number, number, at, first_id, last_id, expires_at)
    rows = rows.where(true())  # without WHERE, SQLite parses ON CONFLICT as the condition of a join
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
