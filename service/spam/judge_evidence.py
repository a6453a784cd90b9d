"""The check: evidence in, verdict out. It reads no database; what is known from before is in the evidence."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isinf

from sqlalchemy import Engine

from db.writer import Writer
from service.settings import Settings
from service.spam.evidence import Evidence
from service.spam.host_campaigns import HostSightings
from service.spam.learning.trainer import Trainer
from service.spam.near_duplicates import RecentCounts
from service.spam.near_duplicates_write import NearDuplicateWriter
from service.spam.reason_sentences import ReasonSentence
from service.spam.rules import RULES, Finder
from service.spam.rules.classifier_rule import MOST_UNTRIED
from service.spam.site_policy import SPAM
from service.spam.site_state import SiteStates
from service.spam.verdict import Action, Reason, Verdict

log = logging.getLogger(__name__)


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
