"""The classifier's logit as points, with the words that weigh most."""

from collections.abc import Iterator
from math import exp, isinf

from service.spam.classifier import ClassifierScore, Thresholds
from service.spam.evidence import Evidence
from service.spam.rules.rule import Symbol, rule
from service.spam.verdict import Reason

NEAR = 2.0
"""Logits below the threshold at which the model starts to add points."""
SURER = 0.49
"""Points that the model adds above 3 as it gets surer, on a site where it may only hold."""


@rule(Symbol("model", "What the text reads like", 6))
def opinion(evidence: Evidence) -> Iterator[Reason]:
    """Prior and local model together. Yields a reason even for 0 points, since its logit is stored: a site's thresholds
    come from the logits of its approved comments."""
    if evidence.model is None:
        return
    judged = evidence.model.judge(evidence.sample, evidence.parts)
    weight = points(judged.logit, evidence.model.thresholds)
    facts = {"logit": round(judged.logit, 3), "prior": round(judged.prior, 3), "local": round(judged.local, 3)}
    yield Reason("model", weight, sentence(judged), facts)


def points(logit: float, thresholds: Thresholds) -> float:
    """Points for a logit: 0 far below the threshold, up to 1.5 near it, 3 at it, 6 at the site's threshold for spam.
    Without that one at most 3.49, so that a queue sorted by points keeps their order."""
    if logit >= thresholds.spam:
        return 6.0
    if logit >= thresholds.hold:
        if isinf(thresholds.spam):
            return round(3.0 + SURER * (1 - exp((thresholds.hold - logit) / 4)), 2)  # it alone never files as spam
        return round(3.0 + 2.0 * (logit - thresholds.hold) / (thresholds.spam - thresholds.hold), 2)
    return round(max(0.0, 1.5 * (logit - thresholds.hold + NEAR) / NEAR), 2)


def sentence(judged: ClassifierScore) -> str:
    """The two parts of the logit, then the five words that weigh most, for a moderator."""
    parts = f"general {judged.prior:+.1f}"
    if judged.local:
        parts += f", learned here {judged.local:+.1f}"
    words = ", ".join(f"{label[:40]} {weight:+.1f}" for label, weight in judged.top)
    taste = "like spam" if judged.logit > 0 else "like an honest comment"
    return f"The text reads {taste} ({parts}): {words}." if words else f"The text reads {taste} ({parts})."
