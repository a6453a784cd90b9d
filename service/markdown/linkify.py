"""Links in a comment: only to addresses that name a host, and bare addresses without the punctuation after them."""

import re
import unicodedata
from collections.abc import Callable

from linkify_it import LinkifyIt
from markdown_it.rules_inline import StateInline, link, linkify

_TARGET = re.compile(r"(?:(?:https?:)?//[^/?#]|mailto:.)", re.IGNORECASE)
_Rule = Callable[[str, int], int]
_NO_TARGET = re.compile(r"\]\(\s*\)\Z")
_NOT_IN_AN_ADDRESS = re.compile(
    "[\u060c\u061b-\u061f\u0964\u0965\u2014\u201c-\u201f\u2026«»‹›"  # of Arabic, Hindi and Europe
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\u3001-\u3003\u3008-\u3011\u3014-\u301f"
    "\uff01\uff02\uff08\uff09\uff0c\uff1a\uff1b\uff1f\uff3b\uff3d\uff5b\uff5d\uff5e\uff61-\uff64]"
)
_ASCII_AT_THE_END = frozenset(".,:;!?'\"")


def is_target(address: str) -> bool:
    """Whether a link may lead there. ``[Miller](2004)`` is a citation, not a link beside the page it is read on."""
    return _TARGET.match(address) is not None


def bracketed_link(state: StateInline, silent: bool) -> bool:
    """Inline rule: the library's ``[text](address)``, but for ``f[x]()``, whose address is empty."""
    start = state.pos
    if not link(state, True):
        return False
    end, state.pos = state.pos, start
    return not _NO_TARGET.search(state.src, start, end) and link(state, silent)


def bare_link(state: StateInline, silent: bool) -> bool:
    """Inline rule: the library's bare addresses. While it looks for the end of ``[text]`` it may take an earlier word
    for the scheme and move nowhere, which its parser answers with an exception."""
    start = state.pos
    if linkify(state, silent) and state.pos > start:
        return True
    state.pos = start
    return False


def bare_addresses() -> LinkifyIt:
    """The library's finder of ``https://…``, ``//…`` and ``mailto:…`` in a text.

    It does not guess at bare names: that takes quadratic time, and makes links that nobody meant.
    """
    finder = _QuickFinder(options={"fuzzy_link": False, "fuzzy_email": False})
    for scheme in ("http:", "//"):  # `https:` follows `http:`
        rule = _TrimmedRule(finder.default_schemas[scheme]["validate"])
        finder.add(scheme, {"validate": rule.length})
    return finder.add("ftp:", None)


class _QuickFinder(LinkifyIt):  # type: ignore[misc]  # the library has no types
    """The library's finder, which looks for a scheme by a pattern of a kilobyte, at each letter of a text."""

    def pretest(self, text: str) -> bool:
        """Whether there may be an address. Nearly all comments have none."""
        return ("//" in text or "mailto:" in text.lower()) and super().pretest(text)


class _TrimmedRule:
    """The library's rule for what follows a scheme, less the punctuation of the sentence around it."""

    def __init__(self, rule: _Rule) -> None:
        self._rule = rule

    def length(self, text: str, position: int) -> int:
        """How many characters of the text belong to the address; 0 without one."""
        address = without_punctuation(text[position : position + self._rule(text, position)])
        return len(address) if address.strip("/") else 0


def without_punctuation(address: str) -> str:
    """The address up to the first character that no address has, without closing punctuation of any script at its end.

    Those are the Unicode classes Pd, Pe, Pf, Pi, Ps and Po. In ASCII the library keeps brackets that are balanced.
    """
    address = _NOT_IN_AN_ADDRESS.split(address, maxsplit=1)[0]
    address = address.removesuffix("~~")  # the mark at the end of words that were struck
    end = len(address)
    while end and _ends_a_sentence(address[end - 1]):
        end -= 1
    return address[:end]


def _ends_a_sentence(character: str) -> bool:
    if character.isascii():
        return character in _ASCII_AT_THE_END
    return unicodedata.category(character) in ("Pd", "Pe", "Pf", "Pi", "Ps", "Po")
