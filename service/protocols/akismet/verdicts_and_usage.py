"""Stored verdicts (15 days) and daily usage counts of each key (kept forever).

A verdict's row holds no text, only a keyed hash, by which a correction without the verdict's id finds it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from db import tables
from db.dialect_sql import upsert

KEPT = timedelta(days=15)
"""As long as Akismet's plugin retries and people look through their spam folder (Akismet keeps 15 days, too)."""

_checked, _usage = tables.checked.c, tables.usage_day.c
_COUNTERS = ("spam", "ham", "missed_spam", "false_positives")


@dataclass(frozen=True, slots=True)
class Usage:
    """A key's counts in a period: a day, a month, or all time."""

    spam: int = 0
    ham: int = 0
    missed_spam: int = 0
    false_positives: int = 0

    @property
    def calls(self) -> int:
        """The number of verdicts."""
        return self.spam + self.ham

    @property
    def accuracy(self) -> float:
        """Percentage of verdicts that were not corrected; 100 if there are none."""
        wrong = min(self.calls, self.missed_spam + self.false_positives)
        return 100.0 * (self.calls - wrong) / self.calls if self.calls else 100.0


def new_guid() -> bytes:
    """A new verdict id: 16 random bytes, sent as 32 hexadecimal digits."""
    return secrets.token_bytes(16)


def record(connection: Connection, site_id: int, guid: bytes, digest: bytes, now: datetime, *, spam: bool) -> None:
    """Store a verdict and count it."""
    row = {"site_id": site_id, "guid": guid, "digest": digest, "spam": spam, "corrected": False, "at": now}

    connection.execute(tables.checked.insert(), row)
    _count(connection, site_id, now, "spam" if spam else "ham")
    if guid[0] == 0:  # one call in 256 removes old verdicts
        connection.execute(delete(tables.checked).where(_checked.at < now - KEPT))


def correct(connection: Connection, site_id: int, guid: bytes, digest: bytes, now: datetime, *, spam: bool) -> None:
    """Count a verdict as wrong, once, if it was the opposite. Found by ``guid``, or by ``digest`` if that is empty."""
    mine = (_checked.site_id == site_id, _checked.guid == guid if guid else _checked.digest == digest)
    wrong = update(tables.checked).where(*mine, _checked.spam.is_(not spam), _checked.corrected.is_(False))
    if connection.execute(wrong.values(corrected=True)).rowcount:
        _count(connection, site_id, now, "missed_spam" if spam else "false_positives")


def _count(connection: Connection, site_id: int, now: datetime, counter: str) -> None:
    row = {"site_id": site_id, "day": f"{now:%Y-%m-%d}"} | dict.fromkeys(_COUNTERS, 0) | {counter: 1}
    upsert(connection, tables.usage_day, row, lambda _new: {counter: _usage[counter] + 1})


def usage(connection: Connection, site_id: int, since: str = "", prefix: str = "") -> dict[str, Usage]:
    """Day → usage, oldest first, from the day ``since`` on and within a month ``prefix`` such as ``2026-11``."""
    query = select(_usage.day, *(_usage[name] for name in _COUNTERS)).where(_usage.site_id == site_id)
    rows = connection.execute(query.where(_usage.day >= since, _usage.day.startswith(prefix)).order_by(_usage.day))
    return {row.day: Usage(*row[1:]) for row in rows}


def total(days: dict[str, Usage]) -> Usage:
    """The sum of all days."""
    return Usage(*(sum(getattr(day, name) for day in days.values()) for name in _COUNTERS))


def by_month(days: dict[str, Usage]) -> dict[str, Usage]:
    """Month → usage, oldest first."""
    months: dict[str, dict[str, Usage]] = {}
    for day, used in days.items():
        months.setdefault(day[:7], {})[day] = used
    return {month: total(usage_by_day) for month, usage_by_day in months.items()}
