"""Prior plus local, each part shown."""

from dataclasses import dataclass

from service.spam.classifier.features import features, tokens
from service.spam.classifier.local import LocalModel
from service.spam.classifier.prior import Contribution, Prior, top
from service.spam.classifier.runs import MANNER
from service.spam.classifier.sample import Sample


@dataclass(frozen=True, slots=True)
class Judgement:
    """`logit` = `prior` + `local`, log-odds of spam. `top`: the five tokens that add most to either side."""

    logit: float
    prior: float
    local: float
    top: tuple[Contribution, ...]


def judge(sample: Sample, prior: Prior, local: LocalModel | None = None) -> Judgement:
    """Score one comment. Takes any strings; reads nothing, never fails."""
    named = tokens(sample)
    hashes = features(named)
    values = prior.contributions(named, hashes)
    manner = prior.manner(sample)
    general = prior.bias + manner + sum(values)
    shown = [*named, MANNER]
    if local is None or not local.weights:
        return Judgement(general, general, 0.0, top(shown, [*values, manner]))
    own = local.logit(hashes)
    both = [one + two for one, two in zip(values, local.contributions(hashes), strict=True)]
    return Judgement(general + own, general, own, top(shown, [*both, manner]))
