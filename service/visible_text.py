"""What a reader can see of a text: characters that leave a mark on the screen."""

import re
import unicodedata

BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc\U0001d159")
"""Letters and symbols by their category that have no glyph: Hangul fillers, the empty Braille cell and their like."""

_VISIBLE_CATEGORIES = frozenset("LNPS")
_UNKNOWN = ("Cn", "Co")
_FOREVER_BLANK = re.compile("[\u2065\ufdd0-\ufdef\ufff0-\ufff8\ufffe\uffff\U000e0000-\U000e0fff]")
"""Unassigned in Unicode, and never to be seen."""

_JOINER = "\u200d"


def is_visible(text: str) -> bool:
    """Whether a reader sees anything: a letter, digit, punctuation mark or symbol that is not blank."""
    return any(_leaves_a_mark(letter) for letter in text)


def _leaves_a_mark(letter: str) -> bool:
    """Emoji that are newer than Python's tables count as seen, and so do private signs: phones and fonts have them."""
    category = unicodedata.category(letter)
    if category in _UNKNOWN:
        return not _FOREVER_BLANK.match(letter) and ord(letter) & 0xFFFF < 0xFFFE
    return category[0] in _VISIBLE_CATEGORIES and letter not in BLANK


def initial(name: str) -> str:
    """The first character of a name as readers count characters, in upper case: ``É``, or a whole flag or emoji.

    A letter whose upper case is two letters stays as it is: ``ß``, not ``SS``. Follows the extended grapheme clusters
    of UAX #29 for what names begin with.
    """
    end = 2 if len(name) > 1 and _is_flag_letter(name[0]) and _is_flag_letter(name[1]) else 1
    while end < len(name) and (_extends(name[end]) or name[end - 1] == _JOINER):
        end += 1
    first, upper = name[:end], name[:end].upper()
    return upper if len(upper) == len(first) else first


def _is_flag_letter(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def _extends(letter: str) -> bool:
    """Combining marks, variation selectors, joiners, skin tones and the tags of regional flags."""
    return (
        unicodedata.category(letter)[0] == "M"
        or letter == _JOINER
        or "\U0001f3fb" <= letter <= "\U0001f3ff"
        or "\U000e0020" <= letter <= "\U000e007f"
    )
