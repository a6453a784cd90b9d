"""The spam classifier: a shipped prior plus each site's own model, with nothing but the standard library.

judge(sample, shipped(), local)                     → Judgement(logit, prior, local, top)
refit(heard(decisions), shipped(), local)           → Refit(model, taken, …)
site_thresholds(approved_logits, shipped().hold)    → Thresholds(hold, spam)
fingerprint(text), similarity(a, b)                 → near-duplicates
train.train(path, out_dir, progress)                → Report; needs numpy

"""

from service.spam.classifier.features import Sample
from service.spam.classifier.minhash import Nearest, fingerprint, similarity
from service.spam.classifier.prior import Prior, Score, shipped
from service.spam.classifier.score import Judgement, Thresholds, judge, site_thresholds
from service.spam.classifier.site_model import Decision, LocalModel, Refit, heard, refit

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
