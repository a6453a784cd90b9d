"""What the check says of a comment, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What is done with the comment. Nothing is ever dropped."""

    PUBLISH = "publish"
    HOLD = "hold"
    SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Reason:
    """A symbol that was found. ``sentence`` is for a moderator; it is English, and stored as it was said.

    ``facts`` are numbers kept for later: ``logit`` of the model, ``base`` for a weight that the site has changed,
    ``trial`` for the weight that a rule on trial would have had.
    """

    symbol: str
    weight: float
    sentence: str
    facts: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As it is stored with the comment."""
        return {"symbol": self.symbol, "weight": self.weight, "sentence": self.sentence, **self.facts}


@dataclass(frozen=True, slots=True)
class Verdict:
    """``score`` is the sum of the reasons' weights."""

    action: Action
    score: float
    reasons: tuple[Reason, ...]

    def held(self, reason: Reason) -> "Verdict":
        """The same, held for one more reason."""
        return Verdict(Action.HOLD, self.score, (*self.reasons, reason))
