"""The classifier's logit as points, with the words that weigh most."""

from collections.abc import Iterator
from math import isinf

from service.language import N_
from service.spam.classifier import ClassifierScore, Thresholds, shipped_for_chat
from service.spam.evidence import Evidence
from service.spam.reason_sentences import ReasonSentence
from service.spam.rules.rule import Symbol, rule
from service.spam.verdict import Reason

PER_LOGIT = 0.5
"""Points for each step of the logit, which makes spam 2.7 times as likely."""
CHAT = "chat"
"""The fact that says that the prior for gambling and chat spam has judged, too."""
MOST_UNTRIED = 3.49
"""Points of the model that count towards filing as spam on a site without thresholds of its own."""


@rule(Symbol("model", N_("What the text reads like"), 6))
def opinion(evidence: Evidence) -> Iterator[Reason]:
    """Prior and local model together. Its logit is stored, since a site's thresholds come from the logits of its
    approved comments."""
    if evidence.model is None:
        return
    chat = evidence.policy.chat_spam
    judged = evidence.model.judge(evidence.sample, evidence.parts, shipped_for_chat() if chat else None)
    weight = points(judged.logit, evidence.model.thresholds)
    facts = {"logit": round(judged.logit, 3), "prior": round(judged.prior, 3), "local": round(judged.local, 3)}
    yield Reason("model", weight, sentence(judged), facts | ({CHAT: 1} if chat else {}))


def points(logit: float, thresholds: Thresholds) -> float:
    """Points for a logit: 3 at the threshold that holds, PER_LOGIT more or less for each step, without end either way.
    On a site with thresholds of its own, 6 at the one for spam."""
    hold, spam = thresholds.hold, thresholds.spam
    if logit <= hold or isinf(spam):
        found = 3.0 + PER_LOGIT * (logit - hold)
    elif logit < spam:
        found = 3.0 + 3.0 * (logit - hold) / (spam - hold)
    else:
        found = 6.0 + PER_LOGIT * (logit - spam)
    return round(found, 2)


def sentence(judged: ClassifierScore) -> str:
    """The two parts of the logit, then the five words that weigh most, for a moderator."""
    parts = f"general {judged.prior:+.1f}"
    if judged.local:
        parts += f", learned here {judged.local:+.1f}"
    words = ", ".join(f"{label[:40]} {weight:+.1f}" for label, weight in judged.top)
    taste = ReasonSentence.READS_LIKE_SPAM if judged.logit > 0 else ReasonSentence.READS_HONEST
    return f"{taste.removesuffix('.')} ({parts}): {words}." if words else f"{taste.removesuffix('.')} ({parts})."
