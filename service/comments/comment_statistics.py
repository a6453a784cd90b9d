"""Numbers for moderators: comments by day, hour, page and reason, refusals, and what moderators did.

Each question reads a bounded number of rows by an index: the newest ``AT_MOST``, divided among the sites.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, cast, desc, extract, func, select

from db import tables
from db.dialect_sql import upsert
from db.models import Status

PERIODS = (7, 30, 90, 365)
AT_MOST = 40_000
"""Comments that one page of figures counts, divided among sites and statuses."""

REASONS_OF = 1000
"""Held comments whose reasons are counted."""

ACTIONS_OF = 5000
TOP = 10
MOST_SITES = 20
_HOUR = 3600
_comment, _page, _entry = tables.comment.c, tables.page.c, tables.log_entry.c
_refusal, _admin = tables.refusal_day.c, tables.admin.c


@dataclass(slots=True)
class Figures:
    """What was counted since a day. ``cut``: there were more comments than are counted. Days and hours are in UTC;
    statuses are those of today."""

    since: date
    until: date
    days: dict[date, Counter[Status]] = field(default_factory=dict)
    hours: list[Counter[Status]] = field(default_factory=lambda: [Counter() for _ in range(24)])
    sites: dict[int, Counter[Status]] = field(default_factory=dict)
    pages: list[tuple[str, str, int]] = field(default_factory=list)
    """(address, title, comments) of those with most."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Symbol of a rule → held or filed comments in which it added points."""
    refusals: dict[date, int] = field(default_factory=dict)
    refused_for: Counter[str] = field(default_factory=Counter)
    actions: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(admin, action) → comments, or 1 for what concerns none."""
    cut: bool = False


def add_refusals(connection: Connection, numbers: Mapping[tuple[int, str], int], at: datetime) -> None:
    """Add refusals, by site and reason, to those of the day. Sites that were removed meanwhile are left out."""
    known = set(connection.execute(select(tables.site.c.id)).scalars())
    for (site_id, reason), number in sorted(numbers.items()):
        if site_id in known and number > 0:
            row = {"site_id": site_id, "day": f"{at:%Y-%m-%d}", "reason": reason[:20], "number": number}
            upsert(connection, tables.refusal_day, row, lambda new: {"number": _refusal.number + new.number})


def read_figures(connection: Connection, sites: Sequence[int], days: int, now: datetime) -> Figures:
    """The figures of the last ``days`` days, today included, of ``MOST_SITES`` sites at most."""
    sites, until = sites[:MOST_SITES], now.astimezone(UTC).date()
    figures = Figures(until - timedelta(days=days - 1), until)
    since = datetime.combine(figures.since, datetime.min.time(), UTC)
    figures.days = {figures.since + timedelta(days=number): Counter() for number in range(days)}
    figures.refusals = dict.fromkeys(figures.days, 0)
    most = AT_MOST // (len(Status) * max(len(sites), 1))
    for site_id in sites:
        for status in Status:
            _count_comments(connection, figures, _newest(site_id, status, since, most), (site_id, status), most)
        _count_reasons(connection, figures, site_id, since, REASONS_OF // (2 * len(sites)))
        _count_actions(connection, figures, site_id, since, ACTIONS_OF // len(sites))
        _count_refusals(connection, figures, site_id)
    figures.pages = _busiest_pages(connection, sites, since, most)
    return figures


def _newest(site_id: int, status: Status, since: datetime, most: int) -> Select[Any]:
    """Of an index alone."""
    query = select(_comment.created_at, _comment.page_id)
    these = (_comment.site_id == site_id, _comment.status == status, _comment.created_at >= since)
    return query.where(*these).order_by(_comment.created_at.desc(), _comment.id.desc()).limit(most)


def _count_comments(
    connection: Connection, figures: Figures, newest: Select[Any], key: tuple[int, Status], most: int
) -> None:
    found = newest.subquery()
    hour = (cast(extract("epoch", found.c.created_at), BigInteger) // _HOUR).label("hour")
    site_id, status = key
    total = 0
    for bucket, number in connection.execute(select(hour, func.count()).group_by(hour)):
        instant = datetime.fromtimestamp(int(bucket) * _HOUR, UTC)
        figures.days.setdefault(instant.date(), Counter())[status] += number
        figures.hours[instant.hour][status] += number
        total += number
    figures.sites.setdefault(site_id, Counter())[status] += total
    figures.cut = figures.cut or total >= most


def _count_reasons(connection: Connection, figures: Figures, site_id: int, since: datetime, most: int) -> None:
    for status in (Status.PENDING, Status.SPAM):
        these = (_comment.site_id == site_id, _comment.status == status, _comment.created_at >= since)
        query = select(_comment.reasons).where(*these).order_by(_comment.created_at.desc(), _comment.id.desc())
        for reasons in connection.execute(query.limit(most)).scalars():
            figures.reasons.update(_symbols(reasons))


def _symbols(reasons: object) -> set[str]:
    """Those that added points. Imported comments may hold any JSON here."""
    each = [reason for reason in reasons if isinstance(reason, dict)] if isinstance(reasons, list) else []
    added = ((reason.get("symbol"), reason.get("weight")) for reason in each)
    return {str(symbol) for symbol, weight in added if symbol and isinstance(weight, int | float) and weight > 0}


def _count_actions(connection: Connection, figures: Figures, site_id: int, since: datetime, most: int) -> None:
    newest = select(tables.log_entry).where(_entry.site_id == site_id).order_by(_entry.id.desc()).limit(most)
    entry = newest.subquery().c
    query = (
        select(func.coalesce(entry.by_name, _admin.name, ""), entry.action, entry.number)
        .outerjoin(tables.admin, _admin.id == entry.admin_id)
        .where(entry.at >= since, entry.actor.in_(["admin", "program"]))
    )
    for by, action, number in connection.execute(query):
        figures.actions[by, action] += max(number, 1)


def _count_refusals(connection: Connection, figures: Figures, site_id: int) -> None:
    these = (_refusal.site_id == site_id, _refusal.day >= figures.since.isoformat())
    for day, reason, number in connection.execute(select(_refusal.day, _refusal.reason, _refusal.number).where(*these)):
        if (known := date.fromisoformat(day)) in figures.refusals:
            figures.refusals[known] += number
            figures.refused_for[reason] += number


def _busiest_pages(
    connection: Connection, sites: Sequence[int], since: datetime, most: int
) -> list[tuple[str, str, int]]:
    numbers: Counter[tuple[int, int]] = Counter()
    for site_id in sites:
        found = _newest(site_id, Status.APPROVED, since, most).subquery()
        number = func.count().label("number")
        query = select(found.c.page_id, number).group_by(found.c.page_id).order_by(desc(number)).limit(TOP)
        numbers.update({(site_id, page_id): count for page_id, count in connection.execute(query)})
    pages = []
    for (site_id, page_id), count in numbers.most_common(TOP):
        query = select(_page.url, _page.title).where(_page.site_id == site_id, _page.id == page_id)
        if row := connection.execute(query).first():
            pages.append((row.url, row.title, count))
    return pages
