"""The skeleton of a name: two names that readers take for the same have the same one (Unicode UTS #39, section 4).

It is coarser than the standard's, since a collision costs little: a comment under a protected name waits, and is never
refused. Case is ignored, so ``I`` and ``l``, which look alike, make ``i`` and ``l`` one letter.
"""

import re
import unicodedata

from service.visible_text import BLANK

# Small letters drawn like Latin ones: Cyrillic, Greek, Armenian, phonetic and small capitals; then digits and signs.
_PAIRS = (
    "аa вb сc ԁd еe һh іi јj ӏl кk мm оo пn рp ԛq гr ѕs тt уy ѵv ԝw хx ьb нh αa βb εe ιi κk νv οo ρp τt υu χx ωw "
    "γy ηn ѡw ɑa ɡg ıi ȷj սu ցg հh ոn օo ԍg ҽe əe ɩi ɪi ʟl ʙb ɢg ʜh ɴn ʀr ʏy ᴀa ᴄc ᴅd ᴇe ᴊj ᴋk ᴍm ᴏo ᴘp ꜱs ᴛt ᴜu "
    "ᴠv ᴡw ᴢz ⲟo łl øo đd ħh ŀl ſs 0o 1l 3e 4a 5s @a $s |l !l ǀl ∣l"
)
_LOOKALIKES = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})
_DROPPED = re.compile("[\u0307\u034f\ufe00-\ufe0f]")
"""The dot that lower-casing İ leaves, a joiner, and variation selectors: combining marks that nobody sees."""

_TWO_FOR_ONE = (("rn", "m"), ("vv", "w"))


def skeleton(name: str) -> str:
    """The common form of names that look alike; of a name without letters and digits, its NFKC form in lower case."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    folded = unicodedata.normalize("NFKC", plain.translate(_LOOKALIKES)).replace("i", "l")
    kept = "".join(map(_kept, _DROPPED.sub("", folded)))
    for pair, single in _TWO_FOR_ONE:
        kept = kept.replace(pair, single)
    return " ".join(kept.split()) or " ".join(plain.split())


def _kept(letter: str) -> str:
    """The letter, digit or mark; a space for punctuation, symbols and blanks; nothing for what takes no room."""
    category = unicodedata.category(letter)[0]
    if category in "LNM" and letter not in BLANK:
        return letter
    return "" if category == "C" else " "
