"""``check``: evidence in, verdict out. Reads only."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from service.spam import rules
from service.spam.evidence import Evidence
from service.spam.verdict import Action, Reason, Verdict

log = logging.getLogger(__name__)

Rule = Callable[[Evidence], Iterator[Reason]]

RULES: tuple[Rule, ...] = (
    rules.honeypot,
    rules.haste,
    rules.links,
    rules.link_in_name,
    rules.only_a_link,
    rules.foreign_markup,
    rules.hidden_characters,
)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Below ``hold`` a comment is published; from ``spam`` on it is filed as spam."""

    hold: float = 3.0
    spam: float = 6.0


def check(evidence: Evidence, thresholds: Thresholds = Thresholds(), rules: tuple[Rule, ...] = RULES) -> Verdict:
    """Judge a comment. A rule that fails never means "accept": the comment is held and the reason says so."""
    found: list[Reason] = []
    failed = False
    for rule in rules:
        try:
            found.extend(rule(evidence))
        except Exception:
            log.exception("a rule of the spam check failed", extra={"rule": rule.__name__})
            failed = True
            found.append(Reason("check_failed", 0.0, f"The check “{rule.__name__}” failed, so a human has to look."))
    score = round(sum(reason.weight for reason in found), 2)
    return Verdict(_action(score, failed, thresholds), score, tuple(found))


def _action(score: float, failed: bool, thresholds: Thresholds) -> Action:
    if score >= thresholds.spam:
        return Action.SPAM
    return Action.HOLD if failed or score >= thresholds.hold else Action.PUBLISH
