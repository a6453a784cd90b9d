"""The spam classifier: a shipped prior plus each site's own model, with nothing but the standard library.

    judge(sample, shipped(), local)                     → Judgement(logit, prior, local, top)
    refit(heard(decisions), shipped(), local)           → Refit(model, taken, …)
    site_thresholds(approved_logits, shipped().hold)    → Thresholds(hold, spam)
    fingerprint(text), similarity(a, b)                 → near-duplicates
    train.train(path, out_dir, progress)                → Report; needs numpy

`refit` here is the function; what else its module has is imported as `from service.spam.classifier.refit import …`.
"""

from service.spam.classifier.local import Decision, LocalModel, heard
from service.spam.classifier.near import Nearest, fingerprint, similarity
from service.spam.classifier.prior import Prior, Score, shipped
from service.spam.classifier.refit import Refit, refit
from service.spam.classifier.sample import Sample
from service.spam.classifier.scoring import Judgement, judge
from service.spam.classifier.thresholds import Thresholds, site_thresholds

__all__ = [
    "Decision",
    "Judgement",
    "LocalModel",
    "Nearest",
    "Prior",
    "Refit",
    "Sample",
    "Score",
    "Thresholds",
    "fingerprint",
    "heard",
    "judge",
    "refit",
    "shipped",
    "similarity",
    "site_thresholds",
]
