"""How well the check does, over the comments that moderators decided last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.spam.learning.votes import Vote

LAST = 200


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Of decided comments: spam that was ``caught`` (held or filed) or ``missed``, honest ones ``wronged`` or
    ``passed``."""

    caught: int
    missed: int
    wronged: int
    passed: int

    @property
    def decided(self) -> int:
        """How many there are."""
        return self.caught + self.missed + self.wronged + self.passed

    @property
    def precision(self) -> float | None:
        """Of what the check kept back, the share that was spam. None when it kept back nothing."""
        return _share(self.caught, self.caught + self.wronged)

    @property
    def recall(self) -> float | None:
        """Of the spam, the share that the check kept back. None when there was none."""
        return _share(self.caught, self.caught + self.missed)


@dataclass(frozen=True, slots=True)
class RuleHits:
    """A symbol, with how many of the decided comments had it: ``trial`` of them while it counted nothing."""

    symbol: str
    spam: int
    honest: int
    trial: int


def judged_votes(votes: Sequence[Vote], last: int = LAST) -> list[Vote]:
    """The newest votes on comments that this check has judged: what came by an import is none of its work."""
    return [vote for vote in votes if vote.reasons or vote.score][-last:]


def measure(votes: Iterable[Vote], hold: float) -> Accuracy:
    """What the check had done with these; ``hold`` is the points from which on it keeps back."""
    counts = {(spam, kept): 0 for spam in (True, False) for kept in (True, False)}
    for vote in votes:
        counts[vote.spam, vote.score >= hold] += 1
    return Accuracy(counts[True, True], counts[True, False], counts[False, True], counts[False, False])


def busiest_rules(votes: Iterable[Vote]) -> list[RuleHits]:
    """The symbols that counted, or would have on trial, the busiest first."""
    found: dict[str, list[int]] = {}
    for vote in votes:
        for reason in vote.reasons:
            if not isinstance(reason, dict) or not (reason.get("weight") or reason.get("trial")):
                continue
            counts = found.setdefault(str(reason.get("symbol")), [0, 0, 0])
            counts[0 if vote.spam else 1] += 1
            counts[2] += bool(reason.get("trial"))
    rows = [RuleHits(symbol, *counts) for symbol, counts in found.items()]
    return sorted(rows, key=lambda busy: (-busy.spam - busy.honest, busy.symbol))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
