"""Values of other systems' exports, each as the value if it has the expected type, else nothing."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from html import unescape
from types import MappingProxyType
from typing import Any

from db.models import Status
from service.importers.dates import from_timestamp, parse_date
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Commented, IncomingComment, IncomingPage, Skipped
from service.visible_text import one_line

_CONTROLS = {code: None for code in range(32) if chr(code) not in "\t\n\r"}
_LONGEST_NUMBER = 200
"""Bits."""
_LONGEST_NAME = 100
_TIMESTAMP = re.compile(r"-?[0-9]{9,15}(\.[0-9]{1,9})?")
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_INSIDE = ("$date", "iso", "$numberLong", "$numberInt", "$oid")
"""Databases wrap values in objects: MongoDB in ``{"$date": …}``, LeanCloud in ``{"__type": "Date", "iso": …}``."""


def text(value: Any) -> str:
    """A text as it is, without control characters; a number's digits; empty for everything else."""
    if (
        isinstance(value, str) and value.isprintable()
    ):  # nearly every value; halves of surrogate pairs are not printable
        return value
    value = _unwrapped(value)
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() < _LONGEST_NUMBER:
        return str(value)
    if isinstance(value, (float, Decimal)):
        return f"{value:.15g}"
    if not isinstance(value, str):
        return ""
    return value.translate(_CONTROLS).encode("utf-8", "replace").decode()  # half a surrogate pair cannot be stored


def number(value: Any, none: tuple[str, ...] = ()) -> str:
    """A comment's id as text. Empty if it is missing or one of ``none``. A very long one is its digest."""
    name = one_line(text(value))
    if len(name) > _LONGEST_NAME:
        return hashlib.sha256(name.encode()).hexdigest()
    return "" if name in none or name.lower() in ("null", "none", "undefined") else name


def truth(value: Any) -> bool:
    """Whether a value says yes: ``true`` and 1, also as text."""
    return text(value).lower() in ("true", "1", "yes", "t") or value is True


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a value that should be a list of them."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def date(value: Any) -> datetime | None:
    """A date in UTC, of text, or of seconds or milliseconds since 1970. None if it is no date."""
    value = _unwrapped(value)
    if isinstance(value, str):
        value = value.strip()
        return _since_1970(Decimal(value)) if _TIMESTAMP.fullmatch(value) else parse_date(value[:100])
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    return _since_1970(value)


def email(value: Any) -> str:
    """An email address; empty for what is none, such as its MD5."""
    typed = text(value).strip()
    return typed if _EMAIL.fullmatch(typed) and not typed.lower().endswith("@wordpress.disqus.net") else ""


def unescaped(value: Any) -> str:
    """A text that the other system keeps as HTML without tags, such as a name."""
    return text(unescape(text(value)))


def comment(
    page: IncomingPage,
    *,
    blog: str,
    number: str,
    parent: str,
    status: Status,
    author: Any,
    words: tuple[str, str],
    at: datetime | None,
    mail: Any = "",
    site: Any = "",
    more: Mapping[str, Any] = MappingProxyType({}),
    edited: datetime | None = None,
    notes: tuple[str, ...] = (),
    skip: str = "",
) -> Commented:
    """A comment, of fields of any type. ``words`` are its text and the text's format. ``more``: further fields of its
    author, by column. ``skip`` is the reason why it is not taken; without a date it is not taken either."""
    if skip or at is None:
        return Skipped(page, number or "?", parent, skip or ImportSentence.NO_DATE, blog)
    shown, form = words
    return IncomingComment(
        page=page,
        blog=blog,
        number=number,
        parent="" if parent == number else parent,
        status=status,
        author=text(author),
        email=email(mail),
        url="" if text(site) == "undefined" else text(site).strip(),
        **{name: text(value) for name, value in more.items()},
        text=shown,
        format=form,
        created_at=at,
        notes=notes,
        edited_at=edited if edited and edited > at else None,
    )


def _unwrapped(value: Any) -> Any:
    for _ in range(3):
        if not isinstance(value, dict):
            break
        value = next((value[name] for name in _INSIDE if name in value), None)
    return value


def _since_1970(value: float | Decimal) -> datetime | None:
    try:
        return from_timestamp(float(value))
    except OverflowError:
        return None
