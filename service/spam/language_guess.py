"""The language that a comment seems to be written in, for the moderators' list. A guess: it decides nothing."""

from functools import lru_cache

from babel import Locale

from service.spam.classifier.text_traits import scripts
from service.spam.languages.trigrams import trigrams

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
    """A code of ISO 639-1; empty for a text that is too short to tell."""
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
