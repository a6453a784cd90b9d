"""Prior plus local, each part shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from service.spam.classifier.features import Sample, features, tokens
from service.spam.classifier.ngrams import NGRAM_TOKEN
from service.spam.classifier.prior import Contribution, Prior, top
from service.spam.classifier.site_model import SiteModel


@dataclass(frozen=True, slots=True)
class ClassifierScore:
    """`logit` = `prior` + `local`, log-odds of spam; of the prior's, what counts on this site. `top`: the five tokens
    that add most to either side."""

    logit: float
    prior: float
    local: float
    top: tuple[Contribution, ...]


def score(sample: Sample, prior: Prior, local: SiteModel | None = None) -> ClassifierScore:
    """Score one comment. Takes any strings; reads nothing, never fails."""
    named = tokens(sample)
    hashes = features(named)
    values, manner, bias = prior.contributions(named, hashes), prior.manner(sample), prior.bias
    if local is None or not (local.weights or local.learned):
        general = bias + manner + sum(values)
        return ClassifierScore(general, general, 0.0, top([*named, NGRAM_TOKEN], [*values, manner]))
    trust, own = local.trust, local.logit(hashes)
    general = trust * (bias + manner + sum(values))
    both = [trust * one + two for one, two in zip(values, local.contributions(hashes), strict=True)]
    return ClassifierScore(general + own, general, own, top([*named, NGRAM_TOKEN], [*both, trust * manner]))


ENOUGH = 200  # approved comments before a site's own scores say more than the shipped threshold
HELD, FILED = 0.01, 0.001  # shares of approved comments that may be held, and filed as spam
_APART = 1.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Logits. At `hold` and above a comment waits for a human; at `spam` and above it is filed. inf: never."""

    hold: float
    spam: float = inf


def site_thresholds(approved: Sequence[float], shipped: float) -> Thresholds:
    """`approved`: logits of approved comments *as they were when judged*, newest few thousand; a model fitted on a
    comment flatters it. `shipped`: the prior's own threshold for holding, used until there are ENOUGH.
    Below 1,000 comments a thousandth is less than one comment, so filing begins above all of them."""
    if len(approved) < ENOUGH:
        return Thresholds(hold=shipped)
    scores = sorted(approved)
    hold = _quantile(scores, HELD)
    return Thresholds(hold=hold, spam=max(_quantile(scores, FILED), hold + _APART))


def _quantile(scores: Sequence[float], share: float) -> float:
    """A value that at most `share` of the sorted scores reach."""
    over = int(share * len(scores))
    return scores[-over - 1] + 1e-6
