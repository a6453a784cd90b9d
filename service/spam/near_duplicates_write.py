"""Writes counts of texts to the database after their comments' commits: one statement for many that wait.

The keys of a text lie anywhere in the index. Written text by text, each would change a page of its own, so a post would
cost the more the more is stored: sixteen pages in the log of SQLite, some 65 kB. So a flood waits until many texts have
come together, and they are written in the order of their keys, a slice at a time: a slice changes few pages, and each
of them once. What waits is written after some seconds in any case, and at a stop; a crash loses those few counts.

The order also keeps processes from deadlocks: in a flood all of them update the same rows.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from sqlalchemy import (
    ColumnElement,
    Connection,
    any_,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    select,
    true,
    tuple_,
)

from db import tables
from db.dialect_sql import columns_from_json, insert_into, rows_as_json
from db.prepared_statements import Prepared
from service.spam.near_duplicates import KEPT, RECENT, Bands

WRITTEN_LAST = "\U0010ffff"
"""Sort key that puts these jobs last in a batch of the writer, after all pages."""
FEW, MANY = 8, 1024
"""Texts. Up to ``FEW`` that came within ``every`` seconds are written at once; more are a flood, which waits for
``MANY``."""
SLICE = 1024
"""Keys that one job writes: some 5 ms of the writer, which posts may wait for."""
_SWEEP = 256  # one comment in 256 also deletes expired rows
_SWEPT = 8192  # at once: twice of what that many comments have added
_seen = tables.sighting.c

Job = Callable[[Connection], None]
_Seen = tuple[int, int, int]
"""Site, key, comment."""


class NearDuplicateWriter:
    """Collects texts to count. ``every``: seconds between two writes, at least."""

    def __init__(self, every: float = 0.2) -> None:
        self._lock = threading.Lock()
        self._notes: list[tuple[int, Bands, int]] = []
        self._sorted: list[_Seen] = []  # taken out of the notes, the first key last
        self._every, self._last = every, float("-inf")
        self._now: datetime = datetime.min
        self._sweeps = False

    def note(self, site_id: int, bands: Bands, comment_id: int, now: datetime) -> Job | None:
        """A writer job that counts this text and others that wait, or a slice of their keys: ``rest`` has the next job.
        None if this text waits, too. The writer may run a job twice, so a job keeps what it has taken."""
        with self._lock:
            self._notes.append((site_id, bands, comment_id))
            self._now = now
            self._sweeps = self._sweeps or comment_id % _SWEEP == 0
            waiting = len(self._notes)
            if time.monotonic() - self._last < self._every or FEW < waiting < MANY:
                return None
            self._last = time.monotonic()
        return self._job(SLICE)

    def rest(self, *, begin: bool = False) -> Job | None:
        """A job for the next slice of what is being written, or with ``begin`` of what waits; None if nothing waits."""
        return self._job(SLICE) if self._sorted or (begin and self._notes) else None

    def everything(self) -> Job | None:
        """A job for all that waits; None if nothing does."""
        return self._job(None) if self._sorted or self._notes else None

    def _job(self, most: int | None) -> Job:
        taken: list[list[_Seen]] = []
        sweeps: list[bool] = []

        def job(connection: Connection) -> None:
            if not taken:
                taken.append(self._take(most))
                sweeps.append(self._sweeps)
                self._sweeps = False
            now = self._now
            for few in _slices(taken[0]):
                times = {"b_at": now, "b_expires_at": now + KEPT, "an_hour_ago": now - RECENT}
                rows = rows_as_json(_rows(few))
                _upsert(connection.dialect.name).run(connection, {"b_rows": rows, **times})
            if sweeps[0]:
                _delete_expired(connection, now)

        return job

    def _take(self, most: int | None) -> list[_Seen]:
        """The next keys in their order."""
        with self._lock:
            if not self._sorted or most is None:
                seen = [(site, key, comment) for site, bands, comment in self._notes for key in bands.keys]
                self._sorted = sorted([*self._sorted, *seen], reverse=True)
                self._notes.clear()
            found = self._sorted[-most:] if most else self._sorted
            self._sorted = self._sorted[: len(self._sorted) - len(found)]
        return found[::-1]


def _slices(seen: Sequence[_Seen]) -> Iterable[Sequence[_Seen]]:
    return (seen[at : at + SLICE] for at in range(0, len(seen), SLICE))


def _rows(seen: Iterable[_Seen]) -> list[list[int]]:
    """Site, key, number, first and last comment: one row a key."""
    rows = []
    for (site_id, key), same in groupby(seen, itemgetter(0, 1)):
        comments = [comment_id for *_, comment_id in same]
        rows.append([site_id, key, len(comments), comments[0], comments[-1]])
    return rows


def _delete_expired(connection: Connection, now: datetime) -> None:
    """Delete a bounded number of expired rows."""
    if connection.dialect.name == "postgresql":
        # By their places: while it takes the table for a small one, it would compare every key with every other.
        place: ColumnElement[str] = literal_column("ctid")
        expired = select(place).select_from(tables.sighting).where(_seen.expires_at < now).limit(_SWEPT)
        is_expired = place == any_(func.array(expired.scalar_subquery()))
    else:
        keys = (_seen.site_id, _seen.what)
        is_expired = tuple_(*keys).in_(select(*keys).where(_seen.expires_at < now).limit(_SWEPT))
    connection.execute(delete(tables.sighting).where(is_expired))


@lru_cache(maxsize=4)
def _upsert(dialect: str) -> Prepared:
    table = tables.sighting
    at, expires_at = (bindparam(name, type_=_seen.began.type) for name in ("b_at", "b_expires_at"))
    site_id, what, number, first_id, last_id = columns_from_json(dialect, "b_rows", 5)
    rows = select(site_id, what, number, number, at, first_id, last_id, expires_at)
    rows = rows.where(true())  # without WHERE, SQLite parses ON CONFLICT as the condition of a join
    insert = insert_into(dialect, table).from_select([each.name for each in table.c], rows)
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
