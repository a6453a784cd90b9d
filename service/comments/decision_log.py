"""The log of decisions: what moderators and programs did with comments, one entry per batch, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select

from db import tables
from db.models import Status

PER_PAGE = 50
_decision, _comment, _admin = tables.decision.c, tables.comment.c, tables.admin.c
_ANY_COMMENT = and_(_comment.site_id == _decision.site_id, _comment.id == _decision.comment_id)


@dataclass(slots=True)
class LogEntry:
    """What one click, or one call of a program, did.

    ``by`` names the admin; None for a program and for an admin who is gone. ``outcomes`` counts the comments by their
    new status, ``undone`` those whose decision was taken back since. ``authors`` are some of the comments' authors.
    """

    batch: int
    by: str | None
    at: datetime
    outcomes: dict[Status, int] = field(default_factory=dict)
    undone: int = 0
    authors: list[str] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The number of comments."""
        return sum(self.outcomes.values())

    @property
    def can_undo(self) -> bool:
        """Whether something of it still stands."""
        return self.undone < self.number


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of the log, and the batch below which the next one begins; None on the last page."""

    entries: Sequence[LogEntry]
    older: int | None


def read_log(connection: Connection, before: int | None = None, per_page: int = PER_PAGE) -> LogPage:
    """The newest entries, or those before a batch."""
    batches = select(_decision.batch).distinct().order_by(_decision.batch.desc()).limit(per_page + 1)
    if before is not None:
        batches = batches.where(_decision.batch < before)
    wanted = [batch for (batch,) in connection.execute(batches)]
    entries = _read_entries(connection, wanted[:per_page])
    return LogPage(entries, wanted[per_page - 1] if len(wanted) > per_page else None)


def _read_entries(connection: Connection, batches: Sequence[int]) -> Sequence[LogEntry]:
    query = (
        select(
            _decision.batch,
            _admin.name,
            _decision.after,
            func.max(_decision.at),
            func.count(),
            func.count(_decision.undone_at),
            func.min(_comment.author),
        )
        .select_from(tables.decision)
        .outerjoin(tables.admin, _admin.id == _decision.admin_id)
        .outerjoin(tables.comment, _ANY_COMMENT)
        .where(_decision.batch.in_(batches))
        .group_by(_decision.batch, _admin.name, _decision.after)
    )
    entries: dict[int, LogEntry] = {}
    for row in connection.execute(query):
        _add_outcome(entries, row)
    return [entries[batch] for batch in batches]


def _add_outcome(entries: dict[int, LogEntry], row: Any) -> None:
    batch, by, after, at, number, undone, author = row
    entry = entries.setdefault(batch, LogEntry(batch, by, at))
    entry.outcomes[Status(after)] = number
    entry.undone += undone
    if author is not None:
        entry.authors.append(author)
