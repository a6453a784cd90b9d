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
# Letters drawn like Latin capitals: Lisu, Cherokee, Coptic, Canadian syllabics, Tifinagh, runes; then the alphabets of
# Lycia, Caria, old Italy, Deseret, Osage and Elbasan. Where there are two cases, it is what case folding leaves.
_LIKE_CAPITALS = (
    "ꓐb ꓑp ꓓd ꓔt ꓖg ꓗk ꓙj ꓚc ꓜz ꓝf ꓟm ꓠn ꓡl ꓢs ꓣr ꓦv ꓧh ꓪw ꓫx ꓬy ꓮa ꓰe ꓲi ꓳo ꓴu Ꭰd Ꭱr Ꭲt Ꭵi Ꭺa Ꭻj Ꭼe Ꮃw Ꮇm Ꮋh Ꮍy Ꮐg "
    "Ꮒh Ꮓz Ꮟb Ꮢr Ꮤw Ꮥs Ꮩv Ꮪs Ꮮl Ꮯc Ꮲp Ꮶk Ᏻg Ᏼb ⲁa ⲃb ⲉe ⲍz ⲏh ⲓi ⲕk ⲙm ⲛn ⲣp ⲥc ⲧt ⲩy ⲭx ᐯv ᑌu ᑭp ᑯd ᒍj ᒪl ᕁx ᕼh ᖇr "
    "ᖯb ᖴf ᗅa ᗞd ᗪd ᗰm ᗷb ᙭x ⴹe ⵏl ⵔo ᚷx ᛁl ᛕk ᛖm "
    "𐊂b 𐊆e 𐊇f 𐊊i 𐊐x 𐊒o 𐊕p 𐊖s 𐊗t 𐊠a 𐊡b 𐊢c 𐊥f 𐊫o 𐊰m 𐊱t 𐊲y 𐊴x 𐋏h 𐌁b 𐌂c 𐌉i 𐌏o 𐌑m 𐌕t 𐌗x 𐌠i 𐌢x 𐐬o 𐐽c 𐑃l 𐑈s 𐓪o 𐓶u 𐔓n 𐔖o 𐔘k "
    "𐔜c 𐔝v 𐔥f 𐔦l 𐔧x"
)
# Capitals drawn like Latin ones, whose small letters are not, or are drawn like another: Greek, Cyrillic, Armenian.
_CAPITALS = (
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX АA ВB СC ЕE ԌG НH ІI ЈJ КK МM ОO РP ԚQ ЅS ТT ѴV ԜW ХX УY ҮY ՍU ՏS ԼL ՕO"
)
_LOOKALIKES = str.maketrans({pair[0]: pair[1] for pair in (_PAIRS + " " + _LIKE_CAPITALS).split()})
_LATIN_CAPITALS = str.maketrans({pair[0]: pair[1] for pair in _CAPITALS.split()})
_DROPPED = re.compile("[\u0307\u034f\ufe00-\ufe0f]")
"""The dot that lower-casing İ leaves, a joiner, and variation selectors: combining marks that nobody sees."""

_TWO_FOR_ONE = (("rn", "m"), ("vv", "w"))


def skeleton(name: str) -> str:
    """The common form of names that look alike; of a name without letters and digits, its NFKC form in lower case."""
    if name.isascii():  # the steps below, in one table: a tenth of the time
        plain = name.casefold()
        return _shortened(plain.translate(_OF_ASCII)) or " ".join(plain.split())
    plain = " ".join(map(_latin_if_all_is, unicodedata.normalize("NFKC", name).split(" "))).casefold()
    folded = unicodedata.normalize("NFKC", plain.translate(_LOOKALIKES)).replace("i", "l")
    return _shortened("".join(map(_kept, _DROPPED.sub("", folded)))) or " ".join(plain.split())


def _shortened(kept: str) -> str:
    for pair, single in _TWO_FOR_ONE:
        kept = kept.replace(pair, single)
    return " ".join(kept.split())


def _latin_if_all_is(word: str) -> str:
    """The word in Latin letters if it looks like that as a whole. A Greek name, of which some capitals look like Latin
    ones, stays what it is."""
    latin = word.translate(_LATIN_CAPITALS)
    return latin if latin.isascii() else word


def _kept(letter: str) -> str:
    """The letter, digit or mark; a space for punctuation, symbols and blanks; nothing for what takes no room."""
    category = unicodedata.category(letter)[0]
    if category in "LNM" and letter not in BLANK:
        return letter
    return "" if category == "C" else " "


_OF_ASCII = {code: _kept(chr(code).translate(_LOOKALIKES).replace("i", "l")) or None for code in range(128)}
