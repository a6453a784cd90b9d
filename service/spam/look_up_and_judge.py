"""The check of a comment: one read looks up what is known from before; then evidence goes in, and a verdict comes out,
without the database.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import isinf

from sqlalchemy import Connection, Engine

from db.writer import Writer
from service.settings import Settings
from service.spam.classifier.link_features import split_links
from service.spam.classifier.normalise_text import bounded, plain
from service.spam.evidence import Evidence, LookedUp, hosts_of, strip_noise
from service.spam.host_campaigns import HostSightings
from service.spam.learning.trainer import Trainer
from service.spam.near_duplicates import Bands, RecentCounts, look_up
from service.spam.near_duplicates_write import NearDuplicateWriter
from service.spam.reason_sentences import ReasonSentence
from service.spam.rules import RULES, Finder
from service.spam.rules.classifier_rule import MOST_UNTRIED
from service.spam.site_blocks import CommentSender
from service.spam.site_policy import SPAM
from service.spam.site_state import SiteState, SiteStates
from service.spam.verdict import Action, Reason, Verdict

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LookupRequest:
    """A comment to look up. ``client``: keyed hash of the sender's network; ``known_website``: the website of the
    approved comment that the author has a proof of, None without a valid proof; ``bands``: those of the text;
    ``trial``: it is judged and not counted. The other fields are as in ``Evidence``.
    """

    site_id: int
    text: str
    bands: Bands
    author: str
    email: str
    url: str
    page_url: str
    client: bytes
    now: datetime
    fill_seconds: float | None
    honeypot_filled: bool
    language: str
    sender: tuple[str, ...] = field(repr=False)
    title: str = ""
    vouched: bool = False
    trial: bool = False
    known_website: Callable[[Connection], str | None] | None = None


def look_up_evidence(connection: Connection, sites: SiteStates, request: LookupRequest) -> tuple[SiteState, LookedUp]:
    """Reads by primary keys only, so its time does not grow with the tables."""
    text = plain(strip_noise(bounded(request.text)))
    hosts = hosts_of(request.url, split_links(text)[0])
    site = sites.of(connection, request.site_id)
    reputations, now = site.reputations, request.now
    address = request.sender[0] if request.sender else ""
    website = request.known_website(connection) if request.known_website else None
    background = LookedUp(
        alike=look_up(connection, request.site_id, request.bands, now),
        hosts={host: reputations.of("host", host, now) for host in hosts},
        email=reputations.of("email", request.email, now),
        client=reputations.of("client", request.client, now),
        scripts=site.scripts,
        languages=site.languages,
        known_author=website is not None,
        known_website=website or "",
        blocked=site.blocks.hits(CommentSender(request.author, request.email, address, hosts, text), now),
    )
    return site, background


def with_recent_counts(background: LookedUp, number: int, *, long: bool) -> LookedUp:
    """A copy that includes ``number``, the near-duplicates that this process has seen within the last hour."""
    alike = background.alike
    return replace(background, alike=replace(alike, last_hour=max(alike.last_hour, number), long=long))


def check(evidence: Evidence, rules: Sequence[Finder] = RULES) -> Verdict:
    """Judge a comment. If a rule fails, the comment is held and a reason says so: an error never means "accept"."""
    reasons: list[Reason] = []
    failed = evidence.background.failed
    if failed:
        reasons.append(Reason("check_failed", 0.0, ReasonSentence.NOTHING_KNOWN))
    for rule in rules:
        try:
            reasons.extend(map(evidence.policy.weigh, rule(evidence)))
        except Exception:
            log.exception("a rule of the spam check failed", extra={"rule": rule.__name__})
            failed = True
            sentence = ReasonSentence.RULE_FAILED % {"name": rule.__name__}
            reasons.append(Reason("check_failed", 0.0, sentence))
    return conclude(evidence, reasons, failed=failed)


def conclude(evidence: Evidence, reasons: list[Reason], *, failed: bool = False) -> Verdict:
    """Add up the points and apply the site's thresholds. ``failed`` holds what would have been published.

    What the classifier does not see is added up once more without it, so that no honest manner outweighs a word of the
    owner's list. On a site without thresholds of its own the classifier's part of the points does not file as spam.
    """
    score = round(sum(reason.weight for reason in reasons), 2)
    alone = round(sum(reason.alone for reason in reasons), 2)
    untried = evidence.model is not None and isinf(evidence.model.thresholds.spam)
    said = sum(reason.weight for reason in reasons if reason.symbol == "model")
    over = max(0.0, said - MOST_UNTRIED)
    action = evidence.policy.action(score)
    if action is Action.SPAM and untried and evidence.policy.action(score - over) is not Action.SPAM:
        action = Action.HOLD
    action = action.or_stricter(evidence.policy.action(alone))
    sure = alone + min(max(said, 0.0), MOST_UNTRIED if untried else SPAM)
    return Verdict(action.or_stricter(Action.HOLD) if failed else action, score, tuple(reasons), sure)


@dataclass(frozen=True, slots=True)
class SpamServices:
    """The parts of the check that live as long as the process."""

    sites: SiteStates
    trainer: Trainer
    recent_counts: RecentCounts = field(default_factory=RecentCounts)
    host_sightings: HostSightings = field(default_factory=HostSightings)
    near_duplicate_writer: NearDuplicateWriter = field(default_factory=NearDuplicateWriter)


def open_spam_services(
    settings: Settings, engine: Engine, writer: Writer, clock: Callable[[], datetime]
) -> SpamServices:
    """The parts for one database."""
    sites = SiteStates(settings.hold_score, settings.spam_score, settings.spam_weights)
    return SpamServices(sites, Trainer(engine, writer, sites, clock, settings.learn_seconds))
