"""Dates as other systems write them, read as UTC."""

import re
from datetime import UTC, datetime, timedelta, timezone

_DATE = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<time>\d\d:\d\d)(?::(?P<seconds>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"\s?(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?(?:\s[+A-Za-z][\w:+-]{0,9})?)?",
    re.ASCII | re.IGNORECASE,
)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def parse_date(text: str | None) -> datetime | None:
    """The moment that ``2020-01-02 03:04:05`` or ISO 8601 names, with or without seconds, fractions and an offset.

    Without an offset it is UTC. A zone's word behind the offset (``+0800 CST``) is passed over. None for what is no
    date, and for dates before 1970: programs write ``0000-00-00`` or ``0001-01-01`` for none.
    """
    match = _DATE.fullmatch((text or "").strip())
    if match is None:
        return None
    fraction = (match["fraction"] or "0")[:6].ljust(6, "0")
    seconds = min(int(match["seconds"] or 0), 59)  # a leap second
    try:
        local = datetime.fromisoformat(f"{match['date']}T{match['time'] or '00:00'}:{seconds:02}.{fraction}")
        at = local.replace(tzinfo=_zone(match["zone"] or "")).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at >= _FIRST else None


def from_timestamp(number: float) -> datetime | None:
    """The moment of a Unix time in seconds, or in milliseconds, as those above the year 5138 are. None for no date."""
    if number >= 1e11:
        number /= 1000
    try:
        at = _FIRST + timedelta(seconds=number)
    except (ValueError, OverflowError):
        return None
    return at if at >= _FIRST else None


def _zone(text: str) -> timezone:
    if not text or text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)
