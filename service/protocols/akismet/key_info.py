"""Calls about a key: ``verify-key``, ``get-stats``, ``get-subscription``, ``usage-limit``, ``key-sites``, …"""

import csv
import io
import re
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from service.number_parsing import whole_number
from service.protocols.akismet import akismet_messages
from service.protocols.akismet.akismet_messages import AkismetRequest, is_blog
from service.protocols.akismet.verdicts_and_usage import Usage, by_month, total, usage
from service.web.context import Request

_MONTH = re.compile(r"^\d{4}-\d{2}\Z")
_SECONDS_SAVED = 10
"""Akismet's estimate for each spam comment that nobody had to read."""

_MOST_SITES = 500


async def verify_key(request: AkismetRequest) -> Response:
    """``valid`` for a known key and any site's URL, since a key may serve several sites."""
    blog = request.get("blog").strip()
    if not blog:
        return akismet_messages.invalid('Empty "blog" value')
    if is_blog(blog):
        return akismet_messages.text("valid")
    return akismet_messages.invalid("We were unable to parse your blog URI")


async def connection(_request: Request) -> Response:
    """``GET /1.1/test``: the plugin compares the answer with ``connected`` (``check_server_connectivity``)."""
    return akismet_messages.text("connected")


async def get_stats(request: AkismetRequest) -> Response:
    """Counts for ``from`` = ``60-days`` (by day), ``6-months`` or ``all`` (by month), as strings like Akismet's."""
    days = {"60-days": 60, "6-months": 183}.get(request.get("from"))
    since = f"{request.context.clock() - timedelta(days=days):%Y-%m-%d}" if days else ""
    found = await request.context.read(usage, request.site.id, since)
    whole = total(found)
    periods = found if days == 60 else by_month(found)
    breakdown = {name: _counts(each) | {"da": name} for name, each in periods.items()}
    more = {"accuracy": f"{whole.accuracy:.2f}", "time_saved": str(whole.spam * _SECONDS_SAVED)}
    return akismet_messages.json(_counts(whole) | more | {"breakdown": breakdown})


async def get_subscription(request: AkismetRequest) -> Response:
    """The account data that the WordPress plugin shows."""
    return akismet_messages.json(
        {
            "account_id": request.site.id,
            "account_name": request.site.hostname,
            "account_type": "self-hosted",
            "status": "active",
            "next_billing_date": False,
            "limit_reached": False,
        }
    )


async def deactivate(_call: AkismetRequest) -> Response:
    """Called when the plugin is deactivated; the key stays valid."""
    return akismet_messages.text("deactivated")


async def usage_limit(request: AkismetRequest) -> Response:
    """The number of verdicts this month; there is no limit."""
    month = f"{request.context.clock():%Y-%m}"
    used = total(await request.context.read(usage, request.site.id, prefix=month))
    return akismet_messages.json({"limit": "none", "usage": used.calls, "percentage": "0.00", "throttled": False})


async def key_sites(request: AkismetRequest) -> Response:
    """A month's usage of the key's site, as JSON or ``format=csv``: a list of one, since each site has its own key."""
    asked = request.get("month")
    month = asked if _MONTH.match(asked) else f"{request.context.clock():%Y-%m}"
    limit, offset = whole_number(request.get("limit"), _MOST_SITES, 6), whole_number(request.get("offset"), 0, 6)
    used = total(await request.context.read(usage, request.site.id, prefix=month))
    rows = [_site_row(request.site.hostname, used)]
    rows = [row for row in rows if used.calls and request.get("filter").lower() in row["site"]]
    page = {"limit": limit, "offset": offset, "total": len(rows)}
    shown = rows[offset : offset + limit]
    if request.get("format") == "csv":
        return akismet_messages.text(_csv(request.site.key, month, page, shown))
    return akismet_messages.json({month: shown, **page})


def _counts(used: Usage) -> dict[str, str]:
    return {
        "spam": str(used.spam),
        "ham": str(used.ham),
        "missed_spam": str(used.missed_spam),
        "false_positives": str(used.false_positives),
    }


def _site_row(hostname: str, used: Usage) -> dict[str, Any]:
    return {"site": hostname, "api_calls": str(used.calls), **_counts(used), "is_revoked": False}


def _csv(key: str, month: str, page: dict[str, int], rows: list[dict[str, Any]]) -> str:
    """Akismet's CSV: a title line, a header line, one line per site."""
    out = io.StringIO()
    out.write(f"Active sites for {key} during {month} (limit:{page['limit']}, offset: {page['offset']}, ")
    out.write(f"total: {page['total']})\n")
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(["Site", "Total API Calls", "Spam", "Ham", "Missed Spam", "False Positives", "Is Revoked"])
    lines.writerows([str(value).lower() if value is False else value for value in row.values()] for row in rows)
    return out.getvalue()
