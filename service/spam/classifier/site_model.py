"""A site's own model, fitted on top of the prior.

Every fit starts from the whole log of decisions: to undo a decision, leave it out and fit again.
"""

import struct
import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import exp, gcd, log, sqrt

from service.spam.classifier.decided_comments import DecidedComment
from service.spam.classifier.features import BITS, Feature, features, tokens
from service.spam.classifier.prior import Prior

CLAMP = 8.0  # greatest local logit either way, so that it cannot outweigh any rule
FEWEST_SPAM = 5  # decisions for spam before a site has a model: approvals alone teach nothing about spam
_DOUBT = 25  # decisions at which a fit counts half
_HEAD = struct.Struct("<8sIIf")
_MAGIC, _MAGIC_OF_DEVELOPMENT = b"LARLOCL2", b"LARLOCL3"


@dataclass(frozen=True, slots=True, repr=False)
class SiteModel:
    """Weights by hash; an empty model scores everything 0. `learned`: the number of decisions it was fitted on."""

    weights: dict[int, float] = field(default_factory=dict)
    bias: float = 0.0
    learned: int = 0

    def contributions(self, hashes: Iterable[Feature]) -> list[float]:
        """What each token adds. `logit` clamps the sum."""
        get = self.weights.get
        return [get(at, 0.0) * value for at, value in hashes]

    def logit(self, hashes: Iterable[Feature]) -> float:
        """What to add to the prior's logit: -CLAMP … CLAMP."""
        return max(-CLAMP, min(CLAMP, self.bias + sum(self.contributions(hashes))))

    def plus(self, other: "SiteModel") -> "SiteModel":
        """The sum of two models; if one of them is empty, the other."""
        if not self.learned or not other.learned:
            return self if self.learned else other
        weights = dict(self.weights)
        for place, weight in other.weights.items():
            weights[place] = weights.get(place, 0.0) + weight
        return SiteModel(weights, self.bias + other.bias, self.learned + other.learned)

    def to_bytes(self) -> bytes:
        """For a column of the database, compressed: about 6 bytes per weight."""
        places = sorted(self.weights)
        body = array("I", places).tobytes() + array("f", (self.weights[at] for at in places)).tobytes()
        head = _HEAD.pack(_MAGIC, self.learned, len(places), self.bias)
        return head + zlib.compress(body, 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> "SiteModel":
        """Reads models from before 0.2, too. Raises ValueError for data that `to_bytes` did not write."""
        try:
            magic, learned, size, bias = _HEAD.unpack_from(data)
            unpacking = zlib.decompressobj()
            body = unpacking.decompress(data[_HEAD.size :], 4 + (8 << BITS))
        except (struct.error, zlib.error) as error:
            raise ValueError("The site's spam model can't be read; it has to be fitted again.") from error
        if magic == _MAGIC_OF_DEVELOPMENT:
            body = body[4:]
        if magic not in (_MAGIC, _MAGIC_OF_DEVELOPMENT) or len(body) != 8 * size or not unpacking.eof:
            raise ValueError("The site's spam model is of another version; it has to be fitted again.")
        places, values = array("I", body[: 4 * size]), array("f", body[4 * size :])
        return cls(dict(zip(places, values, strict=True)), bias, learned)


PROOF = 100  # decisions a fit is tried on before it is taken
_PASSES, _RATE, _PULL, _SMALL = 2, 2.0, 0.004, 0.005
SLIPS = 0.02
"""The share of decisions that are taken to be mistakes: the more clearly the prior and all other decisions contradict
one, the less it weighs."""
_EVEN = 1.0
"""The prior's logit at which a fit takes spam and ham to be as likely. The shipped threshold is higher: with 0, a fit
mostly lowered what lies between, and less spam was held after 100 decisions than before."""
_RARE = 0.02
"""A rarer label weighs as if it were this share of the decisions."""


@dataclass(frozen=True, slots=True)
class Refit:
    """`model` is the one to use from now on: the new one if `taken`, else the one before. Losses are mean log losses
    of the trial and of what it was compared with on the last decisions; None when there were too few to try."""

    model: SiteModel
    taken: bool
    loss: float | None = None
    loss_before: float | None = None


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """A decision as numbers: features, the prior's logit, and 1 for spam or 0."""

    hashes: list[Feature]
    offset: float
    spam: int


def training_example(decision: DecidedComment, prior: Prior) -> TrainingExample:
    """A decision as numbers; worth keeping between refits."""
    named = tokens(decision.sample)
    hashes = features(named)
    return TrainingExample(hashes, prior.logit(decision.sample, named, hashes), int(decision.spam))


def refit(decisions: Sequence[DecidedComment], prior: Prior, previous: SiteModel | None = None) -> Refit:
    """Fit on `usable_decisions`; see ``refit_examples``."""
    return refit_examples([training_example(decision, prior) for decision in decisions], previous)


def refit_examples(
    examples: Sequence[TrainingExample],
    previous: SiteModel | None = None,
    anchors: Sequence[TrainingExample] = (),
) -> Refit:
    """Fit on examples, oldest first, and keep the result only if it is no worse than before: a trial fit without the
    last PROOF examples must not have a greater loss on them than `previous`, or than the prior alone if `previous` has
    already been fitted on them. `anchors`: see ``fit``."""
    before = previous or SiteModel()
    if len(examples) < 2 * PROOF:
        return Refit(fit(examples, anchors), taken=True)
    old, new = examples[:-PROOF], examples[-PROOF:]
    rival = before if before.learned <= len(old) else SiteModel()
    loss, loss_before = log_loss(fit(old, anchors), new), log_loss(rival, new)
    if loss > loss_before:
        return Refit(before, False, loss, loss_before)
    return Refit(fit(examples, anchors), True, loss, loss_before)


def fit(examples: Sequence[TrainingExample], anchors: Sequence[TrainingExample] = ()) -> SiteModel:
    """Logistic regression with labels of which SLIPS are wrong, by AdaGrad, with the prior's logit as a fixed offset.
    Passes and order are fixed, so the same log gives the same model. Spam and ham weigh the same in total, as far as
    _RARE allows.

    The prior always counts in full: on blogs left out, 2,000 decisions of a model that let it fade to 0.17 took recall
    at 0.1 % from .77 to .65, one with all of it to .87.

    `anchors` are comments that every site should judge alike: fitted along, they keep approvals alone from making the
    model forget what spam is, and spam alone from making it hold everything. With fewer than FEWEST_SPAM decisions for
    spam the model stays empty. The result is multiplied by its ``confidence``; what makes a comment look honest,
    by no more than half of it without approvals: it would be the anchors' word alone."""
    spam, learned = sum(one.spam for one in examples), len(examples)
    if spam < FEWEST_SPAM:
        return SiteModel(learned=learned)
    weights, bias = _descend([*examples, *anchors], learned)
    up = confidence(2 * spam)
    down = up * (0.5 + 0.5 * confidence(2 * (learned - spam)))
    scaled = {place: (up if weight > 0 else down) * weight for place, weight in weights.items()}
    return SiteModel(scaled, (up if bias > 0 else down) * bias, learned)


def _descend(examples: Sequence[TrainingExample], learned: int) -> tuple[dict[int, float], float]:
    """Weights and bias by AdaGrad."""
    share = min(max(sum(one.spam for one in examples) / len(examples), _RARE), 1 - _RARE)
    scale = (0.5 / (1 - share), 0.5 / share)
    rate = _RATE * min(1.0, 0.3 + learned / 150)  # slower at first, so that few decisions do not outweigh the prior
    weights: dict[int, float] = {}
    squares: dict[int, float] = {}
    bias = bias_square = 0.0
    for at in _order(len(examples)):
        one = examples[at]
        get = weights.get
        logit = one.offset - _EVEN + bias + sum([get(place, 0.0) * value for place, value in one.hashes])
        error = _slope(logit, one.spam) * scale[one.spam]
        if -_SMALL < error < _SMALL:
            continue
        bias_square += error * error
        bias -= 0.1 * error / sqrt(1 + bias_square)
        for place, value in one.hashes:
            weight = get(place, 0.0)
            slope = error * value + _PULL * weight
            square = squares.get(place, 1.0) + slope * slope
            squares[place] = square
            weights[place] = weight - rate * slope / sqrt(square)
    return weights, bias


def confidence(decisions: int) -> float:
    """How much of a fit is used, 0 … 1: half after _DOUBT decisions, so that the first mistakes weigh little."""
    return decisions / (decisions + _DOUBT)


def log_loss(model: SiteModel, examples: Sequence[TrainingExample]) -> float:
    """Mean of -log P(label), SLIPS included. If both labels occur, they weigh the same in total."""
    sums, counts = [0.0, 0.0], [0, 0]
    for one in examples:
        sums[one.spam] -= log(_likely(one.offset - _EVEN + model.logit(one.hashes), one.spam))
        counts[one.spam] += 1
    means = [total / count for total, count in zip(sums, counts, strict=True) if count]
    return sum(means) / max(len(means), 1)


def _order(size: int) -> list[int]:
    """The order of all passes, each with another stride that has no common divisor with the size; not random."""
    order: list[int] = []
    for turn in range(_PASSES):
        stride = next(n for n in range(size * (turn + 3) // 11 + 1, 2 * size + 2) if gcd(n, size) == 1)
        order.extend(at * stride % size for at in range(size))
    return order


def _likely(logit: float, spam: int) -> float:
    """The probability of the label."""
    return SLIPS + (1 - 2 * SLIPS) * _sigmoid(logit if spam else -logit)


def _slope(logit: float, spam: int) -> float:
    """The derivative of -log ``_likely`` by the logit: without SLIPS, the sigmoid minus the label."""
    right = _sigmoid(logit if spam else -logit)
    size = (1 - 2 * SLIPS) * right * (1 - right) / (SLIPS + (1 - 2 * SLIPS) * right)
    return -size if spam else size


def _sigmoid(logit: float) -> float:
    return 1 / (1 + exp(-logit)) if logit > -30 else 0.0
