"""Numbers out of what somebody sent."""

import re
from typing import TypeVar

T = TypeVar("T")

_DIGITS = re.compile(r"[0-9]+")


def whole_number(text: str, otherwise: T, digits: int = 18) -> int | T:
    """A number of at most so many digits of ASCII, without a sign or a space; ``otherwise`` for anything else.

    18 digits are what every column and every comment's id can hold.
    """
    return int(text) if len(text) <= digits and _DIGITS.fullmatch(text) else otherwise
