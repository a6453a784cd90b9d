"""How single values of the settings are read."""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator


def _check_rate(value: str) -> str:
    if not re.fullmatch(r"\d+/(second|minute|hour)", value):
        raise ValueError("write a number and second, minute or hour, such as 10/minute; 0/minute is no limit")
    return value


RateText = Annotated[str, AfterValidator(_check_rate)]
"""A rate as in settings, such as 10/minute."""


def words(value: Any) -> Any:
    """Split a list in the environment at commas and spaces."""
    return tuple(filter(None, re.split(r"[,\s]+", value))) if isinstance(value, str) else value


def host_in_url(host: str) -> str:
    """The host of a URL by which a browser on this machine reaches the address listened on."""
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def read_password(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ValueError(f"{file} cannot be read: {reason}") from error
