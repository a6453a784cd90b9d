"""The spam classifier: a shipped prior plus each site's own model. Standard library only.

score(sample, shipped(), local)                     → ClassifierScore(logit, prior, local, top)
refit(usable_decisions(decisions), shipped(), local) → Refit(model, taken, …)
site_thresholds(approved_logits, shipped().hold)    → Thresholds(hold, spam)
fingerprint(text), similarity(a, b)                 → near-duplicates
"""

from service.spam.classifier.comment_score import ClassifierScore, Thresholds, score, site_thresholds
from service.spam.classifier.decided_comments import DecidedComment, usable_decisions
from service.spam.classifier.features import Sample
from service.spam.classifier.minhash import Nearest, fingerprint, similarity
from service.spam.classifier.prior import Prior, Score, shipped, shipped_for_chat
from service.spam.classifier.site_model import Refit, SiteModel, refit

__all__ = [
    "ClassifierScore",
    "DecidedComment",
    "Nearest",
    "Prior",
    "Refit",
    "Sample",
    "Score",
    "SiteModel",
    "Thresholds",
    "fingerprint",
    "refit",
    "score",
    "shipped",
    "shipped_for_chat",
    "similarity",
    "site_thresholds",
    "usable_decisions",
]
