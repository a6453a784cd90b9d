"""The one way into the spam check, for the form, Akismet's protocol and the JSON API: look up, gather, judge."""

import logging
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from db.engine import UNAVAILABLE
from service.spam.check import check
from service.spam.classifier import SiteModel, Thresholds, shipped
from service.spam.evidence import Evidence, LookedUp, SiteClassifier
from service.spam.lookups import LookupRequest, look_up_evidence, with_recent_counts
from service.spam.reputation import Reputations
from service.spam.rules import RULES, Rule
from service.spam.site_state import SiteState
from service.spam.verdict import Verdict
from service.web.context import AppContext

T = TypeVar("T")

log = logging.getLogger(__name__)


async def spam_check(
    context: AppContext,
    arrival: LookupRequest,
    lately: Callable[[], int],
    also: Callable[[Connection], T],
    rules: tuple[Rule, ...] = RULES,
    *,
    for_key: bool = False,
) -> tuple[Verdict, T | None]:
    """The verdict, and what ``also`` found in the same trip to the database; None if that failed.

    ``lately`` counts nearly the same within the last hour. ``for_key``: who asks has the check key, so what was
    submitted with it counts. What cannot be looked up holds the comment, but for a database that is away, which raises
    one of UNAVAILABLE: the comment could not be stored either, and whoever sent it may ask again.
    """
    context.spam.trainer.watch(arrival.site_id)
    try:
        site, background, found = await _look_up(context, arrival, also)
        background = with_recent_counts(background, lately(), long=arrival.bands.long)
    except UNAVAILABLE:
        raise
    except Exception:
        log.exception("the background of a comment could not be read")
        site, background, found = _unknown(context), LookedUp(failed=True), None
    model = site.service_model if for_key else site.model
    return check(_evidence(context, arrival, site, background, model), rules), found


async def _look_up(
    context: AppContext, arrival: LookupRequest, also: Callable[[Connection], T]
) -> tuple[SiteState, LookedUp, T | None]:
    sites = context.spam.sites

    def read(connection: Connection) -> tuple[SiteState, LookedUp, T | None]:
        return *look_up_evidence(connection, sites, arrival), also(connection)

    return await (context.read_inline if sites.is_fresh(arrival.site_id) else context.read)(read)


def _unknown(context: AppContext) -> SiteState:
    """A site of which nothing could be read."""
    prior = shipped()
    general = SiteClassifier(prior, SiteModel(), Thresholds(prior.hold))
    return SiteState(context.spam.sites.policy_of({}), general, general, Reputations())


def _evidence(
    context: AppContext, arrival: LookupRequest, site: SiteState, background: LookedUp, model: SiteClassifier
) -> Evidence:
    return Evidence(
        text=arrival.text,
        author=arrival.author,
        email=arrival.email,
        url=arrival.url,
        page_url=arrival.page_url,
        fill_seconds=arrival.fill_seconds,
        honeypot_filled=arrival.honeypot_filled,
        min_fill_seconds=context.settings.min_fill_seconds,
        max_links=context.settings.max_links,
        language=arrival.language,
        sender=arrival.sender,
        background=background,
        policy=site.policy,
        model=model,
    )
