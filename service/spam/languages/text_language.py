"""Which language a text is written in, and which are at home on a site. Texts in Latin script are told apart by their
trigrams: eighteen languages, 52 kB, 0.03 ms; others by their script.

trigrams.bin, compressed by zlib: the codes of the languages in one line; all trigrams without anything between them; a
NUL; then for each trigram one byte for each language, ``STEP`` · ln(share in that language / RAREST), from 0 to 255.
"""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from math import log
from operator import itemgetter

from babel import Locale

from service.spam.classifier.text_traits import holds_one, scripts

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
_FIRST, _LAST = itemgetter(0), itemgetter(-1)
_MOST_WORDS = 4096  # remembered: about 1 MB


def _words_of(text: str) -> list[str]:
    """The words of the prose of a text in lower case."""
    prose = text[:_READ]
    if holds_one(prose, _MAY_BE_NO_PROSE):
        prose = _NO_PROSE.sub(" ", prose)
    parts: Iterable[str] = prose.split()
    if holds_one(prose, _NO_WORD):
        parts = (part for part in parts if not holds_one(part, _NO_WORD))
    return _WORD.findall(" ".join(parts)[:_COUNTED].lower())


class _WordSums(dict[str, int]):
    """For each word, the sum of the weights of its trigrams, and in one more lane the number of those with a weight.
    Most words of a text were in an earlier one."""

    def __init__(self, weights: Mapping[str, int], one: int) -> None:
        super().__init__()
        self._weights, self._one = weights, one

    def __missing__(self, word: str) -> int:
        if len(self) >= _MOST_WORDS:
            self.clear()
        line = f" {word} "
        found = [weight for at in range(len(word)) if (weight := self._weights.get(line[at : at + 3]))]
        self[word] = known = sum(found, self._one * len(found))
        return known


@dataclass(frozen=True, slots=True, repr=False)
class Trigrams:
    """``weights``: for each trigram, one lane for each of the ``languages``, as one number: sums are one addition."""

    languages: tuple[str, ...]
    weights: Mapping[str, int]
    _words: _WordSums = field(init=False, compare=False)
    scores: Callable[[str], tuple[Mapping[str, float], int]] = field(init=False, compare=False)
    """The log-likelihood of each language, up to a constant, and the number of trigrams. Empty and 0 for a text that is
    too short, or mostly in another script. Of the last texts it is remembered: a comment's is asked for twice."""

    def __post_init__(self) -> None:
        words = _WordSums(self.weights, 1 << 8 * _LANE * len(self.languages))
        object.__setattr__(self, "_words", words)
        object.__setattr__(self, "scores", lru_cache(maxsize=8)(self._scores))

    def _scores(self, text: str) -> tuple[Mapping[str, float], int]:
        words = _words_of(text)
        length = sum(map(len, words)) + len(words) + 1  # with a space around each
        if length < LETTERS:
            return {}, 0
        between = map(" ".join, zip(map(_LAST, words), map(_FIRST, words[1:]), strict=False))
        found = list(filter(None, map(self.weights.get, between)))
        total = sum(map(self._words.__getitem__, words), sum(found))
        lanes = total.to_bytes(_LANE * (1 + len(self.languages)), "big")
        number, *totals = [int.from_bytes(lanes[at : at + _LANE], "big") for at in range(0, len(lanes), _LANE)]
        if len(found) + number < LETTERS // 2:
            return {}, 0
        return {code: total / STEP for code, total in zip(self.languages, totals, strict=True)}, length - 2

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


JUDGED = 2_000
"""Characters of a text that are looked at."""

_OF_SCRIPT = {
    "cyrillic": "ru",
    "arabic": "ar",
    "han": "zh",
    "hiragana": "ja",
    "katakana": "ja",
    "hangul": "ko",
    "hebrew": "he",
    "greek": "el",
    "devanagari": "hi",
    "thai": "th",
}
"""Script → the language that most who write it here write. Ukrainian is taken for Russian, and
Kurdish in Arabic letters for Arabic."""


def guess_language(text: str) -> str:
    """For the moderators' list: a code of ISO 639-1, empty for a text that is too short to tell. It decides nothing."""
    text = text[:JUDGED]
    if language := trigrams().language_of(text):
        return language
    counts = scripts(text)
    if counts.get("hiragana", 0) + counts.get("katakana", 0):
        return "ja"
    most = max(counts, key=counts.__getitem__, default="")
    return _OF_SCRIPT.get(most, "")


@lru_cache(maxsize=1)
def language_names() -> dict[str, str]:
    """Code → name in English of every language that is told, by name."""
    names = Locale("en").languages
    codes = {*trigrams().languages, *_OF_SCRIPT.values()}
    return dict(sorted(((code, str(names.get(code, code))) for code in codes), key=lambda pair: pair[1]))


MOST_LOOKED_AT = 300
"""Approved comments that are looked at, the newest."""
ENOUGH_AT_HOME = 3
"""Approved comments from which a script or a language is at home."""
ENOUGH_TO_KNOW = 20
"""Approved comments in any language in Latin script, from which the languages of a site are known."""


def at_home(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names of scripts as of ``text_traits.script``, and languages as in ``LookedUp``."""
    written = Counter(name for text in texts for name in scripts(text[:2000]))
    spoken = Counter(filter(None, (trigrams().language_of(text) for text in texts)))
    languages = [code for code, number in spoken.items() if number >= ENOUGH_AT_HOME]
    if spoken.total() < ENOUGH_TO_KNOW:
        languages = []
    return sorted(name for name, number in written.items() if number >= ENOUGH_AT_HOME), sorted(languages)
