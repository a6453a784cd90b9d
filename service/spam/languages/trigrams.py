"""Which language a text is written in, by its trigrams: eighteen languages in Latin script, 52 kB, 0.03 ms.

trigrams.bin, compressed by zlib: the codes of the languages in one line; all trigrams without anything between them; a
NUL; then for each trigram one byte for each language, ``STEP`` · ln(share in that language / RAREST), from 0 to 255.
"""

import re
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from math import log

from service.spam.classifier.text_traits import holds_one

LETTERS = 40
"""The fewest letters and spaces of a text whose language can be told."""
STEP, RAREST = 24, 1e-5
_READ, _COUNTED = 3000, 500  # characters read, and counted once code and links are gone
_MARGIN, _MARGIN_EACH = 12.0, 0.3
"""How far another language has to lead, in nats: in total, and for each trigram. Chosen on training data: of
42,900 honest comments 84 were told to be in another language than the page, and 18 of these were not."""
_LANE = 3  # bytes of a language in a sum of at most 500 · 255
_WORD = re.compile(r"[^\W\d_]+")
_NO_PROSE = re.compile(r"```[^`]{0,3000}```|`[^`\n]{1,400}`|<[^<>]{1,300}>|^\s{0,9}(?:>|    ).*$", re.MULTILINE)
"""Code, tags and quotations."""
_MAY_BE_NO_PROSE = ("`", "<", ">", "    ")
_NO_WORD = ("@", "://", "www.")
"""Found in links, addresses and names of others."""
_PLACES = tuple(slice(at, at + 3) for at in range(2 * _COUNTED))
"""Of the trigrams in a line; a letter may have two in lower case."""


def _line_of(text: str) -> str:
    """The words of the prose of a text in lower case, with one space around each."""
    prose = text[:_READ]
    if holds_one(prose, _MAY_BE_NO_PROSE):
        prose = _NO_PROSE.sub(" ", prose)
    parts: Iterable[str] = prose.split()
    if holds_one(prose, _NO_WORD):
        parts = (part for part in parts if not holds_one(part, _NO_WORD))
    return f" {' '.join(_WORD.findall(' '.join(parts)[:_COUNTED].lower()))} "


@dataclass(frozen=True, slots=True, repr=False)
class Trigrams:
    """``weights``: for each trigram, one lane for each of the ``languages``, as one number: sums are one addition."""

    languages: tuple[str, ...]
    weights: Mapping[str, int]

    def scores(self, text: str) -> tuple[dict[str, float], int]:
        """The log-likelihood of each language, up to a constant, and the number of trigrams. Empty and 0 for a
        text that is too short, or mostly in another script."""
        line = _line_of(text)
        if len(line) < LETTERS:
            return {}, 0
        trigrams = map(line.__getitem__, _PLACES[: len(line) - 2])
        found = list(filter(None, map(self.weights.get, trigrams)))  # in C: this is done for each comment
        if len(found) < LETTERS // 2:
            return {}, 0
        lanes = sum(found).to_bytes(_LANE * len(self.languages), "big")
        totals = (int.from_bytes(lanes[at : at + _LANE], "big") for at in range(0, len(lanes), _LANE))
        return {code: total / STEP for code, total in zip(self.languages, totals, strict=True)}, len(line) - 2

    def language_of(self, text: str) -> str:
        """The likeliest language; empty for a text that is too short, or mostly in another script."""
        scores, _ = self.scores(text)
        return max(scores, key=scores.__getitem__, default="")

    def foreign(self, text: str, at_home: Collection[str]) -> str:
        """The language of a text that is clearly in none of the languages ``at_home`` (ISO 639-1); else empty.

        Empty too if one of those is not known here, since the text may be in that one.
        """
        if not at_home or not set(at_home) <= set(self.languages):
            return ""
        scores, number = self.scores(text)
        if not scores:
            return ""
        best = max(scores, key=scores.__getitem__)
        ahead = scores[best] - max(scores[code] for code in at_home)
        return best if ahead > _MARGIN and ahead > _MARGIN_EACH * number else ""

    def to_bytes(self) -> bytes:
        """The content of trigrams.bin."""
        size = len(self.languages)
        lanes = (weight.to_bytes(_LANE * size, "big")[_LANE - 1 :: _LANE] for weight in self.weights.values())
        text = "\n".join((" ".join(self.languages), "".join(self.weights)))
        return zlib.compress(text.encode() + b"\0" + b"".join(lanes), 9)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Trigrams":
        """From the content of trigrams.bin."""
        head, _, lanes = zlib.decompress(data).partition(b"\0")
        codes, _, text = head.decode().partition("\n")
        languages = tuple(codes.split(" "))
        rows = (lanes[at : at + len(languages)] for at in range(0, len(lanes), len(languages)))
        trigrams = (text[at : at + 3] for at in range(0, len(text), 3))
        return cls(languages, {each: _packed(row) for each, row in zip(trigrams, rows, strict=True)})

    @classmethod
    def from_counts(cls, counts: Mapping[str, Mapping[str, int]], most: int) -> "Trigrams":
        """From how often each trigram was seen in each language; of each language the ``most`` frequent are kept."""
        shares = {code: _shares(seen) for code, seen in counts.items()}
        kept = {each for seen in shares.values() for each in sorted(seen, key=lambda one: -seen[one])[:most]}
        rows = {each: _packed(_byte(seen.get(each, 0.0)) for seen in shares.values()) for each in sorted(kept)}
        return cls(tuple(shares), rows)


def _shares(seen: Mapping[str, int]) -> dict[str, float]:
    total = sum(seen.values())
    return {each: number / total for each, number in seen.items()}


def _byte(share: float) -> int:
    return min(255, round(STEP * log(max(share, RAREST) / RAREST)))


def _packed(row: Iterable[int]) -> int:
    return int.from_bytes(b"".join(value.to_bytes(_LANE, "big") for value in row), "big")


@lru_cache(maxsize=1)
def trigrams() -> Trigrams:
    """The table in trigrams.bin, read once: 10 ms."""
    return Trigrams.from_bytes(resources.files(__package__).joinpath("trigrams.bin").read_bytes())
