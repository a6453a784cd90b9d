"""Imports as rows: what each is doing, how far it is, and what came of it. One at a time is worked on, by a lease."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update

from db import tables
from db.column_types import new_id
from db.dialect_sql import take_lease

Key = tuple[int, int]
"""(site_id, id): which import."""

MOST_SHOWN = 50
SILENT_AFTER = timedelta(seconds=60)
"""Work that says nothing for this long has ended without a word: another process goes on with it."""

_LEASE = "import"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_SAID = 1000
_LONGEST_NAME = 200
_run, _lease = tables.import_run.c, tables.lease.c


class RunState(StrEnum):
    """``CHECK``, ``WRITE`` and ``UNDO`` are work: to be done, or being done."""

    CHECK = "check"
    CHECKED = "checked"
    WRITE = "write"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    UNDO = "undo"
    UNDONE = "undone"
    DISCARDED = "discarded"


WORK = (RunState.CHECK, RunState.WRITE, RunState.UNDO)
CAN_BE_UNDONE = (RunState.DONE, RunState.STOPPED, RunState.FAILED)
ENDED = (RunState.DONE, RunState.UNDO, RunState.UNDONE, RunState.DISCARDED)
"""Its file is no longer needed."""


@dataclass(frozen=True, slots=True)
class Run:
    """A row of ``import_run``. ``said`` is a sentence about what went wrong, or empty."""

    site_id: int
    id: int
    state: RunState
    format: str
    file: str
    size: int
    uploaded: bool
    options: Mapping[str, Any]
    admin_id: int | None
    created_at: datetime
    beat_at: datetime | None
    finished_at: datetime | None
    done: int
    total: int
    rehearsed: Mapping[str, Any] | None
    report: Mapping[str, Any] | None
    said: str
    removed: int
    kept: int

    @property
    def key(self) -> Key:
        return self.site_id, self.id

    def is_silent(self, now: datetime) -> bool:
        """Whether it should be worked on, and is not."""
        return self.state in WORK and (self.beat_at or self.created_at) < now - SILENT_AFTER

    def can_be_undone(self, now: datetime) -> bool:
        """Also one by command that was killed."""
        is_left = self.state is RunState.WRITE and not self.uploaded and self.is_silent(now)
        return self.state in CAN_BE_UNDONE or is_left


class Stopped(Exception):
    """The import is to do something else now, or another process works on it."""


def create(connection: Connection, /, site_id: int, at: datetime, **values: Any) -> int:
    """Add an import and return its id. ``values`` are columns."""
    row = {"site_id": site_id, "id": new_id(), "created_at": at, "options": {}, **values}
    row["file"] = row.get("file", "")[-_LONGEST_NAME:]
    connection.execute(tables.import_run.insert(), row)
    return int(row["id"])


def find(connection: Connection, key: Key) -> Run | None:
    """An import, if there is one."""
    found = connection.execute(select(tables.import_run).where(*_is(key))).first()
    return None if found is None else _read(found)


def find_by_id(connection: Connection, run_id: int) -> Run | None:
    """The same by its number alone."""
    found = connection.execute(select(tables.import_run).where(_run.id == run_id)).first()
    return None if found is None else _read(found)


def newest(connection: Connection, sites: Collection[int] | None = None) -> list[Run]:
    """The newest imports, of some ``sites`` only."""
    query = select(tables.import_run).order_by(_run.id.desc()).limit(MOST_SHOWN)
    if sites is not None:
        query = query.where(_run.site_id.in_(sites))
    return list(map(_read, connection.execute(query)))


def change(
    connection: Connection, /, key: Key, before: Collection[RunState], after: RunState, at: datetime, **values: Any
) -> bool:
    """Give an import another state, if it has one of those. Returns whether it had."""
    if "said" in values:
        values["said"] = values["said"][:_LONGEST_SAID]
    fresh = {"state": after, "beat_at": at, "done": 0, "total": 0, "said": ""} | values
    statement = update(tables.import_run).where(*_is(key), _run.state.in_(before)).values(fresh)
    return connection.execute(statement).rowcount == 1


def beat(connection: Connection, /, key: Key, state: RunState, at: datetime, **values: Any) -> None:
    """Say that the work goes on, and how far it is. Raises Stopped if it is not to go on."""
    statement = update(tables.import_run).where(*_is(key), _run.state == state).values(beat_at=at, **values)
    if connection.execute(statement).rowcount != 1:
        raise Stopped


def to_do(connection: Connection, here: Collection[int]) -> Key | None:
    """The oldest import that is to be worked on, and whose file is ``here``; an undo needs none."""
    has_file = or_(_run.state == RunState.UNDO, and_(_run.uploaded, _run.id.in_(here)))
    query = select(_run.site_id, _run.id).where(_run.state.in_(WORK), has_file).order_by(_run.id).limit(1)
    found = connection.execute(query).first()
    return None if found is None else (found.site_id, found.id)


def has_written(connection: Connection, key: Key) -> bool:
    """Whether there is anything that an undo would delete."""
    comment, page = tables.comment.c, tables.page.c
    queries = (
        select(columns.id).where(columns.site_id == key[0], columns.import_id == key[1]).limit(1)
        for columns in (comment, page)
    )
    return any(connection.execute(query).first() for query in queries)


def files_needed(connection: Connection, here: Sequence[int], since: datetime) -> set[int]:
    """Of uploaded files, by the ids of their imports, those that may still be read: not the ones of imports that have
    ended, or that nobody has touched ``since``."""
    query = select(_run.id).where(_run.id.in_(here), _run.state.not_in(ENDED))
    query = query.where(or_(_run.beat_at > since, and_(_run.beat_at.is_(None), _run.created_at > since)))
    return set(connection.execute(query).scalars())


class WorkLease:
    """The right to work on imports, which one process has at a time. It is renewed while work goes on."""

    def __init__(self) -> None:
        self._at = _LONG_AGO

    def take(self, connection: Connection, at: datetime) -> bool:
        """Whether nobody has it, so that it is ours from now on."""
        self._at = at
        return take_lease(connection, _LEASE, at, at - SILENT_AFTER)

    def renew(self, connection: Connection, at: datetime) -> datetime:
        """Keep it; to be passed to ``renewed`` once that is committed. Raises Stopped if another process took it."""
        statement = update(tables.lease).where(_lease.name == _LEASE, _lease.at == self._at).values(at=at)
        if at != self._at and connection.execute(statement).rowcount != 1:
            raise Stopped
        return at

    def renewed(self, at: datetime) -> None:
        """The renewal is on the disk."""
        self._at = at

    def give_back(self, connection: Connection) -> None:
        """Let another process have it at once."""
        mine = (_lease.name == _LEASE, _lease.at == self._at)
        connection.execute(update(tables.lease).where(*mine).values(at=_LONG_AGO))


def _is(key: Key) -> tuple[Any, Any]:
    return _run.site_id == key[0], _run.id == key[1]


def _read(row: Any) -> Run:
    fields = dict(row._mapping)
    return Run(**fields | {"state": RunState(fields["state"])})


def redirects_of(upload: Path) -> Path:
    """Where the redirects lie that came with an upload."""
    return upload.with_name(f"{upload.name}.redirects")
