"""The spam check's reasons as moderators see them: which came first, and the classifier's words with bars."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Any

_WORDS = re.compile(r" \(general [^)]*\)(?:: (.+))?\.\Z", re.DOTALL)
"""The end of the classifier's sentence, which is stored with the comment: see
``service.spam.rules.classifier_rule``."""

_WORD = re.compile(r"(.+?) ([+-][0-9]+\.[0-9])(?:, |\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class WeighedWord:
    """A word or trait of a text with its weight, and the length of its bar in percent of the longest."""

    label: str
    weight: str
    percent: int
    is_spam: bool


def weighed_words(sentences: Iterable[str]) -> list[WeighedWord]:
    """The words in the classifier's sentence, if it is among these."""
    found = next((match[1] for sentence in sentences if (match := _WORDS.search(sentence))), "") or ""
    pairs = [(label, float(weight)) for label, weight in _WORD.findall(found)]
    most = max((abs(weight) for _, weight in pairs), default=0) or 1
    return [WeighedWord(label, signed(weight), round(100 * abs(weight) / most), weight > 0) for label, weight in pairs]


def without_words(sentence: str) -> str:
    """A sentence without the classifier's words, which are shown with bars."""
    return _WORDS.sub(".", sentence)


def signed(weight: Any) -> str:
    """A weight in points with its sign, such as ``+3`` or ``−0.5``; empty for 0 and for anything but a number."""
    if not isinstance(weight, int | float) or not weight:
        return ""
    return f"{weight:+.3g}".replace("-", "−")


def importance(reason: dict[str, Any]) -> float:
    """The points of a reason. One without any held the comment by itself, such as a reader who asked for review, unless
    its rule is tested or turned off, which leaves the points that it would have had."""
    if reason.get("weight") == 0 and reason.keys() <= {"symbol", "weight", "sentence"}:
        return inf
    return max(
        (points for name in ("weight", "alone") if isinstance(points := reason.get(name), int | float)), default=0.0
    )
