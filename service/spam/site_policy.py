"""A site's settings for the check: thresholds, factors, word lists, and rules on trial."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from service.captcha.difficulty import EASIEST, HARDEST
from service.spam.reason_sentences import ReasonSentence
from service.spam.verdict import Action, Reason
from service.spam.word_lists import NO_WORDS, WordList

HOLD, SPAM = 3.0, 6.0
"""Points from which a comment is held, and from which it is filed as spam."""

AUTO = "auto"
LEVELS = re.compile(rf"{AUTO}|(least|always)-([{EASIEST}-{HARDEST}])", re.ASCII)
"""Stored difficulty of a site's question: automatic, at least a level, or always a level. Stored by name, so that
``auto`` includes a level that is added later."""


@dataclass(frozen=True, slots=True)
class Words:
    """The three lists as pasted, one entry per line; see ``word_lists``."""

    hold: str = ""
    spam: str = ""
    trial: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """``factors`` multiply a symbol's points; 0 switches it off. Symbols in ``trial`` are shown but add no points.

    ``easiest`` and ``hardest`` bound the level of the question. ``key_votes``: what clients submit with the check key
    also changes the verdicts on the site's own comments. ``chat_spam``: the prior for chat spam judges, too.
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
    chat_spam: bool = False

    def level(self, automatic: int) -> int:
        """The level of the site's question, given the one that recent failures call for."""
        return min(max(automatic, self.easiest), self.hardest)

    def weigh(self, reason: Reason) -> Reason:
        """The reason with this site's factor applied, or without points if its symbol is on trial."""
        factor = self.factors.get(reason.symbol, 1.0)
        weight, alone = round(reason.weight * factor, 2), round(reason.alone * factor, 2)
        facts = dict(reason.facts)
        if weight != reason.weight:
            facts["base"] = reason.weight
        if reason.symbol not in self.trial:
            return Reason(reason.symbol, weight, reason.sentence, facts, alone) if facts else reason
        would = max(weight, alone, key=abs)
        sentence = ReasonSentence.ON_TRIAL % {"points": f"{would:+.3g}", "sentence": reason.sentence}
        return Reason(reason.symbol, 0.0, sentence, {**facts, "base": reason.weight, "trial": would})

    def action(self, score: float) -> Action:
        """What to do with a comment of this score, in points."""
        if score >= self.spam:
            return Action.SPAM
        return Action.HOLD if score >= self.hold else Action.PUBLISH

    def as_json(self) -> dict[str, Any]:
        """The form stored for the site."""
        return {
            "hold": self.hold,
            "spam": self.spam,
            "factors": dict(self.factors),
            "trial": sorted(self.trial),
            "words": asdict(self.words),
            "level": name_of_levels(self.easiest, self.hardest),
            "key_votes": self.key_votes,
            "chat_spam": self.chat_spam,
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any], hold: float = HOLD, spam: float = SPAM) -> "Policy":
        """From stored settings; thresholds that are not stored are the installation's, ``hold`` and ``spam``."""
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
            chat_spam=bool(stored.get("chat_spam", False)),
        )


def levels_of(stored: Mapping[str, Any]) -> tuple[int, int]:
    """The easiest and hardest level of a site, from stored settings: a name, or a pair of numbers as version 0.1 stored
    it and a restored backup may have it. Missing or unreadable means ``auto``."""
    level = stored.get("level", AUTO)
    if isinstance(level, list | tuple):
        easiest, hardest = level
        return int(easiest), int(hardest)
    match = LEVELS.fullmatch(str(level))
    if match is None or match[2] is None:
        return EASIEST, HARDEST
    return int(match[2]), int(match[2]) if match[1] == "always" else HARDEST


def name_of_levels(easiest: int, hardest: int) -> str:
    """The stored name of a pair. There is no ``always-4``: it is ``least-4``, since no level is harder."""
    if easiest == hardest < HARDEST:
        return f"always-{easiest}"
    return AUTO if easiest == EASIEST else f"least-{easiest}"
