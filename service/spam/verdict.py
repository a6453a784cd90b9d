"""The result of a spam check, with its reasons."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What happens to the comment. None is ever dropped."""

    PUBLISH = "publish"
    HOLD = "hold"
    SPAM = "spam"

    def or_stricter(self, other: "Action") -> "Action":
        """Whichever keeps more back."""
        return max(self, other, key=list(Action).index)


@dataclass(frozen=True, slots=True)
class Reason:
    """A symbol that a rule found, with its points. ``sentence`` tells a moderator why; it is stored in English.

    ``alone``: what it counts where the classifier has no say. If these points of all reasons reach a threshold, the
    comment is held or filed, however honest the text reads. ``facts`` are numbers stored with it: the model's
    ``logit``, ``base`` for points before the site's own factor, and ``trial`` for the points that a rule on trial
    would have added.
    """

    symbol: str
    weight: float
    sentence: str
    facts: Mapping[str, float] = field(default_factory=dict)
    alone: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The form stored with the comment."""
        alone = {"alone": self.alone} if self.alone else {}
        return {"symbol": self.symbol, "weight": self.weight, "sentence": self.sentence, **alone, **self.facts}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a comment. ``score`` is the sum of the reasons' weights, in points; it may be negative.

    ``sure``: the points that count alone, and of the classifier's no more than hold, or file where the site has a
    threshold for it. What a client throws away unseen is chosen by them.
    """

    action: Action
    score: float
    reasons: tuple[Reason, ...]
    sure: float = 0.0

    def held(self, reason: Reason) -> "Verdict":
        """A copy that holds the comment, with one more reason."""
        return Verdict(Action.HOLD, self.score, (*self.reasons, reason), self.sure)


def alone(reasons: Iterable[Any]) -> float:
    """The points that stored reasons count where the classifier has no say. Imported comments may have any JSON here,
    and those that version 0.1 judged have no such points."""
    found = (reason.get("alone") for reason in reasons if isinstance(reason, dict))
    return float(sum(points for points in found if isinstance(points, int | float)))
