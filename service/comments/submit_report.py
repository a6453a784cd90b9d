"""The transaction that takes a reader's report of a comment, and holds the comment once enough networks reported it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select, update

from db import tables
from db.dialect_sql import insert_if_absent
from db.models import Status
from service.action_log import Actor
from service.comments import moderate, report_rows, side_effects
from service.comments.report_rows import IN_WORDS, ReportReason
from service.comments.side_effects import Audience, Key
from service.comments.submit import Ticket, spend
from service.comments.write_statements import lock_pages_of
from service.spam.reason_sentences import ReasonSentence

LONGEST_NOTE = 500
SYMBOL = "reported"
"""The reason that a held comment gets."""

_comment = tables.comment.c


class Received(StrEnum):
    """What became of a report. ``KEPT``: a moderator has kept the comment, so nothing was stored; ``USED``: the
    question was answered before; ``GONE``: the comment is not shown, or is one of the site's own."""

    TAKEN = "taken"
    REPEATED = "repeated"
    KEPT = "kept"
    USED = "used"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class NewReport:
    """``who`` is a keyed hash of the reader's network and the comment. ``hold_at``: the number of networks whose
    reports hold the comment."""

    key: Key
    who: bytes
    reason: ReportReason
    note: str
    counts: bool
    at: datetime
    hold_at: int
    audience: Audience


@dataclass(frozen=True, slots=True)
class Reportable:
    """A comment that readers see and may report. ``kept``: a moderator has read reports of it and kept it."""

    key: Key
    author: str
    text: str
    kept: bool


def find_reportable(connection: Connection, page: Key, comment_id: int) -> Reportable | None:
    """The comment, if it is shown on the page and not one of the site's own."""
    key = (page[0], comment_id)
    query = select(_comment.author, _comment.text, _comment.page_id).where(*_is_shown(key))
    row = connection.execute(query).first()
    if row is None or row.page_id != page[1]:
        return None
    return Reportable(key, row.author, row.text, report_rows.is_kept(connection, key))


def report(connection: Connection, new: NewReport, ticket: Ticket) -> Received:
    """Store a report, one for each network and comment. Once ``hold_at`` networks have reported a comment, it waits for
    a moderator. To be run alone, since it locks several rows."""
    lock_pages_of(connection, [new.key])
    if not spend(connection, new.key[0], ticket):
        return Received.USED
    row = connection.execute(select(_comment.reasons).where(*_is_shown(new.key)).with_for_update()).first()
    if row is None:
        return Received.GONE
    if report_rows.is_kept(connection, new.key):
        return Received.KEPT
    values = {"site_id": new.key[0], "comment_id": new.key[1], "who": new.who, "reason": new.reason, "note": new.note}
    if not insert_if_absent(connection, tables.report, {**values, "counts": new.counts, "at": new.at, "kept_in": None}):
        return Received.REPEATED
    reasons = report_rows.counted_reasons(connection, new.key)
    number = sum(each for _, each in reasons)
    if new.counts and number >= new.hold_at:
        _hold(connection, new, row.reasons, _sentence(number, [reason for reason, _ in reasons]))
    return Received.TAKEN


def _is_shown(key: Key) -> tuple[Any, ...]:
    is_comment = (_comment.site_id == key[0], _comment.id == key[1])
    return (*is_comment, _comment.status == Status.APPROVED, _comment.staff.is_not(True))


def _sentence(number: int, reasons: list[ReportReason]) -> str:
    words = ", ".join(IN_WORDS[reason] for reason in reasons)
    return ReasonSentence.REPORTED % {"number": number, "reports": words}


def _hold(connection: Connection, new: NewReport, reasons: Any, sentence: str) -> None:
    """Let the comment wait, with a reason for the moderators, who hear of it as of any comment that waits."""
    before = [each for each in reasons or [] if not (isinstance(each, dict) and each.get("symbol") == SYMBOL)]
    why = {"symbol": SYMBOL, "weight": 0.0, "sentence": sentence}
    is_comment = (_comment.site_id == new.key[0], _comment.id == new.key[1])
    connection.execute(update(tables.comment).where(*is_comment).values(reasons=[*before, why]))
    moderate.decide(connection, [new.key], Status.PENDING, None, new.at, actor=Actor.SERVICE)
    side_effects.held_by_reports(connection, new.key, new.audience, new.at)
