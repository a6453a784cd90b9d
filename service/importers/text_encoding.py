"""The encoding of a file's text, by its first bytes."""

import codecs
import re

_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # it begins as that of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WITHOUT_BOM = (
    (re.compile(rb"[^\0]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[^\0]"), "utf-32-be"),
    (re.compile(rb"[^\0]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0[^\0]\0[^\0]"), "utf-16-be"),
)
"""How two letters of ASCII begin a file in these (XML 1.0, appendix F)."""
_WIDE = ("utf-16", "utf-32", "ucs", "iso-10646")


def encoding_of(start: bytes) -> tuple[str, str]:
    """The encoding of a text that begins so, and the name that it declares instead if nobody knows that."""
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding, ""
    for letters, encoding in _WITHOUT_BOM:
        if letters.match(start):
            return encoding, ""
    declared = _DECLARED.match(start)
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    if name.startswith(_WIDE):
        return "utf-8", ""  # it was readable as ASCII
    known = next(filter(_is_of_text, (name, name.removeprefix("x-"))), "")
    return (known, "") if known else ("utf-8", name)


def _is_of_text(name: str) -> bool:
    try:
        b"<".decode(name, "replace")
    except (LookupError, UnicodeError):  # unknown, no encoding of text (base64), or of host names
        return False
    return True
