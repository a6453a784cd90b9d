"""What the check says of a comment, and why."""

from collections.abc import Iterable, Mapping
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


RULE_NAMES: dict[str, tuple[str, float]] = {
    "honeypot": ("A hidden field was filled in", 6),
    "haste": ("Sent faster than anybody types", 2.5),
    "links": ("Many links", 4),
    "shortener": ("A shortened link", 2),
    "bare_ip": ("A link to a bare number", 2),
    "user_in_link": ("A link that pretends to lead elsewhere", 2),
    "homograph": ("A linked name that looks like another", 4),
    "link_in_name": ("The name is a web address", 2.5),
    "only_a_link": ("A link and nothing else", 3),
    "bbcode": ("Forum markup", 4),
    "html": ("Links or scripts in HTML", 3),
    "injection": ("Commands for a server", 6),
    "template": ("Leftovers of a spam program", 4),
    "hidden_characters": ("Invisible characters", 3),
    "piled_marks": ("Piled-up marks", 2),
    "mixed_scripts": ("Words of mixed alphabets", 3),
    "styled_letters": ("Mathematical letters", 2),
    "words_hold": ("The list that holds", 4.5),
    "words_spam": ("The list of spam", 6),
    "words_trial": ("The list on trial", 4.5),
    "disposable_email": ("A throw-away email address", 1.5),
    "foreign_script": ("Another script than the page's", 2),
    "near_duplicate": ("Nearly the same, many times", 6),
    "spam_again": ("Nearly the same was spam", 5),
    "bad_host": ("Spam linked there before", 5),
    "bad_email": ("Spam came from the address before", 4),
    "bad_network": ("Spam came from the network before", 2),
    "known_author": ("An author with a proof", -2),
    "model": ("What the text reads like", 6),
}


def refuse_unknown(symbols: Iterable[str]) -> None:
    """Raise ValueError for the first name that belongs to no rule."""
    for symbol in symbols:
        if symbol not in RULE_NAMES:
            raise ValueError(f"REPLY_SPAM_WEIGHTS: the spam check has no rule “{symbol}”")
