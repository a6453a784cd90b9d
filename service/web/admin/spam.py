"""The spam check's page: how well it does, what it has learned, what it goes by, and what would be if it changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from anyio import to_thread
from sqlalchemy import Connection
from starlette.responses import Response

from service.numbers import whole_number
from service.sites import read_sites
from service.spam import accuracy, settings_form, simulator
from service.spam.learning.refit import ExcludedVotes
from service.spam.learning.votes import read_names, read_votes
from service.spam.policy import Policy
from service.spam.rules import RULE_NAMES
from service.spam.site_state import read_report, read_settings
from service.web.admin.comment_views import signed
from service.web.admin.session import AdminRequest
from service.web.http.body import parse_urlencoded, read_body

MAX_BODY = 8 * 1024 * 1024
"""Bytes. A list of 65,000 entries is one million characters, and up to three times that on its way."""

SHOWN = 20
"""Comments of each kind that the simulator shows."""

_LAST_DECIDED = 3_000


@dataclass(frozen=True, slots=True)
class ExcludableSource:
    """A moderator or a day, with how many of the last decisions, and whether they are left out."""

    name: str
    called: str
    number: int
    left_out: bool


@dataclass(frozen=True, slots=True)
class SpamView:
    """What the template is given."""

    site: int
    sites: Mapping[str, int]
    policy: Policy
    track: accuracy.Accuracy
    busy: list[accuracy.RuleHits]
    learned: Mapping[str, Any]
    learned_at: datetime | None
    moderators: list[ExcludableSource]
    days: list[ExcludableSource]
    fields: Mapping[str, str]
    errors: Mapping[str, str]
    what: str
    level: int
    """How hard the question is just now, for whoever has not failed at it."""
    outcome: simulator.Simulation | None = None

    @property
    def symbols(self) -> list[tuple[str, str, str]]:
        """Symbol, what it is called, and the points it has at most."""
        return [(symbol, name, signed(points)) for symbol, (name, points) in RULE_NAMES.items()]

    def called(self, symbol: str) -> str:
        """A symbol in words."""
        return RULE_NAMES.get(symbol, (symbol, 0))[0]

    def percent(self, share: float | None) -> str:
        """A share for reading."""
        return "–" if share is None else f"{100 * share:.0f} %"


async def show(request: AdminRequest) -> Response:
    """``GET /admin/spam``: the page of one site, the first unless another is asked for."""
    query = request.http.query_params
    view = await _view(request, whole_number(query.get("site", ""), 0), query.get("what", ""))
    return _page(request, view)


async def act(request: AdminRequest) -> Response:
    """``POST /admin/spam``: ``try`` what the form says, ``save`` it, or leave out (``without``) and take back
    (``with``) a moderator's or a day's decisions."""
    fields = await _read_form(request)
    sites = await request.context.read(read_sites)
    site_id, action = whole_number(fields.get("site", ""), 0), fields.get("action", "")
    if site_id not in sites.values() or action not in ("try", "save", "without", "with"):
        _ = request.gettext
        return request.message(400, _("This could not be understood"), _("Nothing was changed."))
    if action in ("without", "with"):
        return await _leave_out(request, site_id, fields, without=action == "without")
    wish = await to_thread.run_sync(lambda: settings_form.read_form(lambda name: fields.get(name, ""), request.gettext))
    if wish.errors:
        return _page(request, await _view(request, site_id, "", fields, wish.errors), 422)
    if action == "try":
        outcome = await _try(request, site_id, wish.settings)
        return _page(request, await _view(request, site_id, "", fields, outcome=outcome))
    await request.context.write(settings_form.save_settings, site_id, wish.settings, request.now)
    request.context.spam.sites.forget(site_id)
    return request.see_other(f"/admin/spam?site={site_id}&what=saved#rules")


async def _leave_out(request: AdminRequest, site_id: int, fields: Mapping[str, str], *, without: bool) -> Response:
    """One click; the model is fitted anew without them, and nothing of them stays."""
    parts = request.context.spam
    left_out = ExcludedVotes.of(await request.context.read(lambda connection: read_settings(connection, site_id)))
    moderator, day = fields.get("moderator"), fields.get("day")
    moderators = _toggled(left_out.moderators, moderator, without)
    days = _toggled(left_out.days, day, without)
    changed = {"left_out": ExcludedVotes(moderators, days).as_json()}
    await request.context.write(settings_form.save_settings, site_id, changed, request.now)
    parts.trainer.retrain_soon(site_id)
    return request.see_other(f"/admin/spam?site={site_id}&what=left#learning")


def _toggled(names: frozenset[str], name: str | None, without: bool) -> frozenset[str]:
    if name is None or len(name) > 20:
        return names
    return names | {name} if without else names - {name}


async def _try(request: AdminRequest, site_id: int, settings: dict[str, Any]) -> simulator.Simulation:
    parts, max_links = request.context.spam, request.context.settings.max_links

    def run(connection: Connection) -> simulator.Simulation:
        site = parts.sites.of(connection, site_id)
        past = simulator.read_past(connection, site_id)
        return simulator.simulate(past, site.model, site.policy, parts.sites.policy_of(settings), max_links)

    return await request.context.read(run)


async def _view(
    request: AdminRequest,
    site_id: int,
    what: str,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    outcome: simulator.Simulation | None = None,
) -> SpamView:
    parts = request.context.spam

    def read(connection: Connection) -> SpamView:
        sites = read_sites(connection)
        site = site_id if site_id in sites.values() else min(sites.values(), default=0)
        request.context.levels.sync(site, request.now.timestamp())
        policy = parts.sites.of(connection, site).policy
        votes = read_votes(connection, site, _LAST_DECIDED)
        settings = read_settings(connection, site)
        left_out = ExcludedVotes.of(settings)
        learned, learned_at = read_report(connection, site)
        last = accuracy.judged_votes(votes)
        return SpamView(
            site=site,
            sites=sites,
            policy=policy,
            track=accuracy.measure(last, policy.hold),
            busy=accuracy.busiest_rules(last),
            learned=learned,
            learned_at=learned_at,
            moderators=_teachers((vote.moderator for vote in votes), left_out.moderators, read_names(connection)),
            days=_teachers((vote.day for vote in votes), left_out.days)[::-1][:14],
            fields=typed if typed is not None else _fields(settings),
            errors=errors or {},
            what=what,
            level=policy.level(request.context.levels.level(site, request.now.timestamp())),
            outcome=outcome,
        )

    view = await request.context.read(read)
    if view.site:
        parts.trainer.watch(view.site)
    return view


def _teachers(
    names: Iterable[str], left_out: frozenset[str], called: Mapping[str, str] = MappingProxyType({})
) -> list[ExcludableSource]:
    counts: dict[str, int] = dict.fromkeys(sorted(left_out), 0)
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return [
        ExcludableSource(name, called.get(name, name), number, name in left_out)
        for name, number in sorted(counts.items())
    ]


def _fields(settings: Mapping[str, Any]) -> dict[str, str]:
    """What is stored, as the form shows it."""
    words = settings.get("words", {})
    return {
        "hold": f"{settings['hold']:g}" if "hold" in settings else "",
        "spam": f"{settings['spam']:g}" if "spam" in settings else "",
        "factors": "\n".join(f"{symbol} = {factor:g}" for symbol, factor in settings.get("factors", {}).items()),
        "trial": " ".join(settings.get("trial", ())),
        "level": settings_form.level_choice(settings),
        **{f"words_{name}": words.get(name, "") for name in settings_form.LISTS},
    }


def _page(request: AdminRequest, view: SpamView, status: int = 200) -> Response:
    return request.render("spam.html", {"spam": view, "when": request.language.when, "shown": SHOWN}, status)


async def _read_form(request: AdminRequest) -> dict[str, str]:
    """The fields, in a body that may be as long as a word list. Raises Unreadable, TooLarge and TooSlow."""
    return await to_thread.run_sync(_parse, await read_body(request.http, MAX_BODY))


def _parse(body: bytes) -> dict[str, str]:
    pairs = parse_urlencoded(body, 40)
    return {name: value.replace("\x00", "").replace("\r\n", "\n") for name, value in pairs}
