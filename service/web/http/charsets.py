"""The charsets in which browsers send forms: named by the Encoding Standard, or guessed by bytes and language.

The list is closed, so that a client cannot choose any of Python's codecs, slow ones included.
"""

import re
from collections.abc import Iterable, Mapping

_LABELS: Mapping[str, str] = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8",
    "cp1252": "ascii us-ascii iso-8859-1 iso8859-1 iso_8859-1 latin1 l1",
    "cp1254": "iso-8859-9 iso8859-9 latin5",
    "cp874": "windows-874 tis-620 iso-8859-11",
    "koi8-r": "koi8-r koi8 koi",
    "koi8-u": "koi8-u koi8-ru",
    "mac-roman": "macintosh x-mac-roman mac",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "cp866": "ibm866 cp866 866",
    "gb18030": "gb18030 gbk x-gbk gb2312 gb_2312-80 chinese",
    "big5hkscs": "big5 big5-hkscs cn-big5 x-x-big5",
    "cp932": "shift_jis shift-jis sjis x-sjis windows-31j ms_kanji ms932",
    "euc_jp": "euc-jp x-euc-jp",
    "iso2022_jp": "iso-2022-jp csiso2022jp",
    "cp949": "euc-kr ks_c_5601-1987 ksc5601 korean windows-949",
    **{f"cp125{n}": f"windows-125{n} cp125{n} x-cp125{n}" for n in (0, 1, 3, 5, 6, 7, 8)},
    **{f"iso8859-{n}": f"iso-8859-{n} iso8859-{n} iso_8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
}
_CODECS = {label: codec for codec, labels in _LABELS.items() for label in labels.split()} | {
    f"{prefix}125{n}": f"cp125{n}" for n in (2, 4) for prefix in ("windows-", "cp", "x-cp")
}
_OF_LANGUAGES = {
    "cp1251": "ru uk be bg mk sr ky tt",
    "cp1250": "pl cs sk hu hr sl ro bs",
    "cp1253": "el",
    "cp1254": "tr az ku",
    "cp1255": "he",
    "cp1256": "ar fa ur ckb",
    "cp1257": "et lt lv",
    "cp1258": "vi",
    "cp874": "th",
    "gb18030": "zh",
    "cp932": "ja",
    "cp949": "ko",
}
_BY_LANGUAGE = {language: codec for codec, languages in _OF_LANGUAGES.items() for language in languages.split()}
"""As the HTML Standard gives the charset of a page that states none, by the language of the browser."""
_TRADITIONAL = ("zh-tw", "zh-hk", "zh-mo", "zh-hant")

_WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_HIGH = re.compile(rb"[\x80-\xff]")
_REFERENCE = re.compile(r"&#([0-9]{2,7});")


def codec_of(label: str) -> str:
    """Python's codec for a label such as ``windows-1251``; empty for any that is not in the list."""
    return _CODECS.get(label.strip(" \t\r\n\"'").lower(), "")


def decodes(raw: bytes, codec: str) -> bool:
    """Whether all bytes have a meaning in the charset."""
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def guess(raw: bytes, languages: Iterable[str]) -> str:
    """The likeliest codec of bytes that are not UTF-8. ``languages``: the page's and the reader's tags, best first."""
    for tag in languages:
        codec = _codec_of_language(tag.lower())
        if codec and decodes(raw, codec):
            return codec
    words = _WORD.findall(raw)
    high = sum(len(_HIGH.findall(word)) for word in words)
    if 2 * high <= sum(map(len, words)):
        return "cp1252"  # in Latin script most letters are ASCII
    if _is_chinese(raw):
        return "gb18030"
    return "cp1251" if decodes(raw, "cp1251") else "cp1252"


def read(raw: bytes, codec: str) -> str:
    """The text. Browsers send ``&#20013;`` for a letter that the charset lacks: it becomes that letter again. Bytes
    without a meaning become U+FFFD."""
    text = raw.decode(codec, "replace")
    return _REFERENCE.sub(lambda found: _referred(found, codec), text) if "&#" in text else text


def _codec_of_language(tag: str) -> str:
    return "big5hkscs" if tag.startswith(_TRADITIONAL) else _BY_LANGUAGE.get(tag.partition("-")[0], "")


def _is_chinese(raw: bytes) -> bool:
    """Whether nearly all characters are of the 3,755 most frequent ones, which stand together in GB 2312."""
    if not decodes(raw, "gb18030"):
        return False
    pairs = [each.encode("gb18030") for each in raw.decode("gb18030") if "\u4e00" <= each <= "\u9fff"]
    frequent = sum(0xB0 <= pair[0] <= 0xD7 and pair[1] >= 0xA1 for pair in pairs)
    return bool(pairs) and frequent >= 0.8 * len(pairs)


def _referred(found: re.Match[str], codec: str) -> str:
    number = int(found[1])
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        return found[0]
    letter = chr(number)
    try:
        letter.encode(codec)
    except UnicodeEncodeError:
        return letter
    return found[0]  # it was typed: the browser sends such a letter itself
