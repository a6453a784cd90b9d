"""The result of a spam check, with its reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What happens to the comment. None is ever dropped."""

    PUBLISH = "publish"
    HOLD = "hold"
    SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Reason:
    """A symbol that a rule found, with its points. ``sentence`` tells a moderator why; it is stored in English.

    ``facts`` are numbers stored with it: the model's ``logit``, ``base`` for points before the site's own factor, and
    ``trial`` for the points that a rule on trial would have added.
    """

    symbol: str
    weight: float
    sentence: str
    facts: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The form stored with the comment."""
        return {"symbol": self.symbol, "weight": self.weight, "sentence": self.sentence, **self.facts}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a comment. ``score`` is the sum of the reasons' weights, in points."""

    action: Action
    score: float
    reasons: tuple[Reason, ...]

    def held(self, reason: Reason) -> "Verdict":
        """A copy that holds the comment, with one more reason."""
        return Verdict(Action.HOLD, self.score, (*self.reasons, reason))
