"""Character 4-grams of the text as typed, with spaces and capitals: style rather than words.

Only the prior has weights for them; moderators see their sum as one trait, NGRAM_TOKEN.
"""

import re
from array import array
from math import sqrt
from zlib import crc32

from service.spam.classifier.features import SHIFT, Feature, Token, salt_of
from service.spam.classifier.normalise_text import bounded

NGRAM_TOKEN: Token = ("shape", "manner of writing")
LENGTH = 4
_HEAD, _TAIL = 2000, 500  # characters looked at
_LINK = re.compile(r"https?://\S+|www\.\S+")


def ngrams(text: str) -> set[str]:
    """The distinct 4-grams of a text as typed, links as one character, white space as one space; at least one."""
    return _runs(_shown(text))


def _runs(shown: str) -> set[str]:
    return {shown[at : at + LENGTH] for at in range(len(shown) - LENGTH + 1)} or {shown}


def _shown(text: str) -> str:
    text = bounded(text, _HEAD, _TAIL)
    if "://" in text or "www." in text:
        text = _LINK.sub("@", text)
    return " ".join(text.split())


def _numbers(octets: bytes) -> set[int]:
    """The distinct 4-grams of a text in ASCII, each as the number that its four octets are for this machine: no loop in
    Python has to cut them out."""
    view, found = memoryview(octets), set[int]()
    for at in range(LENGTH):
        found.update(view[at : at + (len(octets) - at) // LENGTH * LENGTH].cast("I"))
    return found


def ngram_features(text: str) -> list[Feature]:
    """Hash and value of each 4-gram, sorted so that training is reproducible."""
    places = sorted(ngram_places(text))
    value = ngram_value(len(places))
    return [(at, value) for at in places]


def ngram_places(text: str) -> list[int]:
    """The hash of each distinct 4-gram, as ``hashed`` gives it. Nothing is remembered: to look up 16,384 known ones,
    half of those of a usual comment, and to work out the others took half as long again."""
    shown, salt = _shown(text), salt_of("run")
    if shown.isascii() and len(shown) >= LENGTH:
        octets = array("I", _numbers(shown.encode())).tobytes()
        return [crc32(octets[at : at + LENGTH], salt) >> SHIFT for at in range(0, len(octets), LENGTH)]
    return [crc32(run.encode("utf-8", "replace"), salt) >> SHIFT for run in _runs(shown)]


def ngram_value(number: int) -> float:
    """The value of each 4-gram of a text with this number of them: the more there are, the less each counts."""
    return 1 / sqrt(8 + number)
