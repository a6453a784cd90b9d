"""The spam check of a request, for the form, Akismet's protocol and the JSON API: look up, gather evidence, judge.
The writer counts the text later, and no request waits for it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from db.engine import UNAVAILABLE
from db.writer import NotWritten
from service.spam.classifier import SiteModel, Thresholds, shipped
from service.spam.evidence import Evidence, LookedUp, SiteClassifier
from service.spam.host_campaigns import ANYWHERE
from service.spam.look_up_and_judge import LookupRequest, check, look_up_evidence, with_recent_counts
from service.spam.near_duplicates_write import WRITTEN_LAST, Job
from service.spam.reputation import Reputations
from service.spam.rules import RULES, Finder
from service.spam.site_state import SiteState
from service.spam.verdict import Verdict
from service.web.context import AppContext

T = TypeVar("T")

log = logging.getLogger(__name__)

WRITTEN_EVERY = 10.0
"""Seconds within which every text is counted in."""


async def spam_check(
    context: AppContext,
    request: LookupRequest,
    recent_count: Callable[[], int],
    also: Callable[[Connection], T],
    rules: Sequence[Finder] = RULES,
    *,
    for_key: bool = False,
) -> tuple[Verdict, T | None]:
    """The verdict, and the result of ``also`` from the same database read (None if the read failed).

    ``recent_count`` returns the near-duplicates within the last hour. ``for_key``: use the model that includes the
    check key's votes. A failed lookup holds the comment. Raises one of UNAVAILABLE if the database is away: then the
    comment could not be stored either, and the sender can try again.
    """
    context.spam.trainer.watch(request.site_id)
    try:
        site, background, found = await _look_up(context, request, also)
        background = with_recent_counts(background, recent_count(), long=request.bands.long)
        background = _with_host_counts(context, request, background)
    except UNAVAILABLE:
        raise
    except Exception:
        log.exception("the background of a comment could not be read")
        site, background, found = _unknown(context), LookedUp(failed=True), None
    model = site.service_model if for_key else site.model
    return check(_evidence(context, request, site, background, model), rules), found


def _with_host_counts(context: AppContext, request: LookupRequest, background: LookedUp) -> LookedUp:
    """A copy that says how many other authors brought the comment's hosts within a day."""
    who, keep, hosts = request.email or request.author, not request.trial, list(background.hosts)
    count = context.spam.host_sightings.count
    background = replace(background, brought=count(request.site_id, hosts, who, request.now, keep=keep))
    if not context.settings.spam_count_across_sites:
        return background
    keyed = {context.keyring.pseudonym("host", host).hex(): host for host in hosts}
    numbers = count(ANYWHERE, list(keyed), who, request.now, keep=keep)
    return replace(background, brought_anywhere={keyed[key]: number for key, number in numbers.items()})


async def _look_up(
    context: AppContext, request: LookupRequest, also: Callable[[Connection], T]
) -> tuple[SiteState, LookedUp, T | None]:
    sites = context.spam.sites

    def read(connection: Connection) -> tuple[SiteState, LookedUp, T | None]:
        return *look_up_evidence(connection, sites, request), also(connection)

    return await (context.read_inline if sites.is_fresh(request.site_id) else context.read)(read)


def _unknown(context: AppContext) -> SiteState:
    """Default state for a site that could not be read."""
    prior = shipped()
    general = SiteClassifier(prior, SiteModel(), Thresholds(prior.hold))
    return SiteState(context.spam.sites.policy_of({}), general, general, Reputations())


def _evidence(
    context: AppContext, request: LookupRequest, site: SiteState, background: LookedUp, model: SiteClassifier
) -> Evidence:
    return Evidence(
        text=request.text,
        author=request.author,
        email=request.email,
        url=request.url,
        page_url=request.page_url,
        fill_seconds=request.fill_seconds,
        honeypot_filled=request.honeypot_filled,
        min_fill_seconds=context.settings.min_fill_seconds,
        max_links=context.settings.max_links,
        language=request.language,
        title=request.title,
        vouched=request.vouched,
        sender=request.sender,
        background=background,
        policy=site.policy,
        model=model,
    )


async def text_counter(context: AppContext) -> None:
    """Write what waits every ``WRITTEN_EVERY`` seconds."""
    while True:
        await asyncio.sleep(WRITTEN_EVERY)
        write_counts(context, context.spam.near_duplicate_writer.rest(begin=True))


def write_counts(context: AppContext, job: Job | None) -> None:
    """Hand over a job, and once it is done those for the rest: each in another batch, for posts to be between."""
    if job is None:
        return
    try:
        written = context.writer.submit(job, WRITTEN_LAST)
    except NotWritten:
        return  # it waits for the next text
    written.add_done_callback(partial(_go_on, context))


def _go_on(context: AppContext, written: Future[None]) -> None:
    if written.cancelled():
        return
    if error := written.exception():
        log.error("texts were not counted in", exc_info=error)
    else:
        write_counts(context, context.spam.near_duplicate_writer.rest())
