"""``/admin/figures``: what happened in the last days, as pictures and tables; and the same numbers as CSV."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from babel.dates import format_skeleton
from sqlalchemy import Connection
from starlette.responses import Response

from db.models import Status
from service.comments.comment_statistics import PERIODS, Figures, read_figures
from service.csv_cells import guarded_cell
from service.language import Language, language
from service.number_parsing import whole_number
from service.sentence_forms import isolated
from service.sites import read_sites
from service.spam.check_accuracy import LAST, Accuracy, judged_votes, measure
from service.spam.learning.moderator_votes import read_votes
from service.web.admin import statistics_words
from service.web.admin.admin_session import AdminRequest
from service.web.admin.bar_chart import Chart, Series
from service.web.admin.reason_words import rule_label
from service.web.http import response_headers

_STATUSES = (Status.APPROVED, Status.PENDING, Status.SPAM, Status.TRASH)
_MOST_COLUMNS = 31
Rows = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class FiguresView:
    """The page. ``site`` is 0 for all; ``quality`` is by origin."""

    figures: Figures
    days: int
    site: int
    sites: Mapping[str, int]
    quality: Mapping[str, Accuracy]
    language: Language

    @property
    def charts(self) -> list[Chart]:
        """Comments over time, refusals over time, comments by hour. A long time is shown by weeks."""
        _, figures, by_day = self.language.gettext, self.figures, self.days <= _MOST_COLUMNS
        size, days = 1 if by_day else 7, [*figures.days]
        starts = range(0, len(days), size)
        labels = [format_skeleton("MMMd", days[at], locale=self.language.locale) for at in starts]
        over_time = [sum((figures.days[day] for day in days[at : at + size]), Counter[Status]()) for at in starts]
        refused = [sum(figures.refusals[day] for day in days[at : at + size]) for at in starts]
        titles = _("Comments by day") if by_day else _("Comments by week"), _("Comments by hour (UTC)")
        refusals = _("Refused by day") if by_day else _("Refused by week")
        hours = [f"{hour}:00" for hour in range(24)]
        return [
            Chart("days", titles[0], labels, self._series(over_time), _),
            Chart("refusals", refusals, labels, [Series(_("Refused"), "refused", refused)], _),
            Chart("hours", titles[1], hours, self._series(figures.hours), _),
        ]

    @property
    def tables(self) -> dict[str, Rows]:
        """Title → rows, the largest first."""
        _, figures = self.language.gettext, self.figures
        reasons = [(rule_label(symbol, self.language), number) for symbol, number in figures.reasons.most_common(15)]
        refused = [
            (statistics_words.refusal(_, reason), number) for reason, number in figures.refused_for.most_common()
        ]
        actions = [
            (f"{isolated(by or _('A program'), self.language)}: {statistics_words.action(_, action)}", number)
            for (by, action), number in figures.actions.most_common(30)
        ]
        return {
            _("Why comments were held"): reasons,
            _("Why the form refused"): refused,
            _("Pages with most comments"): [
                (f"{title} · {url}" if title else url, number) for url, title, number in figures.pages
            ],
            _("Sites"): self._busiest_sites(),
            _("What moderators did"): actions,
        }

    def rows(self) -> Iterator[tuple[str, str, str, int]]:
        """(what, where, kind, number): all numbers, for a spreadsheet."""
        for day, numbers in self.figures.days.items():
            yield from (("comments by day", day.isoformat(), status.value, numbers[status]) for status in _STATUSES)
        for day, number in self.figures.refusals.items():
            yield "refused by day", day.isoformat(), "", number
        for hour, numbers in enumerate(self.figures.hours):
            yield from (("comments by hour", f"{hour:02}:00", status.value, numbers[status]) for status in _STATUSES)
        for title, rows in self.tables.items():
            yield from ((title.lower(), label, "", number) for label, number in rows)
        for origin, accuracy in self.quality.items():
            for name in ("caught", "missed", "wronged", "passed"):
                yield "quality of the check", origin, name, getattr(accuracy, name)

    def _series(self, numbers: list[Counter[Status]]) -> list[Series]:
        _ = self.language.gettext
        return [
            Series(_(statistics_words.STATUSES[status]), f"of-{status.value}", [each[status] for each in numbers])
            for status in _STATUSES
        ]

    def _busiest_sites(self) -> Rows:
        """None of a single site."""
        origins = {site_id: origin for origin, site_id in self.sites.items()}
        totals = {site_id: sum(numbers.values()) for site_id, numbers in self.figures.sites.items()}
        rows = [(origins[site_id], number) for site_id, number in totals.items() if number]
        return sorted(rows, key=lambda row: -row[1]) if len(rows) > 1 else []


async def show(request: AdminRequest) -> Response:
    """``GET /admin/figures``: of the last ``days``, of a ``site`` or of all."""
    view = await request.context.read(_read, request)
    return await request.context.compute(
        request.render, "figures.html", {"view": view, "periods": PERIODS, "last": LAST}
    )


async def download(request: AdminRequest) -> Response:
    """``GET /admin/figures.csv``: the same numbers, in English like all that programs read."""
    view = replace(await request.context.read(_read, request), language=language("en"))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("what", "where", "kind", "number"))
    writer.writerows((what, guarded_cell(where), kind, number) for what, where, kind, number in view.rows())
    named = {"content-disposition": 'attachment; filename="figures.csv"'}
    return Response(out.getvalue(), 200, response_headers.admin_headers() | named, "text/csv")


def _read(connection: Connection, request: AdminRequest) -> FiguresView:
    query, admin = request.http.query_params, request.current_admin
    sites = admin.own_sites(read_sites(connection))
    days, site = whole_number(query.get("days", ""), 30), whole_number(query.get("site", ""), 0, digits=9)
    days, chosen = days if days in PERIODS else 30, {origin: each for origin, each in sites.items() if each == site}
    shown = chosen or sites
    figures = read_figures(connection, [*shown.values()], days, request.now)
    quality = {}
    for origin, site_id in [*shown.items()][:10]:
        hold = request.context.spam.sites.of(connection, site_id).policy.hold
        found = measure(judged_votes(read_votes(connection, site_id, LAST)), hold)
        if found.decided:
            quality[origin] = found
    return FiguresView(figures, days, site if chosen else 0, sites, quality, request.language)
