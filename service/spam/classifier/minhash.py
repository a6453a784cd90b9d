"""Near-duplicates: a fingerprint of 32 numbers; the more of them two texts share, the more alike they are.

Three-word shingles are hashed once and dealt into 32 bins (one permutation hashing, Li and others 2012); empty bins are
filled from their neighbours (Shrivastava and Li 2014). A text thus costs one hash per shingle, not 32.
"""

import re
import zlib
from collections.abc import Iterable, Sequence

from service.spam.classifier.features import split
from service.spam.classifier.normalise_text import bounded, plain

Fingerprint = tuple[int, ...]

BINS = 32
ALIKE = 0.5  # similarity from which two texts belong to one cluster
_BAND = 2
_LINK = re.compile(r"(?:https?://|www\.)\S{1,400}")
_EMPTY = -1
_GREATEST = 1 << 32


def fingerprint(text: str) -> Fingerprint:
    """32 numbers below 2^32; () for a text without words. Links are left out, since campaigns vary them."""
    text = plain(bounded(text))
    has_links = "://" in text or "www." in text
    words = split(_LINK.sub(" ", text) if has_links else text) or split(text)
    if not words:
        return ()
    padded = words if len(words) > 2 else [*words, *[""] * (3 - len(words))]
    shingles = list(map(" ".join, zip(padded, padded[1:], padded[2:], strict=False)))
    try:
        octets = list(map(str.encode, shingles))
    except UnicodeEncodeError:  # lone surrogates
        octets = [shingle.encode("utf-8", "replace") for shingle in shingles]
    return tuple(_filled(_least(map(zlib.crc32, octets))))


def _least(codes: Iterable[int]) -> list[int]:
    """The least value of each bin, without the five bits that say the bin."""
    least: dict[int, int] = {}
    get = least.get
    for code in codes:
        value = code * 0x9E3779B97F4A7C15 >> 13 & 0xFFFFFFFF
        place = value >> 27
        if value < get(place, _GREATEST):
            least[place] = value
    return [least[place] & 0x7FFFFFF if place in least else _EMPTY for place in range(BINS)]


def _filled(bins: list[int]) -> list[int]:
    """Each bin's own value, or that of the next filled bin, changed by its distance. One bin at least is filled."""
    if _EMPTY not in bins:
        return bins
    filled = list(bins)
    away = next(place for place, own in enumerate(bins) if own != _EMPTY)  # the last bins take from the first
    value = bins[away]
    for place in range(BINS - 1, -1, -1):
        if (own := bins[place]) == _EMPTY:
            away += 1
            filled[place] = (value + away * 0x8000001) & 0xFFFFFFFF
        else:
            away, value = 0, own
    return filled


def similarity(one: Fingerprint, other: Fingerprint) -> float:
    """Estimated share of shingles that two texts have in common: 0 … 1; 0 if either is empty."""
    if not one or len(one) != len(other):
        return 0.0
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one)


class Nearest:
    """An index of fingerprints that finds a similar one without comparing all."""

    def __init__(self) -> None:
        self._bands: dict[tuple[int, ...], list[int]] = {}
        self._kept: list[Fingerprint] = []

    def add(self, found: Fingerprint) -> int:
        """Add a fingerprint. Returns its number, counted from 0."""
        self._kept.append(found)
        number = len(self._kept) - 1
        for band in _bands(found):
            bucket = self._bands.setdefault(band, [])
            if len(bucket) < 8:  # enough: all in a bucket are alike
                bucket.append(number)
        return number

    def find(self, sought: Fingerprint, alike: float = ALIKE) -> int | None:
        """The number of the most similar fingerprint, None if none is at least `alike`."""
        near = {number for band in _bands(sought) for number in self._bands.get(band, ())}
        rated = [(similarity(sought, self._kept[number]), -number) for number in near]
        best = max(rated, default=(0.0, 0))
        return -best[1] if rated and best[0] >= alike else None


def clusters(found: Sequence[Fingerprint]) -> list[int]:
    """A cluster number for each fingerprint: near-duplicates share that of the first. Empty ones stand alone."""
    nearest = Nearest()
    numbers: list[int] = []
    firsts: list[int] = []
    for number, one in enumerate(found):
        near = nearest.find(one) if one else None
        numbers.append(number if near is None else firsts[near])
        if one:
            nearest.add(one)
            firsts.append(numbers[-1])
    return numbers


def _bands(found: Fingerprint) -> list[tuple[int, ...]]:
    return [(at, *found[at : at + _BAND]) for at in range(0, len(found), _BAND)]
