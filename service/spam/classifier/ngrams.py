"""Character 4-grams of the text as typed, with spaces and capitals: style rather than words.

Only the prior has weights for them; moderators see their sum as one trait, NGRAM_TOKEN.
"""

import re
import sys
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
    """The distinct 4-grams of a text as typed, links as one character, white space as one space; at least one."""
    shown = _shown(text)
    return {shown[at : at + LENGTH] for at in range(len(shown) - LENGTH + 1)} or {shown}


def _shown(text: str) -> str:
    text = bounded(text, _HEAD, _TAIL)
    if "://" in text or "www." in text:
        text = _LINK.sub("@", text)
    return " ".join(text.split())


def _numbers(octets: bytes) -> set[int]:
    """The distinct 4-grams of a text in ASCII, each as the number that its four octets are for this machine."""
    view, found = memoryview(octets), set[int]()
    for at in range(LENGTH):
        found.update(view[at : at + (len(octets) - at) // LENGTH * LENGTH].cast("I"))
    return found


def ngram_features(text: str) -> list[Feature]:
    """Hash and value of each 4-gram, sorted so that training is reproducible."""
    places = sorted(hashed("run", run) for run in ngrams(text))
    return [(at, _value(len(places))) for at in places]


class NgramWeights(dict[str | int, int]):
    """A cache of 4-gram weights. `weight` maps a hash to a whole number: sums of integers do not depend on their order,
    and a set has none."""

    def __init__(self, weight: Callable[[int], int]) -> None:
        super().__init__()
        self._weight = weight

    def __missing__(self, run: str | int) -> int:
        if len(self) >= _MOST:
            self.clear()
        text = run if isinstance(run, str) else run.to_bytes(LENGTH, sys.byteorder).decode("ascii")
        self[run] = known = self._weight(hashed("run", text))
        return known

    def sum(self, text: str) -> float:
        """What the 4-grams of a text add to the logit, in the unit of `weight`."""
        shown = _shown(text)
        # as numbers, which no loop in Python has to cut out: half the time
        found = _numbers(shown.encode()) if shown.isascii() and len(shown) >= LENGTH else ngrams(text)
        return sum(map(self.__getitem__, found)) * _value(len(found))


def _value(number: int) -> float:
    """As in ``features``: the more there are, the less each counts."""
    return 1 / sqrt(8 + number)
