"""Prior plus local, each part shown."""

from dataclasses import dataclass

from service.spam.classifier.features import features, tokens
from service.spam.classifier.local import LocalModel
from service.spam.classifier.prior import Contribution, Prior, top
from service.spam.classifier.runs import MANNER
from service.spam.classifier.sample import Sample


@dataclass(frozen=True, slots=True)
class Judgement:
    """`logit` = `prior` + `local`, log-odds of spam; of the prior's, what counts on this site. `top`: the five tokens
    that add most to either side."""

    logit: float
    prior: float
    local: float
    top: tuple[Contribution, ...]


def judge(sample: Sample, prior: Prior, local: LocalModel | None = None) -> Judgement:
    """Score one comment. Takes any strings; reads nothing, never fails."""
    named = tokens(sample)
    hashes = features(named)
    values, manner, bias = prior.contributions(named, hashes), prior.manner(sample), prior.bias
    if local is None or not (local.weights or local.learned):
        general = bias + manner + sum(values)
        return Judgement(general, general, 0.0, top([*named, MANNER], [*values, manner]))
    trust, own = local.trust, local.logit(hashes)
    general = trust * (bias + manner + sum(values))
    both = [trust * one + two for one, two in zip(values, local.contributions(hashes), strict=True)]
    return Judgement(general + own, general, own, top([*named, MANNER], [*both, trust * manner]))
