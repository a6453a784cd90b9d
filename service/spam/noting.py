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
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete

from db import tables
from db.insert import INSERTS
from db.prepared import Prepared
from service.spam.sightings import KEPT, LATELY, Bands

ORDER = "\U0010ffff"
"""These jobs come last in a batch of the writer, behind every page."""
_SWEEP = 256  # one comment in so many also sweeps
_seen = tables.sighting.c


@dataclass(frozen=True, slots=True)
class _Note:
    site_id: int
    keys: tuple[int, ...]
    comment_id: int
    at: datetime


class Noter:
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
                _upsert(connection.dialect.name).run_many(connection, rows)
            if sweeps:
                connection.execute(delete(tables.sighting).where(_seen.expires_at < now))

        return job


def _rows(notes: Iterable[_Note]) -> list[dict[str, Any]]:
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for note in notes:
        for key in note.keys:
            row = found.setdefault((note.site_id, key), _row(note, key))
            row["b_number"] += 1
            row["b_lately"] += 1
            row["b_last_id"] = note.comment_id
    return [found[each] for each in sorted(found)]


def _row(note: _Note, key: int) -> dict[str, Any]:
    return {
        "b_site_id": note.site_id,
        "b_what": key,
        "b_number": 0,
        "b_lately": 0,
        "b_began": note.at,
        "b_first_id": note.comment_id,
        "b_last_id": note.comment_id,
        "b_expires_at": note.at + KEPT,
        "an_hour_ago": note.at - LATELY,
    }


@lru_cache(maxsize=4)
def _upsert(dialect: str) -> Prepared:
    table = tables.sighting
    insert = INSERTS[dialect](table).values({each.name: bindparam(f"b_{each.name}") for each in table.c})
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
