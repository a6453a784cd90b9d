"""Fitting a site's own model, and refusing a fit that does worse."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, gcd, log1p, sqrt

from service.spam.classifier.features import Feature, features, tokens
from service.spam.classifier.local import Decision, LocalModel
from service.spam.classifier.prior import Prior

PROOF = 100  # decisions a fit is tried on before it is taken
_PASSES, _RATE, _PULL, _SMALL = 4, 2.0, 0.004, 0.005


@dataclass(frozen=True, slots=True)
class Refit:
    """`model` is the one to use from now on: the new one if `taken`, else the one before. Losses are mean log losses
    of the trial and of what it was compared with on the last decisions; None when there were too few to try."""

    model: LocalModel
    taken: bool
    loss: float | None = None
    loss_before: float | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """A decision as numbers: hashes with values, the prior's logit, 1 for spam or 0."""

    hashes: list[Feature]
    offset: float
    spam: int


def lesson(decision: Decision, prior: Prior) -> Lesson:
    """What refit makes of a decision first; worth keeping between refits."""
    named = tokens(decision.sample)
    hashes = features(named)
    return Lesson(hashes, prior.logit(decision.sample, named, hashes), int(decision.spam))


def refit(decisions: Sequence[Decision], prior: Prior, previous: LocalModel | None = None) -> Refit:
    """Fit on `decisions` (see local.heard), as refit_lessons does."""
    return refit_lessons([lesson(decision, prior) for decision in decisions], previous)


def refit_lessons(lessons: Sequence[Lesson], previous: LocalModel | None = None) -> Refit:
    """Fit on lessons, oldest first. The trial, fitted without the last PROOF, must not do worse on those than
    `previous`; where that one has already seen them, than the prior alone, since a pupil can't set its own exam."""
    before = previous or LocalModel()
    if len(lessons) < 2 * PROOF:
        return Refit(fit(lessons), taken=True)
    old, new = lessons[:-PROOF], lessons[-PROOF:]
    rival = before if before.learned <= len(old) else LocalModel()
    loss, loss_before = log_loss(fit(old), new), log_loss(rival, new)
    if loss > loss_before:
        return Refit(before, False, loss, loss_before)
    return Refit(fit(lessons), True, loss, loss_before)


def fit(lessons: Sequence[Lesson]) -> LocalModel:
    """Logistic regression by AdaGrad, a fixed number of passes in a fixed order: the same log gives the same model.
    Both labels weigh alike as a whole, within a factor of 4."""
    spam = sum(one.spam for one in lessons)
    if not lessons:
        return LocalModel()
    share = min(max(spam / len(lessons), 0.2), 0.8)
    scale = (0.5 / (1 - share), 0.5 / share)
    trust = LocalModel(learned=len(lessons)).trust
    rate = _RATE * min(1.0, 0.3 + len(lessons) / 150)  # twenty decisions must not shout the prior down
    weights: dict[int, float] = {}
    squares: dict[int, float] = {}
    bias = bias_square = 0.0
    for at in _order(len(lessons)):
        one = lessons[at]
        get = weights.get
        logit = trust * one.offset + bias + sum([get(place, 0.0) * value for place, value in one.hashes])
        error = (_sigmoid(logit) - one.spam) * scale[one.spam]
        if -_SMALL < error < _SMALL:
            continue
        bias_square += error * error
        bias -= 0.1 * error / sqrt(1 + bias_square)
        for place, value in one.hashes:
            weight = get(place, 0.0)
            slope = error * value + _PULL * weight
            square = squares.get(place, 0.1) + slope * slope
            squares[place] = square
            weights[place] = weight - rate * slope / sqrt(square)
    return LocalModel(weights, bias, len(lessons))


def log_loss(model: LocalModel, lessons: Sequence[Lesson]) -> float:
    """Mean of -log p(label), each label counted alike as a whole where there are both."""
    sums, counts = [0.0, 0.0], [0, 0]
    for one in lessons:
        logit = model.trust * one.offset + model.logit(one.hashes)
        wrong = -logit if one.spam else logit
        sums[one.spam] += wrong + log1p(exp(-wrong)) if wrong > 0 else log1p(exp(wrong))
        counts[one.spam] += 1
    means = [total / count for total, count in zip(sums, counts, strict=True) if count]
    return sum(means) / max(len(means), 1)


def _order(size: int) -> list[int]:
    """Each pass in another order, by a stride that shares no divisor with the size; no random numbers needed."""
    order: list[int] = []
    for turn in range(_PASSES):
        stride = next(n for n in range(size * (turn + 3) // 11 + 1, 2 * size + 2) if gcd(n, size) == 1)
        order.extend(at * stride % size for at in range(size))
    return order


def _sigmoid(logit: float) -> float:
    return 1 / (1 + exp(-logit)) if logit > -30 else 0.0
