"""What a site has set for its check: thresholds, weights, words, and what is on trial."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from service.captcha.difficulty import EASIEST, HARDEST
from service.spam.verdict import Action, Reason
from service.spam.word_lists import NO_WORDS, WordList

HOLD, SPAM = 3.0, 6.0
"""Points from which on a comment waits for a human, and is filed as spam."""

AUTO = "auto"
LEVELS = re.compile(rf"{AUTO}|(least|always)-([{EASIEST}-{HARDEST}])", re.ASCII)
"""How hard a site's question is, as it is stored: by failures alone, at least so hard, or always so hard. By name, so
that ``auto`` reaches up to a level that is added later."""


@dataclass(frozen=True, slots=True)
class Words:
    """The three lists as they were pasted, one entry a line; see ``wordlist.WordList``."""

    hold: str = ""
    spam: str = ""
    trial: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """``factors`` multiply a symbol's points: 0 is off. Symbols in ``trial`` are shown, and count nothing.

    The question is never easier than level ``easiest`` and never harder than ``hardest``.
    ``key_votes``: what clients submit with the check key moves the verdicts on the site's own comments, too.
    """

    hold: float = HOLD
    spam: float = SPAM
    factors: Mapping[str, float] = field(default_factory=dict)
    trial: frozenset[str] = frozenset()
    words: Words = Words()
    hold_words: WordList = NO_WORDS
    spam_words: WordList = NO_WORDS
    trial_words: WordList = NO_WORDS
    easiest: int = EASIEST
    hardest: int = HARDEST
    key_votes: bool = False

    def level(self, found: int) -> int:
        """How hard the question is here, when it would be so hard by what goes on."""
        return min(max(found, self.easiest), self.hardest)

    def weigh(self, reason: Reason) -> Reason:
        """The reason with the points that it has here."""
        weight = round(reason.weight * self.factors.get(reason.symbol, 1.0), 2)
        facts = dict(reason.facts)
        if weight != reason.weight:
            facts["base"] = reason.weight
        if reason.symbol not in self.trial:
            return Reason(reason.symbol, weight, reason.sentence, facts) if facts else reason
        sentence = f"On trial, counts nothing ({weight:+.3g}): {reason.sentence}"
        return Reason(reason.symbol, 0.0, sentence, {**facts, "base": reason.weight, "trial": weight})

    def action(self, score: float) -> Action:
        """What is done at so many points."""
        if score >= self.spam:
            return Action.SPAM
        return Action.HOLD if score >= self.hold else Action.PUBLISH

    def as_json(self) -> dict[str, Any]:
        """As it is stored for the site."""
        return {
            "hold": self.hold,
            "spam": self.spam,
            "factors": dict(self.factors),
            "trial": sorted(self.trial),
            "words": asdict(self.words),
            "level": name_of_levels(self.easiest, self.hardest),
            "key_votes": self.key_votes,
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any], hold: float = HOLD, spam: float = SPAM) -> "Policy":
        """Out of what is stored; what is not there is as the installation has it, ``hold`` and ``spam``."""
        words = Words(**stored.get("words", {}))
        easiest, hardest = levels_of(stored)
        return cls(
            hold=float(stored.get("hold", hold)),
            spam=float(stored.get("spam", spam)),
            factors={str(symbol): float(factor) for symbol, factor in stored.get("factors", {}).items()},
            trial=frozenset(stored.get("trial", ())) | {"words_trial"},
            words=words,
            hold_words=WordList.parse(words.hold),
            spam_words=WordList.parse(words.spam),
            trial_words=WordList.parse(words.trial),
            easiest=easiest,
            hardest=hardest,
            key_votes=bool(stored.get("key_votes", False)),
        )


def levels_of(stored: Mapping[str, Any]) -> tuple[int, int]:
    """The easiest and the hardest level of a site, out of what is stored: a name, or the pair itself, as version 0.1
    stored it and a restored copy may still have it. What is not there, or cannot be read, is ``auto``."""
    level = stored.get("level", AUTO)
    if isinstance(level, list | tuple):
        easiest, hardest = level
        return int(easiest), int(hardest)
    match = LEVELS.fullmatch(str(level))
    if match is None or match[2] is None:
        return EASIEST, HARDEST
    return int(match[2]), int(match[2]) if match[1] == "always" else HARDEST


def name_of_levels(easiest: int, hardest: int) -> str:
    """The name of a pair. ``always-4`` is ``least-4``, since nothing is harder."""
    if easiest == hardest < HARDEST:
        return f"always-{easiest}"
    return AUTO if easiest == EASIEST else f"least-{easiest}"
