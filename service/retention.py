"""How long what readers leave is kept: one list, which housekeeping, the privacy page and the command go by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, exists, func, select

from db import tables
from db.models import Status
from service.settings import Settings

MOST_COUNTED = 10_000
"""A count goes this far, so that it never reads a whole store."""

_comment, _decision, _change = tables.comment.c, tables.decision.c, tables.author_change.c
_subscription = tables.subscription.c


class Kept(StrEnum):
    """What is kept for a time."""

    NETWORK = "network"
    EMAIL = "email"
    WEBSITE = "website"
    SPAM = "spam"
    TRASH = "trash"
    EDITED_TEXT = "edited text"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Period:
    """How long something is kept. ``time`` None: until somebody deletes it.

    ``is_over`` is the SQL condition for rows of ``table`` whose time ended before an instant less ``time``. ``cleared``
    are the values that such rows get; without any they are deleted.
    """

    what: Kept
    setting: str
    time: timedelta | None
    is_over: Callable[[datetime], ColumnElement[bool]]
    table: Table = tables.comment
    cleared: Mapping[str, Any] = field(default_factory=dict)

    def due(self, now: datetime) -> ColumnElement[bool] | None:
        """The condition for rows that are kept no longer; None if all are."""
        return None if self.time is None else self.is_over(now - self.time)


def periods(settings: Settings) -> Sequence[Period]:
    """The periods of these settings."""
    days = {name: _days(getattr(settings, name)) for name in ("email_days", "website_days", "spam_days", "trash_days")}
    return (
        Period(
            Kept.NETWORK,
            "network_hours",
            timedelta(hours=settings.network_hours),
            lambda before: and_(_comment.client.is_not(None), _comment.created_at < before),
            cleared={"client": None},
        ),
        Period(
            Kept.EMAIL,
            "email_days",
            days["email_days"],
            lambda before: and_(_comment.email != "", _comment.created_at < before, ~_is_subscribed()),
            # The digest for duplicates is made of the address, too.
            cleared={"email": "", "said_by_email": None},
        ),
        Period(
            Kept.WEBSITE,
            "website_days",
            days["website_days"],
            lambda before: and_(_comment.url != "", _comment.created_at < before),
            cleared={"url": ""},
        ),
        Period(Kept.SPAM, "spam_days", days["spam_days"], lambda before: _has_status_since(Status.SPAM, before)),
        Period(Kept.TRASH, "trash_days", days["trash_days"], lambda before: _has_status_since(Status.TRASH, before)),
        Period(
            Kept.EDITED_TEXT,
            "trash_days",
            days["trash_days"],
            lambda before: and_(_change.first_text.is_not(None), _change.edited_at < before),
            tables.author_change,
            {"first_text": None},
        ),
        Period(
            Kept.REPORT,
            "report_days",
            timedelta(days=settings.report_days),
            lambda before: tables.report.c.at < before,
            tables.report,
        ),
    )


def count_due(connection: Connection, period: Period, now: datetime) -> int:
    """How many rows housekeeping would clear or delete now; ``MOST_COUNTED`` stands for that many or more."""
    due = period.due(now)
    if due is None:
        return 0
    some = select(*period.table.primary_key.columns).where(due).limit(MOST_COUNTED).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _days(number: int) -> timedelta | None:
    return timedelta(days=number) if number else None


def _is_subscribed() -> ColumnElement[bool]:
    """Whether the author asked for mail about replies, which needs the address."""
    return exists().where(_subscription.site_id == _comment.site_id, _subscription.comment_id == _comment.id)


def _has_status_since(status: Status, before: datetime) -> ColumnElement[bool]:
    """Comments with this status since then. Imported ones are kept, since no moderator here has seen them."""
    decided_later = exists().where(
        _decision.site_id == _comment.site_id, _decision.comment_id == _comment.id, _decision.at >= before
    )
    return and_(_comment.status == status, _comment.created_at < before, _comment.source == "", ~decided_later)
