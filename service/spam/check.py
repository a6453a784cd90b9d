"""``check``: evidence in, verdict out. Reads nothing: what the database knows is in the evidence's background."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from db.writer import Writer
from service.settings import Settings
from service.spam.evidence import Evidence
from service.spam.learning.trainer import Trainer
from service.spam.near_duplicates import RecentCounts
from service.spam.near_duplicates_write import NearDuplicateWriter
from service.spam.rules import RULES, Rule
from service.spam.site_state import SiteStates
from service.spam.verdict import Action, Reason, Verdict

log = logging.getLogger(__name__)


def check(evidence: Evidence, rules: tuple[Rule, ...] = RULES) -> Verdict:
    """Judge a comment. A rule that fails never means "accept": the comment is held and the reason says so."""
    found: list[Reason] = []
    failed = evidence.background.failed
    if failed:
        found.append(Reason("check_failed", 0.0, "What is known from before could not be read: a human has to look."))
    for rule in rules:
        try:
            found.extend(map(evidence.policy.weigh, rule(evidence)))
        except Exception:
            log.exception("a rule of the spam check failed", extra={"rule": rule.__name__})
            failed = True
            found.append(Reason("check_failed", 0.0, f"The check “{rule.__name__}” failed, so a human has to look."))
    return conclude(evidence, found, failed=failed)


def conclude(evidence: Evidence, found: list[Reason], *, failed: bool = False) -> Verdict:
    """The sum, and what is done at so many points."""
    score = round(sum(reason.weight for reason in found), 2)
    action = evidence.policy.action(score)
    return Verdict(Action.HOLD if failed and action is Action.PUBLISH else action, score, tuple(found))


@dataclass(frozen=True, slots=True)
class SpamServices:
    """What sites have set and learned, what was seen within the hour, who learns, and who counts words in."""

    sites: SiteStates
    trainer: Trainer
    recent_counts: RecentCounts = field(default_factory=RecentCounts)
    near_duplicate_writer: NearDuplicateWriter = field(default_factory=NearDuplicateWriter)


def open_spam_services(
    settings: Settings, engine: Engine, writer: Writer, clock: Callable[[], datetime]
) -> SpamServices:
    """The parts for one store."""
    sites = SiteStates(settings.hold_score, settings.spam_score, settings.spam_weights)
    return SpamServices(sites, Trainer(engine, writer, sites, clock, settings.learn_seconds))
