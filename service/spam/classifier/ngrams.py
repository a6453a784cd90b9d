"""Runs of four characters, spaces and capitals included: how something is put, whatever the words.

Only the prior has weights for them; what they add is shown as one trait, MANNER.
"""

import re
from collections.abc import Callable
from math import sqrt

from service.spam.classifier.features import Feature, Token, hashed
from service.spam.classifier.normalise import bounded

NGRAM_TOKEN: Token = ("shape", "manner of writing")
LENGTH = 4
_HEAD, _TAIL = 2000, 500  # characters looked at
_MOST = 16384  # about 2 MB
_LINK = re.compile(r"https?://\S+|www\.\S+")


def ngrams(text: str) -> set[str]:
    """The different runs of a text as typed, with a link as one character and a gap as one space; at least one."""
    text = bounded(text, _HEAD, _TAIL)
    if "://" in text or "www." in text:
        text = _LINK.sub("@", text)
    shown = " ".join(text.split())
    return {shown[at : at + LENGTH] for at in range(len(shown) - LENGTH + 1)} or {shown}


def ngram_features(text: str) -> list[Feature]:
    """Each run with its value, as training wants them: in one order, so that the same lines give the same weights."""
    places = sorted(hashed("run", run) for run in ngrams(text))
    return [(at, _value(len(places))) for at in places]


class NgramWeights(dict[str, int]):
    """Weights of the runs met lately, most of which have been seen before. `weight` is asked with a hash, and answers
    in whole numbers: their sum is the same in any order, and a set has none."""

    def __init__(self, weight: Callable[[int], int]) -> None:
        super().__init__()
        self._weight = weight

    def __missing__(self, run: str) -> int:
        if len(self) >= _MOST:
            self.clear()
        self[run] = known = self._weight(hashed("run", run))
        return known

    def sum(self, text: str) -> float:
        """What the runs of a text add, in the unit of `weight`."""
        found = ngrams(text)
        return sum(map(self.__getitem__, found)) * _value(len(found))


def _value(number: int) -> float:
    """As of a kind of tokens: the more there are, the less each counts."""
    return 1 / sqrt(8 + number)
