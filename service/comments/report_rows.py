"""The rows of readers' reports: which comments have open ones, and what ends them.

What a reader's report does is in ``service.comments.submit_report``; this is what the other ways to change a comment
need.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, tuple_, update

from db import tables
from db.dialect_sql import insert_if_absent
from service.language import N_

Key = tuple[int, int]

_report, _kept = tables.report.c, tables.kept_comment.c
_REPORTED = tuple_(_report.site_id, _report.comment_id)
_KEPT = tuple_(_kept.site_id, _kept.comment_id)


class ReportReason(StrEnum):
    """Why a reader reports a comment."""

    SPAM = "spam"
    INSULT = "insult"
    PERSONAL = "personal"
    OFF_TOPIC = "off topic"
    OTHER = "other"


IN_WORDS = {
    ReportReason.SPAM: N_("spam"),
    ReportReason.INSULT: N_("insult or hate"),
    ReportReason.PERSONAL: N_("personal data"),
    ReportReason.OFF_TOPIC: N_("off topic"),
    ReportReason.OTHER: N_("another reason"),
}
"""What moderators read."""


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report as moderators read it. ``counts``: it helps to hold the comment; ``open``: no moderator has kept the
    comment since."""

    reason: ReportReason
    note: str
    at: datetime
    counts: bool
    open: bool

    @property
    def words(self) -> str:
        """The reason in words."""
        return IN_WORDS[self.reason]


def has_open_reports(site_id: ColumnElement[int], comment_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that two columns name a comment with reports that wait for a moderator. An index has them all."""
    return tuple_(site_id, comment_id).in_(select(_report.site_id, _report.comment_id).where(_report.kept_in.is_(None)))


def open_reports(connection: Connection, keys: Collection[Key]) -> set[Key]:
    """Those of some comments that have reports which wait for a moderator."""
    query = select(_report.site_id, _report.comment_id).where(_REPORTED.in_(list(keys)), _report.kept_in.is_(None))
    return {(site_id, comment_id) for site_id, comment_id in connection.execute(query.distinct())}


def read_reports(connection: Connection, keys: Collection[Key]) -> Mapping[Key, Sequence[StoredReport]]:
    """The reports of some comments, oldest first."""
    query = select(tables.report).where(_REPORTED.in_(list(keys))).order_by(_report.at, _report.who)
    found: defaultdict[Key, list[StoredReport]] = defaultdict(list)
    for row in connection.execute(query) if keys else ():
        report = StoredReport(ReportReason(row.reason), row.note, row.at, row.counts, row.kept_in is None)
        found[row.site_id, row.comment_id].append(report)
    return found


def counted_reasons(connection: Connection, key: Key) -> list[tuple[ReportReason, int]]:
    """The open reports that count, by reason, the most frequent first."""
    number = func.count()
    query = select(_report.reason, number).where(_REPORTED.in_([key]), _report.kept_in.is_(None), _report.counts)
    rows = connection.execute(query.group_by(_report.reason).order_by(number.desc(), _report.reason))
    return [(ReportReason(reason), count) for reason, count in rows]


def is_kept(connection: Connection, key: Key) -> bool:
    """Whether a moderator has kept the comment as it reads now."""
    return connection.execute(select(_kept.batch).where(_KEPT.in_([key]))).first() is not None


def keep(connection: Connection, keys: Collection[Key], batch: int, at: datetime) -> None:
    """Close the open reports of comments that a moderator wants shown; further ones are not taken."""
    reported = open_reports(connection, keys) if keys else set()
    for site_id, comment_id in sorted(reported):
        row = {"site_id": site_id, "comment_id": comment_id, "batch": batch, "at": at}
        insert_if_absent(connection, tables.kept_comment, row)
    if reported:
        these = (_REPORTED.in_(list(reported)), _report.kept_in.is_(None))
        connection.execute(update(tables.report).where(*these).values(kept_in=batch))


def release(connection: Connection, keys: Collection[Key], batch: int) -> set[Key]:
    """Take back that a batch has kept some comments: their reports are open again. Returns those that it had kept."""
    these = and_(_KEPT.in_(list(keys)), _kept.batch == batch)
    released = {(row.site_id, row.comment_id) for row in connection.execute(select(tables.kept_comment).where(these))}
    connection.execute(delete(tables.kept_comment).where(these))
    of_batch = (_REPORTED.in_(list(released)), _report.kept_in == batch)
    connection.execute(update(tables.report).where(*of_batch).values(kept_in=None))
    return released


def words_changed(connection: Connection, key: Key) -> None:
    """A moderator's decision to keep a comment was about words that are no longer there."""
    connection.execute(delete(tables.kept_comment).where(_KEPT.in_([key])))
    connection.execute(delete(tables.report).where(_REPORTED.in_([key]), _report.kept_in.is_not(None)))


def forget(connection: Connection, site_id: int, comment_ids: Sequence[int]) -> None:
    """Delete all reports of comments that are deleted for good."""
    of_reports = (_report.site_id == site_id, _report.comment_id.in_(comment_ids))
    connection.execute(delete(tables.report).where(*of_reports))
    of_kept = (_kept.site_id == site_id, _kept.comment_id.in_(comment_ids))
    connection.execute(delete(tables.kept_comment).where(*of_kept))
