"""What a reader can see of a text: characters that leave a mark on the screen."""

import re
import unicodedata

from service.safe_html import TAG, render

BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc\U0001d159")
"""Letters and symbols by their category that have no glyph: Hangul fillers, the empty Braille cell and their like."""

_VISIBLE_CATEGORIES = frozenset("LNPS")
_UNKNOWN = ("Cn", "Co")
_FOREVER_BLANK = re.compile("[\u2065\ufdd0-\ufdef\ufff0-\ufff8\ufffe\uffff\U000e0000-\U000e0fff]")
"""Unassigned in Unicode, and never to be seen."""

_JOINER = "\u200d"
_CAN_HIDE_LETTERS = re.compile(r"[\[&`~]")  # links, definitions, entities and fences; other marks hide no letter

_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff" + "".join(BLANK) + "]"
)


def is_visible(text: str) -> bool:
    """Whether a reader sees anything: a letter, digit, punctuation mark or symbol that is not blank."""
    return any(_leaves_a_mark(letter) for letter in text)


def _leaves_a_mark(letter: str) -> bool:
    """Emoji that are newer than Python's tables count as seen, and so do private signs: phones and fonts have them."""
    category = unicodedata.category(letter)
    if category in _UNKNOWN:
        return not _FOREVER_BLANK.match(letter) and ord(letter) & 0xFFFF < 0xFFFE
    return category[0] in _VISIBLE_CATEGORIES and letter not in BLANK


def shows_nothing(text: str) -> bool:
    """Whether a comment has nothing to see once it is rendered, such as ``&nbsp;``, ``>`` or an empty fence."""
    if not is_visible(text):
        return True
    if not _CAN_HIDE_LETTERS.search(text) and any(letter.isalpha() and letter not in BLANK for letter in text):
        return False  # nearly every comment: rendering it would take a sixth of a post's time
    # Of the entities in what we render, this one alone has nothing to see; to read all would take 60 ms.
    return not is_visible(TAG.sub("", render(text)).replace("&nbsp;", ""))


def one_line(text: str) -> str:
    """A name or title for display: on one line, without control characters, direction marks or blank letters."""
    return " ".join(_INVISIBLE.sub("", text).split())


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
