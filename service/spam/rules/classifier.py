"""What the classifier says, in points, with the words that weigh most."""

from collections.abc import Iterator
from math import exp, isinf

from service.spam.classifier import ClassifierScore, Thresholds
from service.spam.evidence import Evidence
from service.spam.verdict import Reason

NEAR = 2.0
"""Logits below the threshold from which on the model begins to count."""
SURER = 0.49
"""Points that being surer adds where the model may only hold: too few to file as spam what they were added to."""


def opinion(evidence: Evidence) -> Iterator[Reason]:
    """Prior and local model together. The logit is kept, also where it counts nothing: a site's thresholds come from
    the logits of its own approved comments."""
    if evidence.model is None:
        return
    judged = evidence.model.judge(evidence.sample)
    weight = points(judged.logit, evidence.model.thresholds)
    facts = {"logit": round(judged.logit, 3), "prior": round(judged.prior, 3), "local": round(judged.local, 3)}
    yield Reason("model", weight, sentence(judged), facts)


def points(logit: float, thresholds: Thresholds) -> float:
    """0 below, up to 1.5 near the threshold, 3 at it: held. 6 from the site's threshold of spam on, once it has one.
    Until then the surest come to 3.49, so that a queue sorted by points still has them in their order."""
    if logit >= thresholds.spam:
        return 6.0
    if logit >= thresholds.hold:
        if isinf(thresholds.spam):
            return round(3.0 + SURER * (1 - exp((thresholds.hold - logit) / 4)), 2)  # it alone never files as spam
        return round(3.0 + 2.0 * (logit - thresholds.hold) / (thresholds.spam - thresholds.hold), 2)
    return round(max(0.0, 1.5 * (logit - thresholds.hold + NEAR) / NEAR), 2)


def sentence(judged: ClassifierScore) -> str:
    """For a moderator: the parts, then the five words that weigh most."""
    parts = f"general {judged.prior:+.1f}"
    if judged.local:
        parts += f", learned here {judged.local:+.1f}"
    words = ", ".join(f"{label[:40]} {weight:+.1f}" for label, weight in judged.top)
    taste = "like spam" if judged.logit > 0 else "like an honest comment"
    return f"The text reads {taste} ({parts}): {words}." if words else f"The text reads {taste} ({parts})."
