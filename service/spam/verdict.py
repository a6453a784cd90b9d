"""What the check says of a comment, and why."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What is done with the comment. Nothing is ever dropped."""

    PUBLISH = "publish"
    HOLD = "hold"
    SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Reason:
    """A symbol that was found. ``sentence`` is for a moderator; it is English, and stored as it was said."""

    symbol: str
    weight: float
    sentence: str

    def as_json(self) -> dict[str, Any]:
        """As it is stored with the comment."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``score`` is the sum of the reasons' weights."""

    action: Action
    score: float
    reasons: tuple[Reason, ...]
