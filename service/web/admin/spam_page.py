"""``/admin/spam``: the spam check's accuracy, training data and settings, and a simulator of other settings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from anyio import to_thread
from sqlalchemy import Connection
from starlette.responses import Response

from service.language import Language
from service.number_parsing import whole_number
from service.sites import read_sites
from service.spam import simulator, spam_settings_form
from service.spam.change_spam_settings import change_settings
from service.spam.check_accuracy import Accuracy, RuleHits, busiest_rules, judged_votes, measure
from service.spam.learning.moderator_votes import read_names, read_votes
from service.spam.learning.refit import ExcludedVotes
from service.spam.rules import RULE_NAMES
from service.spam.site_policy import Policy
from service.spam.site_state import read_report, read_settings
from service.web.admin.admin_session import AdminRequest
from service.web.admin.reason_words import rule_label
from service.web.admin.weighed_words import signed
from service.web.http import form_pairs
from service.web.http.request_body import read_body

MAX_BODY = 8 * 1024 * 1024
"""Bytes. A word list of 65,000 entries has a million characters, and up to three times as many bytes when encoded."""

SHOWN = 20
"""Comments that the simulator shows of each kind."""

_VOTES_READ = 3_000


@dataclass(frozen=True, slots=True)
class ExcludableSource:
    """A moderator or a day, with its number of recent decisions, and whether these are excluded from training."""

    name: str
    label: str
    number: int
    excluded: bool


@dataclass(frozen=True, slots=True)
class SpamView:
    """The page of one site. ``level`` is the current captcha level for clients without failures."""

    site: int
    sites: Mapping[str, int]
    policy: Policy
    accuracy: Accuracy
    busiest_rules: list[RuleHits]
    learned: Mapping[str, Any]
    learned_at: datetime | None
    moderators: list[ExcludableSource]
    days: list[ExcludableSource]
    level: int
    language: Language
    fields: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)
    what: str = ""
    outcome: simulator.Simulation | None = None

    @property
    def rules(self) -> list[tuple[str, str, str]]:
        """(symbol, name, most points) of each rule."""
        return [(symbol, self.rule_name(symbol), signed(points)) for symbol, (_, points) in RULE_NAMES.items()]

    def rule_name(self, symbol: str) -> str:
        """The name of a rule; its symbol if the rule no longer exists."""
        return rule_label(symbol, self.language)

    def percent(self, share: float | None) -> str:
        """A share in percent."""
        return "–" if share is None else f"{100 * share:.0f} %"


async def show(request: AdminRequest) -> Response:
    """``GET /admin/spam``: the page of ``site``, by default of the first."""
    query = request.http.query_params
    view = await _view(request, whole_number(query.get("site", ""), 0))
    return _page(request, replace(view, what=query.get("what", "")))


async def act(request: AdminRequest) -> Response:
    """``POST /admin/spam``: ``try`` or ``save`` the form's settings, or exclude (``without``) or include (``with``) the
    decisions of a moderator or a day."""
    fields = await _read_form(request)
    sites = await request.context.read(read_sites)
    site_id, action = whole_number(fields.get("site", ""), 0), fields.get("action", "")
    if site_id not in sites.values() or action not in ("try", "save", "without", "with"):
        return request.not_understood()
    if action in ("without", "with"):
        return await _exclude(request, site_id, fields, excluded=action == "without")
    form = await to_thread.run_sync(
        lambda: spam_settings_form.read_form(lambda name: fields.get(name, ""), request.gettext)
    )
    if form.errors:
        return _page(request, replace(await _view(request, site_id), fields=fields, errors=form.errors), 422)
    if action == "try":
        outcome = await _simulate(request, site_id, form.settings)
        return _page(request, replace(await _view(request, site_id), fields=fields, outcome=outcome))
    await request.context.write(change_settings, site_id, form.settings, request.current_admin.id, request.now)
    request.context.spam.sites.forget(site_id)
    return request.see_other(f"/admin/spam?site={site_id}&what=saved#rules")


async def _exclude(request: AdminRequest, site_id: int, fields: Mapping[str, str], *, excluded: bool) -> Response:
    """Exclude decisions from training or include them again. The model is then trained again from all that count."""
    current = ExcludedVotes.of(await request.context.read(lambda connection: read_settings(connection, site_id)))
    moderators = _with_name(current.moderators, fields.get("moderator"), excluded)
    days = _with_name(current.days, fields.get("day"), excluded)
    settings = {"left_out": ExcludedVotes(moderators, days).as_json()}
    await request.context.write(change_settings, site_id, settings, request.current_admin.id, request.now)
    request.context.spam.trainer.retrain_soon(site_id)
    return request.see_other(f"/admin/spam?site={site_id}&what=left#learning")


def _with_name(names: frozenset[str], name: str | None, excluded: bool) -> frozenset[str]:
    if name is None or len(name) > 20:
        return names
    return names | {name} if excluded else names - {name}


async def _simulate(request: AdminRequest, site_id: int, settings: dict[str, Any]) -> simulator.Simulation:
    spam, max_links = request.context.spam, request.context.settings.max_links

    def run(connection: Connection) -> simulator.Simulation:
        site = spam.sites.of(connection, site_id)
        past = simulator.read_past(connection, site_id)
        return simulator.simulate(past, site.model, site.policy, spam.sites.policy_of(settings), max_links)

    return await request.context.read(run)


async def _view(request: AdminRequest, site_id: int) -> SpamView:
    view = await request.context.read(_read_view, request, site_id)
    if view.site:
        request.context.spam.trainer.watch(view.site)
    return view


def _read_view(connection: Connection, request: AdminRequest, site_id: int) -> SpamView:
    """The page of a site with its stored settings; of the first site if this one is unknown."""
    sites = read_sites(connection)
    site = site_id if site_id in sites.values() else min(sites.values(), default=0)
    levels, now = request.context.levels, request.now.timestamp()
    levels.sync(site, now)
    policy = request.context.spam.sites.of(connection, site).policy
    votes, settings = read_votes(connection, site, _VOTES_READ), read_settings(connection, site)
    excluded = ExcludedVotes.of(settings)
    learned, learned_at = read_report(connection, site)
    judged = judged_votes(votes)
    return SpamView(
        site=site,
        sites=sites,
        policy=policy,
        accuracy=measure(judged, policy.hold),
        busiest_rules=busiest_rules(judged),
        learned=learned,
        learned_at=learned_at,
        moderators=_vote_sources((vote.moderator for vote in votes), excluded.moderators, read_names(connection)),
        days=_vote_sources((vote.day for vote in votes), excluded.days)[::-1][:14],
        level=policy.level(levels.level(site, now)),
        language=request.language,
        fields=_form_fields(settings),
    )


def _vote_sources(
    names: Iterable[str], excluded: frozenset[str], labels: Mapping[str, str] = MappingProxyType({})
) -> list[ExcludableSource]:
    """The sources in the order of their names. ``names`` has one item per vote."""
    counts: dict[str, int] = dict.fromkeys(sorted(excluded), 0)
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return [
        ExcludableSource(name, labels.get(name, name), number, name in excluded)
        for name, number in sorted(counts.items())
    ]


def _form_fields(settings: Mapping[str, Any]) -> dict[str, str]:
    """Stored settings as values of the form's fields."""
    words = settings.get("words", {})
    return {
        "hold": f"{settings['hold']:g}" if "hold" in settings else "",
        "spam": f"{settings['spam']:g}" if "spam" in settings else "",
        "factors": "\n".join(f"{symbol} = {factor:g}" for symbol, factor in settings.get("factors", {}).items()),
        "trial": " ".join(settings.get("trial", ())),
        "level": spam_settings_form.level_choice(settings),
        "chat_spam": "yes" if settings.get("chat_spam") else "",
        **{f"words_{name}": words.get(name, "") for name in spam_settings_form.LISTS},
    }


def _page(request: AdminRequest, view: SpamView, status: int = 200) -> Response:
    return request.render("spam.html", {"spam": view, "when": request.language.when, "shown": SHOWN}, status)


async def _read_form(request: AdminRequest) -> dict[str, str]:
    """Field → value. Parsed in a thread, since the body may hold word lists. Raises Unreadable, TooLarge, TooSlow."""
    return await to_thread.run_sync(_parse_form, await read_body(request.http, MAX_BODY))


def _parse_form(body: bytes) -> dict[str, str]:
    pairs = form_pairs.urlencoded(body, 40)
    return {name: value.replace("\x00", "").replace("\r\n", "\n") for name, value in pairs}
