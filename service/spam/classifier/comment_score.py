"""The score of a comment: prior plus local model; and a site's thresholds for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from service.spam.classifier.features import Feature, Sample, Token, features, tokens
from service.spam.classifier.ngrams import NGRAM_TOKEN
from service.spam.classifier.prior import Contribution, Prior, top
from service.spam.classifier.site_model import SiteModel


@dataclass(frozen=True, slots=True)
class ClassifierScore:
    """Log-odds of spam: `logit` = `prior` + `local`. `top`: the five tokens that weigh most."""

    logit: float
    prior: float
    local: float
    top: tuple[Contribution, ...]


def score(sample: Sample, prior: Prior, local: SiteModel | None = None, also: Prior | None = None) -> ClassifierScore:
    """Score any comment; never fails. ``also``: a second prior. The greater of the two logits counts, as far above or
    below ``prior.hold`` as it is above or below its own ``hold``."""
    named = tokens(sample)
    hashes = features(named)
    found = _score(sample, named, hashes, prior, prior.bias, local)
    if also is None:
        return found
    other = _score(sample, named, hashes, also, also.bias + prior.hold - also.hold, local)
    return max(found, other, key=lambda each: each.logit)


def _score(
    sample: Sample,
    named: list[Token],
    hashes: list[Feature],
    prior: Prior,
    bias: float,
    local: SiteModel | None,
) -> ClassifierScore:
    values, manner = prior.contributions(named, hashes), prior.manner(sample)
    general = bias + manner + sum(values)
    if local is None or not (local.weights or local.learned):
        return ClassifierScore(general, general, 0.0, top([*named, NGRAM_TOKEN], [*values, manner]))
    own = local.logit(hashes)
    both = [one + two for one, two in zip(values, local.contributions(hashes), strict=True)]
    return ClassifierScore(general + own, general, own, top([*named, NGRAM_TOKEN], [*both, manner]))


ENOUGH = 200  # approved comments from which a site has its own thresholds
HELD, FILED = 0.007, 0.001  # shares of approved comments that may be held, and filed as spam
_APART = 1.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Logits from which a comment is held, and filed as spam; inf: never."""

    hold: float
    spam: float = inf


def site_thresholds(approved: Sequence[float], shipped: float) -> Thresholds:
    """Thresholds at quantiles of `approved`, the logits of approved comments *when they were judged*: a model fitted on
    a comment would score it too low. With fewer than ENOUGH, the `shipped` threshold holds and nothing is filed. Below
    1,000 comments a thousandth is less than one comment, so filing begins above all of them."""
    if len(approved) < ENOUGH:
        return Thresholds(hold=shipped)
    scores = sorted(approved)
    hold = _quantile(scores, HELD)
    return Thresholds(hold=hold, spam=max(_quantile(scores, FILED), hold + _APART))


def _quantile(scores: Sequence[float], share: float) -> float:
    """A value that at most this share of the sorted scores reach."""
    over = int(share * len(scores))
    return scores[-over - 1] + 1e-6
