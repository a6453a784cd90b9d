"""Precision and recall of the check, over the comments that moderators decided last."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.spam.learning.moderator_votes import Vote
from service.spam.verdict import alone

LAST = 200
NEAR = 2.0
"""Points from which the model is a reason worth naming; 3 hold."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Numbers of decided comments: spam that was ``caught`` (held or filed) or ``missed``, honest ones that were
    ``wronged`` or ``passed``."""

    caught: int
    missed: int
    wronged: int
    passed: int

    @property
    def decided(self) -> int:
        """All of them."""
        return self.caught + self.missed + self.wronged + self.passed

    @property
    def precision(self) -> float | None:
        """The share of spam in what the check kept back; None if it kept back nothing."""
        return _share(self.caught, self.caught + self.wronged)

    @property
    def recall(self) -> float | None:
        """The share of the spam that the check kept back; None if there was no spam."""
        return _share(self.caught, self.caught + self.missed)


@dataclass(frozen=True, slots=True)
class RuleHits:
    """How many decided comments had a symbol; for ``trial`` of them it was on trial and added no points."""

    symbol: str
    spam: int
    honest: int
    trial: int


def judged_votes(votes: Sequence[Vote], last: int = LAST) -> list[Vote]:
    """The newest votes on comments that this check has judged. Imported comments have no score and are left out."""
    return [vote for vote in votes if vote.reasons or vote.score][-last:]


def measure(votes: Iterable[Vote], hold: float) -> Accuracy:
    """Compare votes with verdicts; ``hold`` points or more, with the classifier or without, count as kept back."""
    counts = {(spam, kept): 0 for spam in (True, False) for kept in (True, False)}
    for vote in votes:
        counts[vote.spam, max(vote.score, alone(vote.reasons)) >= hold] += 1
    return Accuracy(counts[True, True], counts[True, False], counts[False, True], counts[False, False])


def busiest_rules(votes: Iterable[Vote]) -> list[RuleHits]:
    """The symbols that added points or took some away, or would have outside a trial, most frequent first. The model
    counts where it nearly holds, since it has points for every comment."""
    counts_of: dict[str, list[int]] = {}
    for vote in votes:
        for reason in vote.reasons:
            if not isinstance(reason, dict) or not _speaks(reason):
                continue
            counts = counts_of.setdefault(str(reason.get("symbol")), [0, 0, 0])
            counts[0 if vote.spam else 1] += 1
            counts[2] += bool(reason.get("trial"))
    rows = [RuleHits(symbol, *counts) for symbol, counts in counts_of.items()]
    return sorted(rows, key=lambda hits: (-hits.spam - hits.honest, hits.symbol))


def _speaks(reason: Mapping[str, Any]) -> bool:
    points = reason.get("trial") or reason.get("weight")
    if not isinstance(points, int | float):
        return False
    return points >= NEAR if reason.get("symbol") == "model" else points != 0


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
