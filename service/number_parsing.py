"""Parses whole numbers in requests."""

import re
from typing import TypeVar

T = TypeVar("T")

_DIGITS = re.compile(r"[0-9]+")


def whole_number(text: str, otherwise: T, digits: int = 18) -> int | T:
    """The number that ``text`` spells in at most ``digits`` ASCII digits, without sign or space; else ``otherwise``.

    Any number of 18 digits fits a BIGINT column.
    """
    return int(text) if len(text) <= digits and _DIGITS.fullmatch(text) else otherwise


def as_words(number: int, *, more: bool) -> str:
    """A number with commas, and with a plus if there are, or may be, more."""
    return f"{number:,}{'+' if more else ''}"
