"""Normalisation: bounded length, NFKC, look-alike letters folded, spaced-out words joined.

Everything here takes any str and runs in linear time. Text is normalised in short slices, because CPython sorts runs of
combining marks in quadratic time.
"""

import re
import unicodedata
from functools import lru_cache

HEAD, TAIL = 5000, 1500  # characters looked at, from either end of a text
_SLICE = 128

# Cyrillic, Greek and Armenian letters drawn like Latin ones (Unicode confusables.txt, the common part).
_PAIRS = (
    "аa вb сc ԁd еe һh іi јj ӏl кk мm оo пn рp ԛq гr ѕs тt уy ѵv ԝw хx ьb нh αa βb εe ιi κk νv οo ρp τt υu χx ωw "
    "γy ηn ѡw ɑa ɡg ıi սu ցg հh ոn օo ԍg ҽe ᴀa ʙb ᴄc ᴅd ᴇe ɢg ʜh ɪi ᴊj ᴋk ʟl ᴍm ɴn ᴏo ᴘp ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz"
)
_LOOKALIKE = {ord(pair[0]): pair[1] for pair in _PAIRS.split()}
_LEET = str.maketrans("01345@$", "oieasas")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_MARKS = re.compile("[\u0300-\u036f]{3,}")
_LATIN = re.compile("[a-z]")
_FOREIGN = re.compile("[\u0370-\u058f\u0250-\u02af\u1d00-\u1d7f]")


def bounded(text: str, head: int = HEAD, tail: int = TAIL) -> str:
    """The first `head` and last `tail` characters, joined by a newline; a shorter text as it is."""
    if len(text) <= head + tail:
        return text
    return f"{text[:head]}\n{text[-tail:]}" if tail else text[:head]


def plain(text: str) -> str:
    """NFKC, lower case, without invisible characters, at most twice as long as the input."""
    if text.isascii():
        return text.lower()
    text = _MARKS.sub("", _INVISIBLE.sub("", text))
    parts = (unicodedata.normalize("NFKC", text[at : at + _SLICE]) for at in range(0, len(text), _SLICE))
    return "".join(parts)[: 2 * len(text)].lower()


def hidden(text: str) -> int:
    """The number of invisible and direction-changing characters."""
    return 0 if text.isascii() else len(_INVISIBLE.findall(text))


@lru_cache(maxsize=8192)
def folded(word: str) -> str:
    """A lower-case word of mixed alphabets or digits, with look-alikes replaced; any other word as it is."""
    if word.isascii():
        if word.isalpha() or not any(map(str.isalpha, word)):
            return word
        return word.translate(_LEET) if sum(map(str.isdigit, word)) * 2 < len(word) else word
    if _LATIN.search(word) and _FOREIGN.search(word):
        return word.translate(_LOOKALIKE)
    return word


def joined(words: list[str]) -> list[str]:
    """Words joined from runs of four or more single characters: c a s i n o → casino."""
    if list(map(len, words)).count(1) < 4:
        return []
    found: list[str] = []
    run: list[str] = []
    for word in [*words, "  "]:
        if len(word) == 1:
            run.append(word)
            continue
        if len(run) > 3:
            found.append("".join(run[:24]))
        run = []
    return found[:20]
